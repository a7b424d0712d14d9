//! A request, a browser and a user, of which a test changes one thing.

use std::sync::{Arc, LazyLock};

use serde_json::json;
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;

use super::super::context::Settled;
use super::super::*;
use crate::client::{Client, ClientMetadata};
use crate::consent::Consent;
use crate::error::OAuthError;
use crate::ids::RequestId;
use crate::launch::{Context, Launch};
use crate::parameters::Parameters;
use crate::ports::{Found, NewGrant, Patient};
use crate::service::Service;
use crate::session::{SESSION_LIFETIME, Session};
use crate::unknown_fields::UnknownFields;
use crate::user::{Ceilings, Role, User};

pub(super) const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

pub(super) const HANDLE: &str = "launch_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// All that a journey is made of. The default: a patient who is signed in opens a standalone app.
#[derive(Clone)]
pub(super) struct World {
    pub(super) registered: &'static str,
    pub(super) redirect_uri: &'static str,
    pub(super) scope: &'static str,
    pub(super) prompt: Option<&'static str>,
    pub(super) max_age: Option<&'static str>,
    pub(super) launch: Option<Launch>,
    pub(super) brought: Brought,
    pub(super) user: User,
    pub(super) session: Option<Session>,
    pub(super) progress: Option<Progress>,
    pub(super) before: Option<Consent>,
    pub(super) another_user: bool,
    pub(super) framed_without_cookie: bool,
    pub(super) search: &'static str,
    pub(super) rules: Rules,
    pub(super) now: UnixSeconds,
}

const REDIRECT_URI: &str = "https://app.example.org/cb";

pub(super) const ALL: &str = "launch launch/patient launch/encounter openid fhirUser offline_access online_access \
     patient/*.rs user/*.rs";

impl World {
    pub(super) fn new() -> Self {
        let user = user(Role::Patient);
        Self {
            registered: ALL,
            redirect_uri: REDIRECT_URI,
            scope: "launch/patient patient/*.rs",
            prompt: None,
            max_age: None,
            launch: None,
            brought: Brought::ShortUrl,
            session: Some(Session::begun("session".to_owned(), &user, NOW, SESSION_LIFETIME)),
            user,
            progress: None,
            before: None,
            another_user: false,
            framed_without_cookie: false,
            search: "",
            rules: Rules { ceilings: Ceilings::default(), longest_days: 365, remember: Remember::default() },
            now: NOW,
        }
    }

    /// The default, changed.
    pub(super) fn with(change: impl FnOnce(&mut Self)) -> Self {
        let mut world = Self::new();
        change(&mut world);
        world
    }

    /// The default, where an EHR opened the app for the user.
    pub(super) fn launched(change: impl FnOnce(&mut Launch)) -> Self {
        let mut launch = Launch {
            key: "launch".to_owned(),
            client_id: "app".parse().unwrap(),
            made_by: "ehr".parse().unwrap(),
            user_name: "ann".to_owned(),
            subject: "sub-ann".to_owned(),
            patient: Some("ann".to_owned()),
            encounter: None,
            context: Context::default(),
            embedding_origins: Vec::new(),
            spent_on: None,
            expires_at: NOW + std::time::Duration::from_secs(300),
        };
        change(&mut launch);
        Self::with(|world| {
            world.scope = "launch patient/*.rs";
            world.launch = Some(launch);
        })
    }

    /// The client. That of the default is made once, since every walk needs it.
    fn client(&self) -> Arc<Client> {
        static USUAL: LazyLock<Arc<Client>> = LazyLock::new(|| World::new().registered_client());
        if (self.registered, self.redirect_uri) == (ALL, REDIRECT_URI) {
            return Arc::clone(&USUAL);
        }
        self.registered_client()
    }

    fn registered_client(&self) -> Arc<Client> {
        let metadata = json!({
            "client_name": "App", "redirect_uris": [self.redirect_uri], "token_endpoint_auth_method": "none",
            "scope": self.registered, "launch_url": "https://app.example.org/launch",
        });
        let metadata = ClientMetadata::check(metadata.as_object().unwrap()).unwrap();
        Arc::new(Client::new("app".parse().unwrap(), metadata, NOW))
    }

    fn request(&self) -> CheckedRequest {
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", "app"),
            ("redirect_uri", self.redirect_uri),
            ("scope", self.scope),
            ("state", "s"),
            ("aud", "https://fhir.example.org/r4"),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
        ];
        pairs.extend(self.prompt.map(|prompt| ("prompt", prompt)));
        pairs.extend(self.max_age.map(|max_age| ("max_age", max_age)));
        pairs.extend(self.launch.as_ref().map(|_| ("launch", HANDLE)));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let parameters = Parameters::query(&query).unwrap();
        let facts = RequestFacts {
            client: Some(self.client()),
            launch: self.launch.clone(),
            grant: None,
            brought: self.brought,
        };
        CheckedRequest::check(&Addressed::read(&parameters).unwrap(), facts, &service(), self.now).unwrap()
    }

    /// Does something with the journey.
    pub(super) fn on<T>(&self, then: impl FnOnce(Journey<'_>) -> T) -> T {
        let request = self.request();
        let begun = self.session.as_ref().map(|session| Progress::of_session(session, self.now));
        let progress = self.progress.clone().or(begun);
        let visitor = self.session.as_ref().zip(progress.as_ref());
        then(Journey {
            request: &request,
            visitor: visitor.map(|(session, progress)| Visitor { user: &self.user, session, progress }),
            before: self.before.as_ref(),
            wish: Wish {
                another_user: self.another_user,
                framed_without_cookie: self.framed_without_cookie,
                patients: PatientSearch { text: self.search, offset: 0 },
            },
            rules: &self.rules,
            now: self.now,
        })
    }

    /// What happens next, in words.
    pub(super) fn next(&self) -> String {
        self.on(|journey| match journey.next() {
            Next::Keep => "keep".to_owned(),
            Next::OutOfDate => "out of date".to_owned(),
            Next::OpenInNewWindow => "open in new window".to_owned(),
            Next::SignIn(why) => format!("sign in: {why:?}"),
            Next::Patient(from) => match from.query() {
                query if query.limit == 1 => format!("patient: {:?}", query.ids.unwrap()),
                query => format!("list of patients: {:?}", query.ids),
            },
            Next::Encounter(from) => format!("list of encounters of {}", from.patient()),
            Next::AskConsent(offer) => format!("ask consent: {}", offer.scopes()),
            Next::Issue(_) => "issue".to_owned(),
            Next::Refuse(error) => format!("refuse: {}", reason(&error)),
            Next::Back(error) => format!("back: {}", reason(&error)),
        })
    }

    /// The progress of the user with this patient.
    pub(super) fn with_patient(mut self, id: &str) -> Self {
        let begun = Progress::of_session(self.session.as_ref().unwrap(), self.now);
        self.progress = Some(self.progress.unwrap_or(begun).with_patient(patient(id)));
        self
    }

    /// The grant of the user who allows everything that is offered for so many days.
    pub(super) fn allowed(&self, days: u32) -> NewGrant {
        self.on(|journey| {
            let offer = journey.attended().unwrap().offer().unwrap();
            let draft = draft();
            let answer = Answer { ticked: offer.scopes().clone(), days };
            match offer.decide(answer, &draft) {
                Ok(allowed) => allowed.issue(&draft, RequestId::draw(), &service()),
                other => panic!("{other:?}"),
            }
        })
    }
}

pub(super) fn draft() -> Draft {
    Draft::new(NOW + STEP_LIFETIME)
}

pub(super) fn service() -> Service {
    Service::new("https://auth.example.org", "https://fhir.example.org/r4")
}

pub(super) fn reason(error: &OAuthError) -> String {
    format!("{} ({})", error.code().wire().0, error.reason())
}

pub(super) fn user(role: Role) -> User {
    User {
        name: "ann".to_owned(),
        subject: "sub-ann".to_owned(),
        display_name: "Ann".to_owned(),
        password_hash: String::new(),
        role,
        fhir_user: Some(if role == Role::Patient { "Patient/ann" } else { "Practitioner/ann" }.to_owned()),
        patients: Vec::new(),
        scope: ScopeSet::default(),
        administrator: false,
        disabled: false,
        sessions_from: UnixSeconds(0),
        created_at: NOW,
        version: 1,
        unknown: UnknownFields::NONE,
    }
}

pub(super) fn patient(id: &str) -> Patient {
    Patient {
        id: id.to_owned(),
        name: format!("Name of {id}"),
        birth_date: None,
        gender: None,
        record_number: None,
    }
}

pub(super) fn found(ids: &[&str]) -> Found {
    Found { patients: ids.iter().map(|id| patient(id)).collect(), total: ids.len() }
}

/// What was settled, in words.
pub(super) fn settled<Listed>(settled: Settled<Listed>) -> String {
    match settled {
        Settled::Known(progress) => {
            format!("known: {} {:?}", progress.patient_id().unwrap_or("none"), progress.encounter)
        }
        Settled::Ask(_) => "ask".to_owned(),
        Settled::NotListed(error) => format!("not listed: {}", reason(&error)),
        Settled::Back(error) => format!("back: {}", reason(&error)),
        Settled::Failed(error) => format!("failed: {}", reason(&error)),
    }
}
