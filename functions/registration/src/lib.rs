//! Registration: the admin API for clients and accounts, and the doors of RFC 7591 and RFC 7592.
//!
//! A request passes: its route (`routes`), who asks and how often (`door`), one file a resource, and its answer. Beside the
//! answer to a change stands its record (`smart::audit`), which becomes a line of the log.

mod account;
mod approvals;
mod body;
mod call;
mod check;
mod client_list;
mod client_view;
mod clients;
mod door;
mod gather;
mod idempotency;
mod managed;
mod openapi;
mod preconditions;
mod register;
mod register_tokens;
mod routes;
mod secrets;
#[cfg(test)]
mod tests;
mod users;
mod wish;

use aws::config::Environment;
use aws::dynamodb::{Table, TableNames, Tables};
use aws::jwks_http::HttpsJwks;
use aws::kms::{self, KmsSigner};
use aws::{Aws, StartError};
use http::Method;
use smart::audit::AuditHasher;
use smart::ports::{
    ClientWriter, JwksSource, Lockout, ProblemReader, PublicKeys, Registry, RequestCounter, SessionStore,
    UserKeeper,
};
use smart::registration::SelfRegistrationPolicy;
use smart::service::Service;
use smart_verify::time::UnixSeconds;
use web::browser::seal::PageKeys;
use web::cors::preflight;
use web::{Request, Response, respond};

pub use account::AccountHome;
use account::AccountSettings;
use routes::Route;

/// All that this function may remember by. Its policy in `template.yaml` lists the same, action by action.
pub trait Store:
    ClientWriter + UserKeeper + Registry + RequestCounter + SessionStore + Lockout + ProblemReader
{
}

impl<T> Store for T where
    T: ClientWriter + UserKeeper + Registry + RequestCounter + SessionStore + Lockout + ProblemReader
{
}

/// What this function works with.
#[derive(Debug)]
pub struct Ports<S, K, J> {
    /// What is remembered.
    pub store: S,
    /// What verifies the tokens of those who ask.
    pub keys: K,
    /// What reads the keys that clients publish.
    pub jwks: J,
    /// What addresses are hashed with.
    pub seals: PageKeys,
    /// What hides people and addresses in records.
    pub audit: AuditHasher,
    /// Who registers besides administrators, and for what at most.
    pub policy: SelfRegistrationPolicy,
    /// Our own addresses.
    pub service: Service,
    /// What the pages of the account home need besides.
    pub account: AccountHome,
}

/// Makes the ports of the real world.
///
/// # Errors
/// When a setting is no good, or no key can be read.
pub async fn wire(
    environment: &Environment,
    aws: &Aws,
) -> Result<Ports<Tables, KmsSigner, HttpsJwks>, StartError> {
    let mut settings = environment.reader();
    let service = settings.service();
    let reach = settings.reach_of_keys(&service);
    let signing_keys = settings.signing_keys();
    let page_seal = settings.mac_key("PAGE_SEAL");
    let audit_hash = settings.mac_key("AUDIT_HASH");
    let policy = settings.self_registration();
    let names = TableNames::from([
        (Table::Clients, settings.required("CLIENTS_TABLE")),
        (Table::Users, settings.required("USERS_TABLE")),
        (Table::Attempts, settings.required("ATTEMPTS_TABLE")),
        (Table::Registry, settings.required("REGISTRY_TABLE")),
        (Table::Sessions, settings.required("SESSIONS_TABLE")),
        (Table::Replay, settings.required("REPLAY_TABLE")),
    ]);
    let people = AccountSettings::read(&mut settings);
    settings.finish()?;
    let kms = aws.kms();
    let store = Tables::new(aws.dynamodb(), names);
    let ((), keys, seal_secrets, audit_secrets) = tokio::try_join!(
        store.open(),
        KmsSigner::connect(kms.clone(), signing_keys),
        kms::secrets(&kms, &page_seal, "page-seal"),
        kms::secrets(&kms, &audit_hash, "audit-hash"),
    )?;
    let other = |error: &dyn std::error::Error| StartError::Other(error.to_string());
    let account = people.home(&service)?;
    Ok(Ports {
        account,
        store,
        keys,
        jwks: HttpsJwks::new(reach),
        seals: PageKeys::derive(&seal_secrets, page_seal.mint).map_err(|error| other(&error))?,
        audit: AuditHasher::derive(&audit_secrets, audit_hash.mint).map_err(|error| other(&error))?,
        policy,
        service,
    })
}

/// Answers one request: of an administrator, or of somebody who registers a client of their own.
pub async fn handle<S: Store, K: PublicKeys, J: JwksSource>(
    request: Request,
    ports: &Ports<S, K, J>,
    now: UnixSeconds,
) -> Response {
    if account::is_at(request.uri().path()) {
        return account::answer(&request, ports, now).await;
    }
    let Some(route) = Route::of(request.uri().path()) else {
        return respond::not_found();
    };
    if request.method() == Method::OPTIONS {
        let mut answer = preflight(request.headers(), route.allow());
        respond::no_store(&mut answer);
        return answer;
    }
    let taken = route.allow().split(", ").any(|method| method == request.method().as_str());
    if !taken {
        return respond::method_not_allowed(route.allow());
    }
    match route {
        Route::OpenApi => openapi::serve(&ports.service),
        Route::Register => register::answer(&request, ports, now).await,
        Route::Registered(id) => managed::answer(&request, &id, ports, now).await,
        route => door::administrate(&request, route, ports, now).await,
    }
}
