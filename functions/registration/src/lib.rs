//! `/clients`: those who may register clients, read, list, change and delete them.

mod clients;
#[cfg(test)]
mod tests;

use aws::config::Environment;
use aws::dynamodb::{TableNames, Tables};
use aws::kms::KmsSigner;
use aws::{Aws, StartError};
use http::Method;
use smart::client::ClientId;
use smart::discovery::Service;
use smart::http::own_api::Caller;
use smart::http::{Request, Response, preflight, respond};
use smart::ports::{ClientWriter, PublicKeys};
use smart::scope::ExtensionScope;
use smart::time::UnixSeconds;

const OF_THE_LIST: &str = "GET, POST, OPTIONS";
const OF_ONE: &str = "GET, PUT, DELETE, OPTIONS";

/// What this function works with.
#[derive(Debug)]
pub struct Ports<S, K> {
    /// What is remembered.
    pub store: S,
    /// What verifies the tokens of those who ask.
    pub keys: K,
    /// Our own addresses.
    pub service: Service,
}

/// Makes the ports of the real world.
///
/// # Errors
/// When a setting is no good, or no key can be read.
pub async fn wire(environment: &Environment, aws: &Aws) -> Result<Ports<Tables, KmsSigner>, StartError> {
    let mut settings = environment.reader();
    let service = settings.service();
    let signing_keys = settings.signing_keys();
    let names = TableNames { clients: settings.required("CLIENTS_TABLE"), ..TableNames::default() };
    settings.finish()?;
    let store = Tables::new(aws.dynamodb(), names);
    let (keys, ()) = tokio::try_join!(KmsSigner::connect(aws.kms(), signing_keys), store.open())?;
    Ok(Ports { store, keys, service })
}

/// Answers one request of an administrator.
pub async fn handle<S: ClientWriter, K: PublicKeys>(
    request: Request,
    ports: &Ports<S, K>,
    now: UnixSeconds,
) -> Response {
    let path = request.uri().path();
    let of_one = path.strip_prefix("/clients/");
    if path != "/clients" && of_one.is_none() {
        return respond::not_found();
    }
    let methods = if of_one.is_some() { OF_ONE } else { OF_THE_LIST };
    if request.method() == Method::OPTIONS {
        let mut answer = preflight(request.headers(), methods);
        respond::no_store(&mut answer);
        return answer;
    }
    let answer = match Caller::of(
        request.headers(),
        ExtensionScope::Registration,
        &ports.keys,
        ports.service.tokens(),
        now,
    ) {
        Ok(administrator) => manage(administrator, &request, of_one, ports, now).await,
        Err(refused) => Err(refused),
    };
    answer.unwrap_or_else(|refused| *refused)
}

async fn manage<S: ClientWriter, K>(
    _who: Caller,
    request: &Request,
    of_one: Option<&str>,
    ports: &Ports<S, K>,
    now: UnixSeconds,
) -> Result<Response, Box<Response>> {
    let Some(id) = of_one else {
        return match *request.method() {
            Method::POST => clients::register(request, &ports.store, &ports.service, now).await,
            Method::GET => clients::list(request, &ports.store).await,
            _ => Ok(respond::method_not_allowed(OF_THE_LIST)),
        };
    };
    let id: ClientId = id.parse().map_err(|_| clients::not_found())?;
    match *request.method() {
        Method::GET => clients::read(request, &id, &ports.store).await,
        Method::PUT => clients::replace(request, &id, &ports.store, &ports.service, now).await,
        Method::DELETE => clients::delete(request, &id, &ports.store).await,
        _ => Ok(respond::method_not_allowed(OF_ONE)),
    }
}
