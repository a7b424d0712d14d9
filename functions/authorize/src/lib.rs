//! `/authorize`: a person signs in, chooses a patient, and allows an app something, or not.
//!
//! Between the steps nothing is written: the request stays in the URL, and each step answers its POST with a 303 back to
//! it, plus one sealed `step` that says how far the person has come.

mod asked;
mod browser;
mod consent;
mod encounter;
mod kept;
mod launch;
mod manage;
mod own_query;
mod picker;
mod refusal;
mod session_start;
mod sign_in;
mod sign_out;
mod steps;
mod upstream;

use std::time::Duration;

use aws::config::Environment;
use aws::dynamodb::{Table, TableNames, Tables};
use aws::fhir_http::FhirPatients;
use aws::kms::{self, KmsSigner};
use aws::upstream::UpstreamProvider;
use aws::{Aws, StartError};
use http::Method;
use pages::account::TestPerson;
use pages::layout::Site;
use smart::audit::AuditHasher;
use smart::mac::TokenMacs;
use smart::ports::{
    ClientReader, ConsentStore, FlowStore, GrantIssuer, GrantKeeper, LaunchStore, Lockout, PatientDirectory,
    PublicKeys, SessionStore, Signer, UserReader, UserWriter,
};
use smart::service::Service;
use smart::user::Ceilings;
use smart_verify::time::UnixSeconds;
use web::browser::cookies::CookiePolicy;
use web::browser::seal::PageKeys;
use web::browser::signed_in::OwnPage;
use web::{Request, Response, body, respond};

/// All that this function may remember by. Its policy in `template.yaml` lists the same, action by action.
pub trait Store:
    ClientReader
    + UserReader
    + Lockout
    + SessionStore
    + FlowStore
    + LaunchStore
    + ConsentStore
    + GrantIssuer
    + GrantKeeper
    + UserWriter
{
}

impl<T> Store for T where
    T: ClientReader
        + UserReader
        + Lockout
        + SessionStore
        + FlowStore
        + LaunchStore
        + ConsentStore
        + GrantIssuer
        + GrantKeeper
        + UserWriter
{
}

/// What this function works with.
#[derive(Debug)]
pub struct Ports<S, K, D> {
    /// What is remembered.
    pub store: S,
    /// What signs the token with which patients are looked up.
    pub signer: K,
    /// Whose patients may be chosen.
    pub directory: D,
    /// Our own addresses.
    pub service: Service,
    /// Where people sign in who have their account elsewhere.
    pub upstream: Option<UpstreamProvider>,
    /// Whether people can sign in with a name and password of ours.
    pub local_accounts: bool,
    /// What people may have at most.
    pub ceilings: Ceilings,
    /// What all pages say about the place.
    pub site: Site,
    /// People to sign in as, shown on a sandbox alone.
    pub test_accounts: Vec<TestPerson>,
    /// How long a session lasts at most.
    pub session_lifetime: Duration,
    /// For how many days an app may get data at most while its person is away.
    pub offline_days: u32,
    /// How cookies are set.
    pub cookies: CookiePolicy,
    /// What cookies, forms and steps are sealed with.
    pub seals: PageKeys,
    /// The MACs of codes.
    pub macs: TokenMacs,
    /// What hides people and patients in the record of decisions.
    pub audit: AuditHasher,
}

/// Makes the ports of the real world.
///
/// # Errors
/// When a setting is no good, or a key cannot be used.
pub async fn wire(
    environment: &Environment,
    aws: &Aws,
) -> Result<Ports<Tables, KmsSigner, FhirPatients>, StartError> {
    let mut settings = environment.reader();
    let service = settings.service();
    let signing_keys = settings.signing_keys();
    let token_mac = settings.mac_key("TOKEN_MAC");
    let page_seal = settings.mac_key("PAGE_SEAL");
    let audit_hash = settings.mac_key("AUDIT_HASH");
    let ceilings = Ceilings {
        patient: settings.scopes_of_people("PATIENT_SCOPES"),
        clinician: settings.scopes_of_people("CLINICIAN_SCOPES"),
    };
    let organisation = settings.required("ORGANISATION");
    let sandbox = settings.flag("SANDBOX");
    let [contact, accent, logo] = ["CONTACT", "ACCENT_COLOUR", "LOGO_SVG"]
        .map(|name| settings.optional(name).unwrap_or_default().to_owned());
    let test_accounts = settings.optional("TEST_ACCOUNTS").unwrap_or("[]");
    let test_accounts = serde_json::from_str(test_accounts).map_err(|_| {
        StartError::Other(
            "TEST_ACCOUNTS must be a list of objects with name, about and password, in JSON".to_owned(),
        )
    });
    let idle_limit = settings.minutes("SESSION_IDLE_MINUTES");
    let session_lifetime = settings.minutes("SESSION_MINUTES");
    let offline_days = settings.number_of_days("OFFLINE_DAYS");
    let provider = settings.upstream();
    let local_accounts = settings.flag("LOCAL_ACCOUNTS");
    let names = TableNames::from([
        (Table::Clients, settings.required("CLIENTS_TABLE")),
        (Table::Users, settings.required("USERS_TABLE")),
        (Table::Sessions, settings.required("SESSIONS_TABLE")),
        (Table::Grants, settings.required("GRANTS_TABLE")),
        (Table::Consents, settings.required("CONSENTS_TABLE")),
        (Table::Flows, settings.required("FLOWS_TABLE")),
        (Table::Launches, settings.required("LAUNCHES_TABLE")),
        (Table::Attempts, settings.required("ATTEMPTS_TABLE")),
    ]);
    settings.finish()?;
    let kms = aws.kms();
    let store = Tables::new(aws.dynamodb(), names);
    let ((), signer, mac_secrets, seal_secrets, audit_secrets) = tokio::try_join!(
        store.open(),
        KmsSigner::connect(kms.clone(), signing_keys),
        kms::secrets(&kms, &token_mac, "token-mac"),
        kms::secrets(&kms, &page_seal, "page-seal"),
        kms::secrets(&kms, &audit_hash, "audit-hash"),
    )?;
    let upstream = match provider {
        Some(provider) => Some(UpstreamProvider::connect(&kms, provider, &service).await?),
        None => None,
    };
    Ok(Ports {
        upstream,
        local_accounts,
        store,
        signer,
        ceilings,
        directory: FhirPatients::new(service.fhir_base_url()),
        site: Site::new(organisation, sandbox, service.issuer())
            .with_settings(&contact, &accent, &logo)
            .map_err(other)?,
        test_accounts: test_accounts?,
        cookies: CookiePolicy::for_issuer(service.issuer()).map_err(other)?.idling(idle_limit),
        session_lifetime,
        offline_days,
        seals: PageKeys::derive(&seal_secrets, page_seal.mint).map_err(other)?,
        macs: TokenMacs::derive(&mac_secrets, token_mac.mint).map_err(other)?,
        audit: AuditHasher::derive(&audit_secrets, audit_hash.mint).map_err(other)?,
        service,
    })
}

fn other(error: impl std::error::Error) -> StartError {
    StartError::Other(error.to_string())
}

/// The pages that answer a form; whoever reloads one goes on where the request is.
const STEPS: [&str; 5] =
    ["/sign-in", "/sign-in/upstream", "/authorize/patient", "/authorize/encounter", "/authorize/consent"];

/// Shows the page that a request has come to, or takes the answer to it.
///
/// Source: SMART App Launch 2.2, app-launch#obtain-authorization-code; RFC 6749 §4.1.1.
pub async fn handle<S: Store, K: Signer + PublicKeys, D: PatientDirectory>(
    request: Request,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Response {
    let path = request.uri().path();
    if path == "/launch" {
        return launch::handle(&request, ports, now).await;
    }
    if path == "/manage" || path.starts_with("/manage/") {
        return manage::handle(&request, ports, now).await;
    }
    let method = request.method().clone();
    let is_get = method == Method::GET || method == Method::HEAD;
    match (path, is_get, method == Method::POST) {
        ("/authorize", true, _) => steps::show(&request, ports, now).await,
        ("/authorize", _, true) => posted(&request, ports, now).await,
        ("/sign-in", true, _) => sign_in::show(&request, ports, now).await,
        ("/sign-in", _, true) => sign_in::submit(&request, ports, now).await,
        ("/authorize/patient", _, true) => picker::submit(&request, ports, now).await,
        ("/authorize/encounter", _, true) => encounter::submit(&request, ports, now).await,
        ("/authorize/consent", _, true) => consent::submit(&request, ports, now).await,
        (step, true, _) if STEPS.contains(&step) => respond::see_other(&reloaded(&request)),
        ("/sign-in/upstream", _, true) => upstream::leave(&request, ports, now).await,
        ("/sign-in/callback", true, _) => upstream::arrive(&request, ports, now).await,
        ("/sign-out", true, _) => sign_out::show(&request, ports, now),
        ("/sign-out", _, true) => sign_out::submit(&request, ports, now).await,
        (known, ..) if STEPS.contains(&known) || ["/authorize", "/sign-out"].contains(&known) => {
            respond::method_not_allowed("GET, HEAD, POST")
        }
        ("/sign-in/callback", ..) => respond::method_not_allowed("GET, HEAD"),
        _ => refusal::not_found(ports),
    }
}

/// Where somebody goes on who reloads a page that answered a form.
fn reloaded(request: &Request) -> String {
    let query = request.uri().query().unwrap_or_default();
    OwnPage::of_query(query).map_or_else(|| own_query::address(query, &[]), |page| page.path().to_owned())
}

/// An authorization request that comes as a form means the same as one in the URL, and goes on there; one that is too
/// long for a URL is kept.
///
/// Source: SMART App Launch 2.2, app-launch#obtain-authorization-code (GET and POST).
async fn posted<S: Store, K, D>(request: &Request, ports: &Ports<S, K, D>, now: UnixSeconds) -> Response {
    let form = match body::form(request) {
        Ok(form) => form,
        Err(error) => return refusal::page(request, ports, &error),
    };
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(form.pairs()).finish();
    if own_query::fits(&query) {
        return respond::see_other(&own_query::address(&query, &[]));
    }
    match asked::open_form(request, query, form, ports, now).await {
        Err(answer) => *answer,
        Ok(opened) => kept::keep(request, &opened.asked, &opened.asked.query, ports, now).await,
    }
}
