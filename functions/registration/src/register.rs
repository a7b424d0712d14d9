//! `POST /register`: a program registers itself, with what an administrator gave it, or openly where a setting says so.
//!
//! Source: RFC 7591.

use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};
use smart::client::{Client, ClientSecret, FieldError};
use smart::error::{ErrorCode, OAuthError, Unreachable};
use smart::operations::clients::{self, Kept, Wanted};
use smart::operations::{Actor, Done, Forbidden, OperationRefused, Operations, register_tokens};
use smart::registration::{Entry, Limit, RegistrationToken};
use smart_verify::time::UnixSeconds;
use web::authorization_header::bearer;
use web::cors::allow_origin_of;
use web::notes::RefusalNote;
use web::{Request, Response, problem, respond};

use crate::admin_auth::{Quota, address};
use crate::body::{self, JSON};
use crate::call::{ApiResult, with};
use crate::client_view::registered;
use crate::{Ports, Reaches};

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

async fn register(request: &Request, ports: &Ports<impl Reaches>, now: UnixSeconds) -> ApiResult {
    let address = &address(request);
    let stranger = ports.operations(Actor::Anonymous { address, initial: None }, now);
    let initial = initial_access(request, &stranger).await?;
    let operations = ports.operations(Actor::Anonymous { address, initial: initial.as_ref() }, now);
    let members = body::object(request, &JSON)?;
    let metadata = operations.check_metadata(&members).map_err(|errors| fields(&errors))?;
    let wanted = Wanted { metadata, owner: None, chosen: None };
    let done = clients::register(&operations, wanted, |_, _| None).await.map_err(not_registered)?;
    let Done { body: Kept { client, secret, token, .. }, record, .. } = done;
    let body = shown(&client, secret.as_ref(), token.as_ref(), ports);
    let mut response = respond::json(StatusCode::CREATED, &body);
    allow_origin_of(Some(&client), request.headers(), &mut response);
    Ok(with(record, response))
}

/// The token that somebody registers with. Without one registration must be open, or a queue.
async fn initial_access(
    request: &Request,
    stranger: &Operations<'_, impl Reaches>,
) -> Result<Option<Entry>, Box<Response>> {
    let Some(presented) = bearer(request.headers()) else {
        if !clients::may_register(stranger) {
            let detail = "registration is not open here; ask an administrator for an initial access token.";
            return Err(unauthorized("initial_token_missing", detail, "Bearer"));
        }
        return Ok(None);
    };
    let token = presented.and_then(RegistrationToken::presented).ok_or_else(bad_initial)?;
    register_tokens::shown(&token, stranger.store, stranger.now).await.map(Some).map_err(|why| match why {
        OperationRefused::Unreachable(error) => unavailable(error),
        _ => bad_initial(),
    })
}

/// Source: RFC 7591 §3.2.1; RFC 7592 §3.
pub(crate) fn shown(
    client: &Client,
    secret: Option<&ClientSecret>,
    token: Option<&RegistrationToken>,
    ports: &Ports<impl Reaches>,
) -> Map<String, Value> {
    let mut body = registered(client, secret);
    let uri = format!("{}/register/{}", ports.service.issuer(), client.client_id);
    body.insert("registration_client_uri".to_owned(), json!(uri));
    body.insert("registration_access_token".to_owned(), json!(token.map(RegistrationToken::reveal)));
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
    let refusal = RefusalNote { error: code, reason: "members", cause: None };
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

/// Why nothing was registered or changed, in the words of RFC 7591.
pub(crate) fn not_registered(why: OperationRefused) -> Box<Response> {
    match why {
        OperationRefused::Invalid(errors) => fields(&errors),
        OperationRefused::Forbidden(Forbidden::InitialTokenUsedUp) => bad_initial(),
        OperationRefused::Forbidden(why) => {
            let detail = "this client may not change its registration; turn to an administrator.";
            let status = StatusCode::FORBIDDEN;
            Box::new(problem::of(status, "access_denied", why.reason(), detail))
        }
        OperationRefused::Unreachable(error) => unavailable(error),
        OperationRefused::Unclear(_)
        | OperationRefused::Stale(_)
        | OperationRefused::NotFound(_)
        | OperationRefused::Conflict(_) => {
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
