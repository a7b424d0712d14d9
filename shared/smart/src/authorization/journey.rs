//! Where an authorization request is: the page that is shown next, or the answer that goes to the app.

use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;

use super::context::{EncounterFrom, PatientFrom};
use super::offer::{Allowed, Offer};
use super::reauthentication::{self, WhySignIn};
use super::{Brought, CheckedRequest, ChosenEncounter, Progress};
use crate::consent::{Consent, REMEMBERED_DAYS};
use crate::error::{ErrorCode, OAuthError};
use crate::launch::Launch;
use crate::narrowing::Narrowed;
use crate::session::Session;
use crate::user::{Ceilings, User};

/// All that decides where a request is. Reading it is the handler's part, so every decision here is pure.
#[derive(Clone, Copy, Debug)]
pub struct Journey<'a> {
    /// The app's request.
    pub request: &'a CheckedRequest,
    /// The user who is signed in in this browser.
    pub visitor: Option<Visitor<'a>>,
    /// What this user allowed this client before, for the same patient.
    pub before: Option<&'a Consent>,
    /// What the browser and the user ask of the page.
    pub wish: Wish<'a>,
    /// What the settings of the service say.
    pub rules: &'a Rules,
    /// The time.
    pub now: UnixSeconds,
}

/// A user who is signed in: the session is live, and the account is still theirs and enabled.
#[derive(Clone, Copy, Debug)]
pub struct Visitor<'a> {
    /// The account.
    pub user: &'a User,
    /// The session.
    pub session: &'a Session,
    /// How far this user has come with the request.
    pub progress: &'a Progress,
}

/// What the browser and the user ask of the page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish<'a> {
    /// The user wants to sign in as another user.
    pub another_user: bool,
    /// An EHR frames the page as it may, and the browser sends no cookie there, so that no sign-in can succeed.
    pub framed_without_cookie: bool,
    /// Which part of the list of patients the user wants to see.
    pub patients: PatientSearch<'a>,
}

/// Which part of the list of patients the user wants to see.
#[derive(Clone, Copy, Debug, Default)]
pub struct PatientSearch<'a> {
    /// A name, a birth date or a record number; every patient if empty.
    pub text: &'a str,
    /// How many patients to skip.
    pub offset: usize,
}

/// What the settings of the service say.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The most that an app may get from a user.
    pub ceilings: Ceilings,
    /// The most days for which an app may get data while its user is away.
    pub longest_days: u32,
    /// For how long a consent spares the user the same question.
    pub remember: Remember,
}

/// For how long a consent spares the user the same question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remember {
    /// Not at all.
    Never,
    /// For so many days.
    Days(u32),
}

impl Default for Remember {
    fn default() -> Self {
        Self::Days(REMEMBERED_DAYS)
    }
}

/// What happens next with a request.
#[derive(Debug)]
pub enum Next<'a> {
    /// The request is kept here, and its handle takes its place in the URL.
    Keep,
    /// The request is kept here for another browser: a page says that nothing was done.
    OutOfDate,
    /// A page offers to continue in a new window.
    OpenInNewWindow,
    /// The sign-in page.
    SignIn(WhySignIn),
    /// The patient in context is settled with the FHIR API.
    Patient(PatientFrom<'a>),
    /// The encounter in context is settled with the FHIR API.
    Encounter(EncounterFrom<'a>),
    /// The consent page.
    AskConsent(Offer<'a>),
    /// A code goes to the app without a page.
    Issue(Allowed<'a>),
    /// An error goes to the app, whatever user is signed in.
    Refuse(OAuthError),
    /// An error goes to the app for the user who is signed in.
    Back(OAuthError),
}

impl<'a> Journey<'a> {
    /// What happens next. Under `prompt=none` that is never a page of the journey.
    ///
    /// Source: SMART App Launch 2.2, app-launch#obtain-authorization-code; OpenID Connect Core 1.0 §3.1.2.1.
    pub fn next(self) -> Next<'a> {
        let next = self.walked().unwrap_or_else(Next::Refuse);
        if self.request.asked().prompt.none { next.without_page() } else { next }
    }

    /// The journey of the user who is signed in. Nothing for a browser in which no user is.
    pub fn attended(self) -> Option<Attended<'a>> {
        self.visitor.map(|visitor| Attended { journey: self, visitor })
    }

    fn walked(self) -> Result<Next<'a>, OAuthError> {
        let Self { request, rules, .. } = self;
        match request.brought() {
            Brought::TooLong => return Err(too_long()),
            Brought::LongUrl => return Ok(Next::Keep),
            Brought::ShortUrl | Brought::Kept { .. } => {}
        }
        // With nothing to give to a user of any role, none is asked to sign in.
        request.narrowed_to(&rules.ceilings.of_anybody()).or_refuse()?;
        if request.brought() == (Brought::Kept { by_this_browser: false }) {
            return Ok(Next::OutOfDate);
        }
        match reauthentication::satisfied(self) {
            Ok(attended) => Ok(attended.next().unwrap_or_else(Next::Back)),
            Err(_) if self.wish.framed_without_cookie => Ok(Next::OpenInNewWindow),
            Err(why) => Ok(Next::SignIn(why)),
        }
    }
}

fn too_long() -> OAuthError {
    ErrorCode::InvalidRequest.because("request_too_long", "the authorization request is longer than 16 KiB.")
}

impl Next<'_> {
    /// Whether the user who is signed in counts: what comes before the sign-in is the same without them.
    pub const fn is_attended(&self) -> bool {
        match self {
            Self::Keep | Self::OutOfDate | Self::OpenInNewWindow | Self::SignIn(_) | Self::Refuse(_) => false,
            Self::Patient(_) | Self::Encounter(_) | Self::AskConsent(_) | Self::Issue(_) | Self::Back(_) => {
                true
            }
        }
    }

    /// The same where no page may be shown. A list of patients is left, since it may hold a single patient.
    ///
    /// Source: OpenID Connect Core 1.0 §3.1.2.6 (`login_required`, `interaction_required`, `consent_required`).
    fn without_page(self) -> Self {
        match self {
            Self::OpenInNewWindow | Self::SignIn(_) => Self::Refuse(
                ErrorCode::LoginRequired
                    .because("login_required", "nobody is signed in, and prompt is none."),
            ),
            Self::Encounter(from) if from.is_a_choice() => Self::Back(from.needs_interaction()),
            Self::AskConsent(_) => Self::Back(
                ErrorCode::ConsentRequired
                    .because("consent_required", "the person must be asked, and prompt is none."),
            ),
            without => without,
        }
    }
}

/// A journey whose user is signed in.
#[derive(Clone, Copy, Debug)]
pub struct Attended<'a> {
    pub(super) journey: Journey<'a>,
    pub(super) visitor: Visitor<'a>,
}

impl<'a> Attended<'a> {
    /// What the consent page offers, whatever is still to be settled before it.
    ///
    /// # Errors
    /// `invalid_scope` when this user can give the app nothing.
    pub fn offer(self) -> Result<Offer<'a>, OAuthError> {
        Ok(Offer::of(self, self.narrowed()?))
    }

    /// The patient that the user chose from the list.
    pub fn patient_chosen(self, id: &str) -> PatientFrom<'a> {
        PatientFrom::chosen(self, id)
    }

    /// The encounter that the user chose from the list. Nothing while no patient is settled.
    pub fn encounter_chosen(self, id: &str) -> Option<EncounterFrom<'a>> {
        Some(EncounterFrom::chosen(self, self.visitor.progress.patient_id()?, id))
    }

    /// What the app may have from this user: an app cannot name a user who has no FHIR resource, and one that is
    /// registered for an hour cannot come back.
    fn narrowed(self) -> Result<Narrowed, OAuthError> {
        let Self { journey: Journey { request, rules, .. }, visitor } = self;
        let narrowed = request.narrowed_to(rules.ceilings.of(visitor.user.role));
        let comes_back = request.client().metadata.may_come_back();
        let narrowed = if comes_back { narrowed } else { narrowed.without_lasting() };
        let narrowed = if visitor.user.fhir_user.is_some() { narrowed } else { narrowed.without_fhir_user() };
        narrowed.or_refuse()
    }

    /// What is still to be settled: whose record, which encounter, and whether the user allows it.
    fn next(self) -> Result<Next<'a>, OAuthError> {
        let narrowed = self.narrowed()?;
        let scopes = narrowed.granted.set();
        let launch = self.launch(scopes);
        let progress = self.visitor.progress;
        if progress.patient.is_none() {
            if let Some(patient) = launch.and_then(|launch| launch.patient.as_deref()) {
                return Ok(Next::Patient(PatientFrom::launch(self, patient)));
            }
            if scopes.needs_patient() {
                return Ok(Next::Patient(PatientFrom::list(self)));
            }
        }
        let is_launched_with = launch.is_some_and(|launch| launch.encounter.is_some());
        if scopes.needs_encounter() && !is_launched_with && progress.encounter == ChosenEncounter::Open {
            let patient = progress.patient_id().unwrap_or_default();
            return Ok(Next::Encounter(EncounterFrom::list(self, patient)));
        }
        let offer = Offer::of(self, narrowed);
        Ok(match offer.remembered() {
            Some(until) => Next::Issue(offer.allowed_before(until)),
            None => Next::AskConsent(offer),
        })
    }

    /// The launch that the request names, if the app may learn of it.
    pub(super) fn launch(self, scopes: &ScopeSet) -> Option<&'a Launch> {
        self.journey.request.launch().filter(|_| scopes.asks_for_launch())
    }
}
