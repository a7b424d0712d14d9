//! `POST /register`: a program registers itself, with what an administrator gave it, or openly where a setting says so.
//!
//! Source: RFC 7591.

use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};
use smart::audit::Record;
use smart::client::{Client, ClientId, ClientMetadata, ClientSecret, FieldError};
use smart::error::{ErrorCode, OAuthError, Unreachable};
use smart::operations::clients::{OwnRefused, register_own};
use smart::ports::{Registry, Write};
use smart::registration::{
    Entry, InitialAccess, Limit, Note, RegistrationAccess, RegistrationToken, SelfRegistration,
};
use smart_verify::time::UnixSeconds;
use web::authorization_header::bearer;
use web::cors::allow_origin_of;
use web::notes::{Refused, noted};
use web::{Request, Response, problem, respond};

use crate::body::{self, JSON};
use crate::call::Answer;
use crate::client_view::registered;
use crate::clients::elsewhere_only;
use crate::door::{Quota, address};
use crate::{Ports, Reaches, wish};

/// What an app is registered for that does not say it: to read the record of one patient.
const USUAL_SCOPE: &str = "launch launch/patient openid fhirUser patient/*.rs";

/// Answers `POST /register`.
pub(crate) async fn answer(request: &Request, ports: &Ports<impl Reaches>, now: UnixSeconds) -> Response {
    let has_token = request.headers().contains_key(header::AUTHORIZATION);
    let limit = if has_token { Limit::MANAGEMENT } else { Limit::OPEN_REGISTRATION };
    let quota = match Quota::take(limit, &address(request), ports, now).await {
        Ok(quota) => quota,
        Err(refused) => return plain(*refused),
    };
    quota.told(register(request, ports, now).await.unwrap_or_else(|refused| plain(*refused)))
}

async fn register(request: &Request, ports: &Ports<impl Reaches>, now: UnixSeconds) -> Answer {
    let initial = initial_access(request, ports, now).await?;
    let members = body::object(request, &JSON)?;
    let metadata = checked(members, ports)?;
    let allowed = initial.as_ref().map(|(_, access)| access.scope.clone());
    let judged = ports.policy.judge(metadata, allowed.as_ref()).map_err(|errors| fields(&errors))?;
    let id = ClientId::generate();
    let token = RegistrationToken::generate();
    let access = RegistrationAccess::entry(&id, &token, allowed, now);
    let used = initial.map(used_once).transpose()?;
    let mut alongside = vec![Write::AddEntry(&access)];
    alongside.extend(
        used.as_ref()
            .map(|(entry, read_version)| Write::ReplaceEntry { next: entry, read_version: *read_version }),
    );
    let (client, secret) =
        register_own(id, judged, None, None, &alongside, &ports.store, now).await.map_err(not_registered)?;
    let record = record(request, &client, used.as_ref().map(|(entry, _)| entry), ports);
    let body = shown(&client, secret.as_ref(), &token, ports);
    let mut response = respond::json(StatusCode::CREATED, &body);
    allow_origin_of(Some(&client), request.headers(), &mut response);
    Ok(noted(response, record))
}

/// Who it was is not known: by what they registered, and from where.
fn record(request: &Request, client: &Client, used: Option<&Entry>, ports: &Ports<impl Reaches>) -> Record {
    let record = wish::registered(client, &ports.audit).by_address(ports.audit.address(&address(request)));
    match used {
        Some(entry) => record.register_token(entry),
        None => record,
    }
}

/// The token that somebody registers with. Without one registration must be open, or a queue.
async fn initial_access(
    request: &Request,
    ports: &Ports<impl Reaches>,
    now: UnixSeconds,
) -> Result<Option<(Entry, InitialAccess)>, Box<Response>> {
    let Some(presented) = bearer(request.headers()) else {
        if ports.policy.mode == SelfRegistration::Off {
            let detail = "registration is not open here; ask an administrator for an initial access token.";
            return Err(unauthorized("initial_token_missing", detail, "Bearer"));
        }
        return Ok(None);
    };
    let token = presented.and_then(RegistrationToken::presented).ok_or_else(bad_initial)?;
    let entry = ports.store.entry(&InitialAccess::entry_key(&token)).await.map_err(unavailable)?;
    match entry.filter(|entry| entry.is_live(now)) {
        Some(entry) => match entry.note.clone() {
            Note::InitialAccess(access) => Ok(Some((entry, access))),
            _ => Err(bad_initial()),
        },
        None => Err(bad_initial()),
    }
}

fn used_once((entry, access): (Entry, InitialAccess)) -> Result<(Entry, u64), Box<Response>> {
    let used = access.used().ok_or_else(bad_initial)?;
    Ok((entry.with(Note::InitialAccess(used)), entry.version))
}

/// What is to be registered. What is not understood is left out, and what does not go with the rest is replaced: the answer
/// says what is in force.
///
/// Source: RFC 7591 §2 and §3.2.1.
pub(crate) fn checked(
    mut members: Map<String, Value>,
    ports: &Ports<impl Reaches>,
) -> Result<ClientMetadata, Box<Response>> {
    let method = members.get("token_endpoint_auth_method").and_then(Value::as_str);
    let has_both = members.contains_key("jwks") && members.contains_key("jwks_uri");
    if method != Some("private_key_jwt") && !has_both {
        members.remove("jwks");
        members.remove("jwks_uri");
    }
    let is_backend =
        members.get("grant_types").is_some_and(|grants| *grants == json!(["client_credentials"]));
    if !members.contains_key("scope") && !is_backend {
        members.insert("scope".to_owned(), json!(USUAL_SCOPE));
    }
    members.entry("client_name").or_insert_with(|| json!("App without a name"));
    let metadata = ClientMetadata::check_leniently(&members).map_err(|errors| fields(&errors))?;
    let fault = metadata.jwks_uri.as_ref().and_then(|uri| elsewhere_only(uri, &ports.service));
    match fault {
        Some(fault) => Err(fields(&[fault])),
        None => Ok(metadata),
    }
}

/// Source: RFC 7591 §3.2.1; RFC 7592 §3.
pub(crate) fn shown(
    client: &Client,
    secret: Option<&ClientSecret>,
    token: &RegistrationToken,
    ports: &Ports<impl Reaches>,
) -> Map<String, Value> {
    let mut body = registered(client, secret);
    let uri = format!("{}/register/{}", ports.service.issuer(), client.client_id);
    body.insert("registration_client_uri".to_owned(), json!(uri));
    body.insert("registration_access_token".to_owned(), json!(token.reveal()));
    body
}

/// Every bad member, in the words of RFC 7591: the sentence names them, `errors` holds each.
///
/// Source: RFC 7591 §3.2.2.
pub(crate) fn fields(errors: &[FieldError]) -> Box<Response> {
    let (code, status) = problem::code_of(errors).wire();
    let each: Vec<String> = errors
        .iter()
        .take(10)
        .map(|error| format!("{}: {}", error.pointer.trim_start_matches('/'), error.message))
        .collect();
    let speakable = |character: char| matches!(character, ' ' | '!' | '#'..='[' | ']'..='~');
    let sentence: String = each.join(" ").chars().filter(|character| speakable(*character)).collect();
    let body = json!({ "error": code, "error_description": sentence, "errors": errors });
    let refusal = Refused { error: code, reason: "members", cause: None };
    Box::new(problem::logged(respond::json(status, &body), refusal))
}

/// Source: RFC 6750 §3.
pub(crate) fn unauthorized(reason: &'static str, detail: &str, challenge: &'static str) -> Box<Response> {
    let mut response = problem::of(StatusCode::UNAUTHORIZED, "invalid_token", reason, detail);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    Box::new(response)
}

fn bad_initial() -> Box<Response> {
    let detail = "the initial access token is not good, has ended or is used up.";
    unauthorized("initial_token_refused", detail, "Bearer error=\"invalid_token\"")
}

pub(crate) fn unavailable(error: Unreachable) -> Box<Response> {
    Box::new(problem::unavailable(&OAuthError::from(error)))
}

pub(crate) fn not_registered(why: OwnRefused) -> Box<Response> {
    match why {
        OwnRefused::Unreachable(error) => unavailable(error),
        OwnRefused::Stale | OwnRefused::NotFound => {
            let sentence = "something was changed meanwhile; send the same request again.";
            let error = ErrorCode::TemporarilyUnavailable.because("registration_contended", sentence);
            Box::new(problem::unavailable(&error))
        }
    }
}

/// What is a problem document elsewhere is plain JSON here; its members are the same.
pub(crate) fn plain(mut response: Response) -> Response {
    let is_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/problem"));
    if is_problem {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response
}
