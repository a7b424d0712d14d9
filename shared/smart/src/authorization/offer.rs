//! What the consent page offers, what the user makes of it, and the grant that comes of that.

use std::time::Duration;

use smart_verify::scope::{LastingScope, Scope, ScopeSet};
use smart_verify::time::UnixSeconds;

use super::journey::{Attended, Journey, Remember};
use super::{Draft, HowLong};
use crate::consent::{Consent, ScopeReport};
use crate::grant::{Basis, CodeBinding, Grant, GrantContext, Grantor, Lasting, Stage};
use crate::ids::RequestId;
use crate::narrowing::{Narrowed, NarrowedScope};
use crate::pkce::Pkce;
use crate::ports::NewGrant;
use crate::service::Service;
use crate::unknown_fields::UnknownFields;

const DAY: Duration = Duration::from_secs(86_400);

/// How long a grant is kept whose code no app redeems: a day, longer than any page that could issue it again.
const UNREDEEMED: Duration = DAY;

/// What the consent page offers: all that this user may give this app for this request.
#[derive(Clone, Debug)]
pub struct Offer<'a> {
    on: Attended<'a>,
    narrowed: Narrowed,
}

/// What the user allowed on the consent page.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The scopes that were ticked. One that was not offered adds nothing.
    pub ticked: ScopeSet,
    /// For how many days; a number that was not offered counts as none.
    pub days: u32,
}

/// Why an answer allows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowRefused {
    /// Allow was pressed with no kind of record ticked: the page is shown again.
    NothingTicked,
    /// The page is too old, or is of another state of the journey.
    OutOfDate,
}

/// What a user allowed an app, or the organisation in their place. Only an [`Offer`] makes one.
#[derive(Debug)]
pub struct Allowed<'a> {
    on: Attended<'a>,
    narrowed: Narrowed,
    basis: Basis,
    /// Until when the app may get data while its user is away, if that is allowed.
    until: Option<UnixSeconds>,
}

impl<'a> Offer<'a> {
    pub(super) fn of(on: Attended<'a>, narrowed: Narrowed) -> Self {
        let has_encounter = on.encounter(narrowed.granted.set()).is_some();
        Self { on, narrowed: if has_encounter { narrowed } else { narrowed.without_encounter() } }
    }

    /// The scopes that are offered.
    pub const fn scopes(&self) -> &ScopeSet {
        self.narrowed.granted.set()
    }

    /// What the app asked for and cannot get, or only in part.
    pub fn withheld(&self) -> impl Iterator<Item = &NarrowedScope> {
        self.narrowed.report.iter().filter(|decision| decision.is_less_than_asked())
    }

    /// For how long access is offered.
    pub fn how_long(&self) -> HowLong {
        HowLong::of(self.scopes(), self.on.longest_days(), self.on.journey.now)
    }

    /// What the user's answer allows, to the page that was made with this draft.
    ///
    /// # Errors
    /// Why it allows nothing.
    pub fn decide(self, answer: Answer, draft: &Draft) -> Result<Allowed<'a>, AllowRefused> {
        if draft.is_over(self.on.journey.now) {
            return Err(AllowRefused::OutOfDate);
        }
        let Answer { ticked, days } = self.with_lasting(answer);
        let must_have_records = has_records(self.scopes());
        let narrowed = self.narrowed.approved(&ticked);
        if must_have_records && !has_records(narrowed.granted.set()) {
            return Err(AllowRefused::NothingTicked);
        }
        if narrowed.granted.set().needs_patient() && self.on.visitor.progress.patient.is_none() {
            return Err(AllowRefused::OutOfDate);
        }
        // Counted from the page, so that the same answer sent twice is the same.
        let until = Some(draft.ends_at() + DAY * days);
        Ok(Allowed { on: self.on, narrowed, basis: Basis::Person, until })
    }

    /// The answer as the page means it: the days decide about the scopes of lasting access, where days were offered.
    fn with_lasting(&self, answer: Answer) -> Answer {
        let how_long = self.how_long();
        if !matches!(how_long, HowLong::Choose { .. }) {
            return Answer { days: 0, ..answer };
        }
        let days = if how_long.offers(answer.days) { answer.days } else { 0 };
        let is_lasting = |scope: &&Scope| matches!(scope.meaning(), Scope::Lasting(_));
        let of_the_page = answer.ticked.iter().filter(|scope| !is_lasting(scope));
        let lasting = self.scopes().iter().filter(|scope| days > 0 && is_lasting(scope));
        Answer { ticked: of_the_page.chain(lasting).cloned().collect(), days }
    }

    /// Whether what the user allowed before spares them the question, and until when lasting access was allowed then.
    pub(super) fn remembered(&self) -> Option<Option<UnixSeconds>> {
        let Journey { request, before, rules, now, .. } = self.on.journey;
        let before =
            before.filter(|_| !request.asked().prompt.consent && rules.remember != Remember::Never)?;
        let is_spared = before.spares(&self.narrowed.granted, request.client(), request.target().uri(), now);
        is_spared.then_some(before.lasting_until)
    }

    /// What was allowed before. Being used does not prolong it.
    pub(super) fn allowed_before(self, until: Option<UnixSeconds>) -> Allowed<'a> {
        Allowed { on: self.on, narrowed: self.narrowed, basis: Basis::Remembered, until }
    }
}

fn has_records(scopes: &ScopeSet) -> bool {
    scopes.resources().next().is_some()
}

impl Allowed<'_> {
    /// Makes the grant of this draft, with all that is stored along with it. No other function makes a grant.
    pub fn issue(self, draft: &Draft, by: RequestId, service: &Service) -> NewGrant {
        let Attended { journey, visitor } = self.on;
        let Journey { request, rules, now, .. } = journey;
        let lasting = self.lasting(draft);
        let Narrowed { granted, report } = self.narrowed;
        let launch = self.on.launch(granted.set());
        let asked = request.asked();
        let code = draft.code();
        let grant = Grant {
            key: code.grant().key(),
            client_id: request.client().client_id.clone(),
            person: Grantor {
                user_name: visitor.user.name.clone(),
                subject: visitor.user.subject.clone(),
                fhir_user: visitor.user.fhir_user_url(service.fhir_base_url()),
                auth_time: visitor.progress.auth_time.unwrap_or_default(),
            },
            context: GrantContext {
                patient: self.on.patient(granted.set()).map(str::to_owned),
                encounter: self.on.encounter(granted.set()).map(str::to_owned),
                launch: launch.map(|launch| launch.context.clone()).unwrap_or_default(),
            },
            code: CodeBinding {
                hash: code.secret_hash(),
                pkce: Pkce::Required(asked.challenge.clone()),
                redirect_uri: request.target().uri().to_owned(),
                nonce: asked.nonce.clone(),
            },
            basis: self.basis,
            issued_at: now,
            stage: Stage::Issued { lasting },
            stage_since: now,
            expires_at: now + UNREDEEMED,
            version: 1,
            last_request: by,
            unknown: UnknownFields::NONE,
            scope: granted,
        };
        let consent = match (self.basis, rules.remember) {
            (Basis::Person, Remember::Days(days)) => Some(Consent::of(&grant, request.client(), DAY * days)),
            (Basis::Person, Remember::Never) | (Basis::Remembered | Basis::Organisation, _) => None,
        };
        NewGrant {
            report: ScopeReport::of(&grant, report),
            consent,
            launch: launch.map(|launch| launch.key.clone()),
            grant,
        }
    }

    /// For how long the app may come back, if it may. What was allowed before never lasts longer than the setting
    /// allows now.
    fn lasting(&self, draft: &Draft) -> Option<Lasting> {
        let granted = self.narrowed.granted.set();
        if granted.has(&Scope::Lasting(LastingScope::Offline)) {
            let longest = draft.ends_at() + DAY * self.on.longest_days();
            return self.until.map(|until| Lasting::Offline { until: until.min(longest) });
        }
        let session = self.on.visitor.session;
        granted
            .has(&Scope::Lasting(LastingScope::Online))
            .then(|| Lasting::Online { session: session.id.clone(), until: session.expires_at })
    }
}

impl<'a> Attended<'a> {
    /// The patient that the app learns of.
    fn patient(self, scopes: &ScopeSet) -> Option<&'a str> {
        let is_launched_with = self.launch(scopes).is_some_and(|launch| launch.patient.is_some());
        self.visitor.progress.patient_id().filter(|_| scopes.needs_patient() || is_launched_with)
    }

    /// The encounter that the app learns of.
    fn encounter(self, scopes: &ScopeSet) -> Option<&'a str> {
        let chosen = self.visitor.progress.encounter_id().filter(|_| scopes.needs_encounter());
        self.launch(scopes).and_then(|launch| launch.encounter.as_deref()).or(chosen)
    }

    /// For how many days the app may get data while its user is away: as the setting says, and as it is registered.
    fn longest_days(self) -> u32 {
        self.journey.request.client().metadata.days_of_access(self.journey.rules.longest_days)
    }
}
