//! Allow or deny: the last page, and the grant that comes of it.

mod lasting;

use std::time::Duration;

use http::StatusCode;
use pages::consent::{self, AskingApp, Consent, RegisteredBy, Withheld};
use pages::layout::{Form as PageForm, Site};
use pages::message::{Answered as AlreadyAnswered, BackLink};
use pages::words::Whose;
use serde::{Deserialize, Serialize};
use smart::audit::{Event, Record};
use smart::consent::{Consent as Remembered, ScopeReport};
use smart::error::ErrorCode;
use smart::grant::{Grant, Stage};
use smart::ids::{GrantId, GrantKey, RequestId};
use smart::narrowing::{Narrowed, NarrowedScope};
use smart::parameters::Parameters;
use smart::ports::{GrantIssuer, Issued, NewGrant};
use smart::token::AuthorizationCode;
use smart::user::Role;
use smart_verify::time::UnixSeconds;
use web::browser::seal::{Purpose, binding};
use web::notes::noted;
use web::{Response, respond};

use crate::asked::{self, Asked};
use crate::journey::{self, Answered, Journey};
use crate::ports::Reaches;
use crate::refusal;
use crate::visit::Visit;

use lasting::Decision;

const ACTION: &str = "consent";

const DAY: Duration = Duration::from_secs(86_400);

/// How long an unredeemed grant is kept: a day, longer than any form that could put it again.
const UNREDEEMED: Duration = Duration::from_secs(24 * 3600);

/// Name and secret of the grant that this page may make: drawn when the page is made, so that sending it twice makes
/// one grant.
#[derive(Serialize, Deserialize)]
struct Draft {
    grant: [u8; GrantId::LENGTH],
    secret: [u8; 32],
    ends_at: UnixSeconds,
}

impl Draft {
    fn draw(ends_at: UnixSeconds) -> Self {
        Self { grant: *GrantId::draw().bytes(), secret: smart::random::bytes(), ends_at }
    }

    fn code(&self) -> AuthorizationCode {
        AuthorizationCode::of_parts(GrantId::from_bytes(self.grant), self.secret)
    }
}

/// The page.
pub(crate) fn show(visit: &Visit<'_, impl Reaches>, journey: &Journey, narrowed: Narrowed) -> Response {
    let Visit { ports, now, .. } = *visit;
    let Journey { asked, who, step } = journey;
    if asked.request.prompt.none {
        let error = ErrorCode::ConsentRequired
            .because("consent_required", "the person must be asked, and prompt is none.");
        return asked::back(&asked.target, &error);
    }
    let draft = Draft::draw(UnixSeconds(step.ends_at));
    let sealed = match ports.seals.seal(Purpose::Form, &draft, &bound_to(journey)) {
        Ok(sealed) => sealed,
        Err(cause) => {
            let sentence = "the page cannot be made just now; nothing was shared, try again shortly.";
            let error =
                ErrorCode::TemporarilyUnavailable.because("draft_not_sealed", sentence).logging(cause);
            return asked::back(&asked.target, &error);
        }
    };
    let form = PageForm {
        hidden: vec![("grant".to_owned(), sealed), ("of".to_owned(), draft.code().grant().key().0)],
        ..journey.form("/authorize/consent", ACTION, &ports.seals)
    };
    let patient = step.patient.as_ref().map(|id| journey.shown_patient(id));
    let whose = match (&patient, who.user.role) {
        (Some(patient), Role::Clinician) => Whose::Patient(patient.name.clone()),
        (Some(patient), Role::Patient) if step.patient.as_deref() != who.user.own_patient() => {
            Whose::Patient(patient.name.clone())
        }
        _ => Whose::Own,
    };
    let page = Consent {
        app: AskingApp {
            name: asked.client.metadata.client_name.clone(),
            host: asked.home_host(),
            registered_on: Some(asked.client.created_at),
            registered_by: RegisteredBy::of(&asked.client),
        },
        form,
        signed_in: journey.shown_user(),
        patient,
        whose,
        scopes: narrowed.granted.set().clone(),
        withheld: withheld(narrowed.report),
        how_long: lasting::how_long(narrowed.granted.set(), days_at_most(asked, ports.offline_days), now),
        nothing_ticked: asked.own("nothing").is_some(),
        connected_apps_url: Some("/manage".to_owned()),
    };
    journey.respond(&page, &ports.site)
}

/// For how many days the app may get data while its user is away: as the setting says, and as it is registered for.
fn days_at_most(asked: &Asked, offline_days: u32) -> u32 {
    asked.client.metadata.days_of_access(offline_days)
}

/// What may be had once patient and visit are settled.
pub(crate) fn settled(journey: &Journey, narrowed: Narrowed) -> Narrowed {
    let (_, encounter) = context_of(journey, &narrowed);
    if encounter.is_none() { narrowed.without_encounter() } else { narrowed }
}

/// The patient and the encounter that the app learns of.
fn context_of(journey: &Journey, narrowed: &Narrowed) -> (Option<String>, Option<String>) {
    let Journey { asked, step, .. } = journey;
    let scopes = narrowed.granted.set();
    let launched = asked.launch.as_ref().filter(|_| scopes.asks_for_launch());
    let in_launch = launched.is_some_and(|launch| launch.patient.is_some());
    let patient = step.patient.clone().filter(|_| scopes.needs_patient() || in_launch);
    let chosen = step.encounter.clone().filter(|_| scopes.needs_encounter());
    (patient, launched.and_then(|launch| launch.encounter.clone()).or(chosen))
}

/// What the app asked for and will not get, with the reason.
fn withheld(report: Vec<NarrowedScope>) -> Vec<Withheld> {
    let less = report.into_iter().filter(NarrowedScope::is_less_than_asked);
    less.map(|decision| Withheld { why: decision.sentence(), scope: decision.asked }).collect()
}

/// A draft opens only in the session, for the client, request, patient and visit that its page was made for.
fn bound_to(journey: &Journey) -> Vec<u8> {
    let Journey { asked, step, .. } = journey;
    let part = |part: &Option<String>| part.clone().unwrap_or_default().into_bytes();
    let (patient, encounter) = (part(&step.patient), part(&step.encounter));
    binding(&[
        journey.session(),
        asked.client.client_id.as_str().as_bytes(),
        &asked.hash,
        &patient,
        &encounter,
    ])
}

/// `POST /authorize/consent`.
pub(crate) async fn submit(visit: &Visit<'_, impl Reaches>) -> Response {
    // Its launch may be spent on this very grant, when the form is sent twice. What the field says is only believed so
    // far: the grant itself comes out of the sealed draft.
    let grant = |form: &Parameters| form.all("of").next().map(|key| GrantKey(key.to_owned()));
    let Answered { journey, form } = match journey::answered(visit, ACTION, grant).await {
        Ok(answered) => answered,
        Err(answer) => return *answer,
    };
    let Journey { asked, who, .. } = &journey;
    match form.all("decision").next() {
        Some("deny") => {
            let denied = Record::of(Event::ConsentDenied).client(&asked.client.client_id);
            let person = visit.ports.audit.person(&who.user.subject);
            noted(respond::see_other(&asked.cancel_url()), denied.person(person))
        }
        Some("allow") => allow(visit, &journey, &form).await,
        _ => journey.again(&[]),
    }
}

async fn allow(visit: &Visit<'_, impl Reaches>, journey: &Journey, form: &Parameters) -> Response {
    let Visit { ports, now, .. } = *visit;
    let Journey { asked, who, step } = journey;
    let sealed = form.all("grant").next().unwrap_or_default();
    let draft: Option<Draft> = ports.seals.open(Purpose::Form, sealed, &bound_to(journey));
    let Some(draft) = draft.filter(|draft| now < draft.ends_at) else {
        return refusal::out_of_date(visit);
    };
    let offered = match asked.scopes_of(&who.user, &ports.ceilings) {
        Ok(offered) => settled(journey, offered),
        Err(error) => return asked::back(&asked.target, &error),
    };
    let days_at_most = days_at_most(asked, ports.offline_days);
    let (ticked, days) = lasting::chosen(form, offered.granted.set(), days_at_most, now);
    let asks_clinical = consent::asks_clinical(offered.granted.set());
    let allowed = offered.approved(&ticked);
    if asks_clinical && allowed.granted.set().resources().next().is_none() {
        return journey.again(&[("nothing", "1")]);
    }
    if allowed.granted.set().needs_patient() && step.patient.is_none() {
        return refusal::out_of_date(visit);
    }
    // Counted from the page, so that the same answer sent twice is the same.
    let until = draft.ends_at + DAY * days;
    issue(visit, journey, allowed, &draft, Decision::Now { until }).await
}

/// Issues what was allowed before and is asked for a second time, without a page.
pub(crate) async fn again(
    visit: &Visit<'_, impl Reaches>,
    journey: &Journey,
    narrowed: Narrowed,
    consent: &Remembered,
) -> Response {
    let draft = Draft::draw(UnixSeconds(journey.step.ends_at));
    let decision = Decision::Before { until: consent.lasting_until };
    issue(visit, journey, narrowed, &draft, decision).await
}

/// Puts the grant, and sends the app its code.
async fn issue(
    visit: &Visit<'_, impl Reaches>,
    journey: &Journey,
    allowed: Narrowed,
    draft: &Draft,
    decision: Decision,
) -> Response {
    let Visit { ports, now, .. } = *visit;
    let Journey { asked, who, step } = journey;
    let code = draft.code();
    let longest = draft.ends_at + DAY * days_at_most(asked, ports.offline_days);
    let (patient, encounter) = context_of(journey, &allowed);
    let launch = asked.launch.as_ref().filter(|_| allowed.granted.set().asks_for_launch());
    let Narrowed { granted, report } = allowed;
    let grant = Grant {
        key: code.grant().key(),
        client_id: asked.client.client_id.clone(),
        user_name: who.user.name.clone(),
        subject: who.user.subject.clone(),
        fhir_user: who.user.fhir_user_url(ports.service.fhir_base_url()),
        patient,
        encounter,
        context: launch.map(|launch| launch.context.clone()).unwrap_or_default(),
        redirect_uri: asked.target.uri().to_owned(),
        challenge: asked.request.challenge.clone(),
        nonce: asked.request.nonce.clone(),
        auth_time: step.auth_time.map(UnixSeconds).unwrap_or_default(),
        issued_at: now,
        code_hash: code.secret_hash(),
        stage: Stage::Issued,
        stage_since: now,
        expires_at: now + UNREDEEMED,
        version: 1,
        last_request: RequestId::draw(),
        lasting: decision.lasting(granted.set(), who, longest),
        family: None,
        scope: granted,
    };
    let is_now = matches!(decision, Decision::Now { .. });
    let event = if is_now { Event::ConsentGiven } else { Event::ConsentRemembered };
    let issued = ports
        .store
        .issue(NewGrant {
            grant: &grant,
            report: &ScopeReport::of(&grant, report),
            consent: is_now.then(|| Remembered::of(&grant, &asked.client)).as_ref(),
            launch: launch.map(|launch| launch.key.as_str()),
        })
        .await;
    let redirect = || respond::see_other(&asked.target.with_code(&code.write(&ports.macs)));
    match issued {
        Ok(Issued::Issued) => noted(redirect(), ports.audit.of_grant(event, &grant)),
        Ok(Issued::Already(before)) if before.answers_the_same_as(&grant, now) => redirect(),
        Ok(Issued::Already(_)) => already_answered(asked, &ports.site),
        Ok(Issued::UserGone) => refusal::out_of_date(visit),
        Ok(Issued::LaunchSpent) => {
            let sentence = "the launch handle was used already; open the app from the EHR again.";
            asked::back(&asked.target, &ErrorCode::InvalidRequest.because("launch_spent", sentence))
        }
        Err(error) => refusal::page(visit, &error.into()),
    }
}

/// The same page was answered before, and otherwise, or so long ago that its code has expired.
fn already_answered(asked: &Asked, site: &Site) -> Response {
    let app = asked.app();
    let back = asked.home_host().map(|_| BackLink {
        url: asked.client.metadata.client_uri.clone().unwrap_or_else(|| asked.cancel_url()),
        text: format!("Go back to {}", app.name),
    });
    asked.respond(&AlreadyAnswered { app: Some(app), back }, StatusCode::CONFLICT, site)
}
