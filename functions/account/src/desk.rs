//! What the account home reaches and works with.

use std::time::Duration;

use aws::StartError;
use aws::config::{Reader, TextName};
use aws::own_endpoints::OwnEndpoints;
use pages::account::TestPerson;
use pages::layout::Site;
use smart::error::Unreachable;
use smart::lockout::Counter;
use smart::operations::{Acting, Operations};
use smart::ports::{
    ClientWriter, JwksSource, Lockout, ProblemReader, Registry, RequestCounter, SessionStore, UserKeeper,
    World,
};
use smart::random;
use smart::service::Service;
use smart::session::Session;
use smart::user::{Ceilings, User};
use web::browser::cookies::{CookiePolicy, SessionCookie};
use web::browser::seal::PageKeys;
use web::browser::signed_in::set_cookie;
use web::{Response, respond};

smart::reach! {
    /// All that the account home may reach, of what the function reaches that answers with it.
    pub trait Reaches {
        Store: ClientWriter
            + UserKeeper
            + Registry
            + RequestCounter
            + SessionStore
            + Lockout
            + ProblemReader;
        Jwks: JwksSource
    }
}

/// What one request to the account home is answered with. All of it is the function's.
pub struct Desk<'a, W: World> {
    /// What its sender may do as long as no one is signed in.
    pub operations: Operations<'a, W>,
    /// The part of the network that it comes from.
    pub address: &'a str,
    /// What cookies, forms and flashes are sealed with.
    pub seals: &'a PageKeys,
    /// What belongs to these pages alone.
    pub home: &'a AccountHome,
}

impl<W: Reaches> Desk<'_, W> {
    /// Begins a session in place of the previous one, and leads to a page with its cookie.
    pub(crate) async fn begin_session(
        &self,
        user: &User,
        before: Option<&str>,
        counters: &[Counter],
        path: &str,
    ) -> Result<Response, Unreachable> {
        let Acting { store, now, .. } = self.operations.acting;
        let cookie = SessionCookie::new(random::bytes(), user.name.clone(), user.subject.clone());
        let session = Session::begun(random::sha256(cookie.id()), user, now, self.home.session_lifetime);
        store.begin(&session, before, counters).await?;
        let mut response = respond::see_other(path);
        set_cookie(&mut response, self.home.cookies.set_session(&cookie, self.seals, now));
        Ok(response)
    }
}

/// What the account home knows that nothing else in its function needs.
#[derive(Debug)]
pub struct AccountHome {
    /// What all pages say about the organisation.
    pub site: Site,
    /// How cookies are set.
    pub cookies: CookiePolicy,
    /// How long a session lasts at most.
    pub session_lifetime: Duration,
    /// Whether users can sign in with a name and password of ours.
    pub local_accounts: bool,
    /// The FHIR resource of accounts that users make for themselves, on a sandbox.
    pub sandbox_fhir_user: Option<String>,
    /// Invented users, shown on a sandbox alone.
    pub people: Vec<TestPerson>,
    /// The most that an app may get from a user.
    pub ceilings: Ceilings,
    /// Where test tokens come from.
    pub endpoints: OwnEndpoints,
}

impl AccountHome {
    /// Reads its settings. The reader notes those that are missing.
    ///
    /// # Errors
    /// When a setting is malformed.
    pub fn read(settings: &mut Reader<'_>, service: &Service) -> Result<Self, StartError> {
        let [contact, accent] =
            ["CONTACT", "ACCENT_COLOUR"].map(|name| settings.optional(name).unwrap_or_default().to_owned());
        let logo = settings.text(TextName::Logo);
        let site = Site::new(settings.required("ORGANISATION"), settings.flag("SANDBOX"), service.issuer());
        let idle_limit = settings.minutes("SESSION_IDLE_MINUTES");
        let session_lifetime = settings.minutes("SESSION_MINUTES");
        let ceilings = Ceilings {
            patient: settings.scopes_of_people(TextName::PatientScopes),
            clinician: settings.scopes_of_people(TextName::ClinicianScopes),
        };
        let local_accounts = settings.flag("LOCAL_ACCOUNTS");
        let people = TestPerson::list(&settings.text(TextName::TestAccounts));
        Ok(Self {
            site: site.with_settings(&contact, &accent, &logo).map_err(other)?,
            cookies: CookiePolicy::for_issuer(service.issuer()).map_err(other)?.idling(idle_limit),
            session_lifetime,
            local_accounts,
            sandbox_fhir_user: settings.optional("SANDBOX_FHIR_USER").map(str::to_owned),
            people: people.map_err(other)?,
            ceilings,
            endpoints: OwnEndpoints::new(service),
        })
    }
}

fn other(error: impl std::error::Error) -> StartError {
    StartError::Other(error.to_string())
}
