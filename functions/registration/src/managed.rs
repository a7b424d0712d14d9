//! `/register/{client_id}`: a registered client reads, replaces and ends its own registration.
//!
//! Source: RFC 7592.

use http::{Method, StatusCode};
use serde_json::{Map, Value};
use smart::audit::Event;
use smart::client::{ChangedBy, Client, ClientId, FieldError};
use smart::error::ErrorCode;
use smart::operations::clients::{change_own, delete_own};
use smart::ports::{ClientWriter, Registry, Write};
use smart::registration::{Entry, Limit, Note, RegistrationAccess, RegistrationToken, SelfRegistration};
use smart_verify::time::UnixSeconds;
use web::authorization_header::bearer;
use web::cors::allow_origin_of;
use web::notes;
use web::notes::noted;
use web::{Request, Response, problem, respond};

use crate::body::{self, JSON};
use crate::call::{Answer, no_content};
use crate::door::{Quota, address};
use crate::register::{checked, fields, not_registered, plain, shown, unauthorized, unavailable};
use crate::{Ports, Reaches, wish};

/// Ours to give: whoever sends these back has not understood who sets them.
///
/// Source: RFC 7592 §2.2.
const NEVER_SENT: [&str; 4] = [
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
];

/// A client that has shown its registration access token.
struct Own {
    client: Client,
    token: RegistrationToken,
    access: RegistrationAccess,
    entry: Entry,
}

/// Answers `/register/{client_id}`.
pub(crate) async fn answer(
    request: &Request,
    id: &ClientId,
    ports: &Ports<impl Reaches>,
    now: UnixSeconds,
) -> Response {
    let quota = match Quota::take(Limit::MANAGEMENT, &address(request), ports, now).await {
        Ok(quota) => quota,
        Err(refused) => return plain(*refused),
    };
    quota.told(manage(request, id, ports, now).await.unwrap_or_else(|refused| plain(*refused)))
}

async fn manage(request: &Request, id: &ClientId, ports: &Ports<impl Reaches>, now: UnixSeconds) -> Answer {
    let own = own(request, id, ports, now).await?;
    let client = own.client.clone();
    let mut response = match *request.method() {
        Method::PUT => replace(request, own, ports, now).await,
        Method::DELETE => delete(&own, ports, now).await,
        _ => Ok(respond::json(StatusCode::OK, &shown(&own.client, None, &own.token, ports))),
    }
    .unwrap_or_else(|refused| plain(*refused));
    allow_origin_of(Some(&client), request.headers(), &mut response);
    notes::about(&mut response, &client.client_id);
    Ok(response)
}

/// The client, if the token opens it. A client that is not there, or another's, reads like a token that is no good.
///
/// Source: RFC 7592 §2.1 and §2.3.
async fn own(
    request: &Request,
    id: &ClientId,
    ports: &Ports<impl Reaches>,
    now: UnixSeconds,
) -> Result<Own, Box<Response>> {
    let detail = "send the registration access token of this client.";
    let Some(presented) = bearer(request.headers()) else {
        return Err(unauthorized("registration_token_missing", detail, "Bearer"));
    };
    let refused = || unauthorized("registration_token_refused", detail, "Bearer error=\"invalid_token\"");
    let token = presented.and_then(RegistrationToken::presented).ok_or_else(refused)?;
    let key = RegistrationAccess::entry_key(id);
    let (client, entry) = tokio::join!(ports.store.current(id), ports.store.entry(&key));
    let (client, entry) = (client.map_err(unavailable)?, entry.map_err(unavailable)?);
    let (Some(client), Some(entry)) = (client, entry) else { return Err(refused()) };
    match entry.note.clone() {
        Note::RegistrationAccess(access) if access.opens(&token, now) => {
            Ok(Own { client, token, access, entry })
        }
        _ => Err(refused()),
    }
}

/// Source: RFC 7592 §2.2.
async fn replace(request: &Request, own: Own, ports: &Ports<impl Reaches>, now: UnixSeconds) -> Answer {
    let closed = ports.policy.mode == SelfRegistration::Off && own.access.ceiling.is_none();
    if closed || (own.client.disabled && !own.client.awaits_approval) {
        let detail = "this client may not change its registration; turn to an administrator.";
        let status = StatusCode::FORBIDDEN;
        return Err(Box::new(problem::of(status, "access_denied", "registration_closed", detail)));
    }
    let members = body::object(request, &JSON)?;
    is_its_own(&members, &own.client, now)?;
    let metadata = checked(members, ports)?;
    let judged =
        ports.policy.judge(metadata, own.access.ceiling.as_ref()).map_err(|errors| fields(&errors))?;
    let token = RegistrationToken::generate();
    let rotated = own.entry.with(Note::RegistrationAccess(own.access.rotated(&token, now)));
    let rotation = [Write::ReplaceEntry { next: &rotated, read_version: own.entry.version }];
    let waiting = wish::waiting(&judged, &own.client);
    let changed =
        change_own(&own.client, judged, None, ChangedBy::Itself, &rotation, &ports.store, now).await;
    let (client, secret) = changed.map_err(not_registered)?;
    let record = wish::changed(&own.client, waiting.as_ref(), &client, &ports.audit).by(&client.client_id);
    let response = respond::json(StatusCode::OK, &shown(&client, secret.as_ref(), &token, ports));
    Ok(noted(response, record))
}

async fn delete(own: &Own, ports: &Ports<impl Reaches>, now: UnixSeconds) -> Answer {
    delete_own(&own.client, &ports.store, now).await.map_err(not_registered)?;
    let record = ports.audit.of_client(Event::ClientDeleted, Some(&own.client), None);
    Ok(noted(no_content(), record.by(&own.client.client_id)))
}

/// Whether a replacement is of this client: it names its id, its secret if it names one, and nothing that is ours to give.
fn is_its_own(members: &Map<String, Value>, client: &Client, now: UnixSeconds) -> Result<(), Box<Response>> {
    let mut errors = Vec::new();
    let mut fault = |name: &str, message: &str| {
        let (pointer, message) = (format!("/{name}"), message.to_owned());
        errors.push(FieldError { pointer, message, code: ErrorCode::InvalidClientMetadata });
    };
    if members.get("client_id").and_then(Value::as_str) != Some(client.client_id.as_str()) {
        fault("client_id", "must be the id of this client.");
    }
    for name in NEVER_SENT.into_iter().filter(|name| members.contains_key(*name)) {
        fault(name, "must not be sent; it is given by this service.");
    }
    if let Some(secret) = members.get("client_secret") {
        let secret = secret.as_str().unwrap_or_default();
        if !client.secrets.iter().any(|known| known.is(secret, now)) {
            fault("client_secret", "must be the current secret, if it is sent.");
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(fields(&errors)) }
}
