//! Answers: JSON, errors, redirects.

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};
use smart::audit::AuditedResult;
use smart::error::{ErrorCode, OAuthError};
use smart::ports::ProblemWriter;
use smart::registration::Problem;
use smart::service::Service;
use smart_verify::time::UnixSeconds;

use crate::cors::{allow_origin_of, preflight};
use crate::notes::{self, RefusalNote};
use crate::{Request, Response, trace_id};

/// JSON that may not be stored anywhere.
///
/// Source: RFC 6749 §5.1 (`Cache-Control: no-store`, `Pragma: no-cache`).
///
/// # Panics
/// Never for what is answered here: maps with string keys.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let mut response = json_of(status, "application/json", body);
    no_store(&mut response);
    response
}

/// JSON of some media type, without a word on caching.
///
/// # Panics
/// Never for what is answered here: maps with string keys.
pub fn json_of(status: StatusCode, media_type: &'static str, body: &impl Serialize) -> Response {
    let bytes = serde_json::to_vec(body).expect("answers are maps with text keys");
    let mut response = Response::new(Bytes::from(bytes));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Forbids every cache to keep an answer.
pub fn no_store(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
}

/// An OAuth error as JSON.
///
/// Source: RFC 6749 §5.2.
pub fn refusal(error: &OAuthError) -> Response {
    refused(error, &json!({ "error": error.code().wire().0, "error_description": error.sentence() }))
}

/// The same with the address of the page that explains it.
fn explained(error: &OAuthError, service: &Service) -> Response {
    let (code, _) = error.code().wire();
    let uri = error.uri(service.issuer());
    refused(error, &json!({ "error": code, "error_description": error.sentence(), "error_uri": uri }))
}

fn refused(error: &OAuthError, body: &Value) -> Response {
    let (_, status) = error.code().wire();
    let mut response = json(status, body);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    }
    response.extensions_mut().insert(RefusalNote::from(error));
    response
}

/// The answer to a client at one of our endpoints, which pages of the client's own origins may read.
///
/// Source: RFC 6749 §5.1 and §5.2 (a client that used the Authorization header is told how to use it).
pub fn to_client(request: &Request, service: &Service, answer: &AuditedResult<impl Serialize>) -> Response {
    let (mut response, record, client) = match answer {
        Ok(audited) => (json(StatusCode::OK, &audited.body), audited.record.as_ref(), audited.client()),
        Err(refusal) => (explained(&refusal.error, service), refusal.record.as_deref(), refusal.client()),
    };
    let used_header = request.headers().contains_key(header::AUTHORIZATION);
    let is_refused = |code| answer.as_ref().is_err_and(|refusal| refusal.error.code() == code);
    if used_header && is_refused(ErrorCode::InvalidClient) {
        let challenge = HeaderValue::from_static("Basic realm=\"token\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    allow_origin_of(client, request.headers(), &mut response);
    if let Some(record) = record {
        response = notes::noted(response, record.clone());
    }
    if let Some(client) = client {
        notes::about(&mut response, &client.client_id);
    }
    response
}

/// The same answer, and what it refuses is kept for the owner of the client.
pub async fn to_client_of(
    request: &Request,
    service: &Service,
    answer: &AuditedResult<impl Serialize + Sync>,
    problems: &impl ProblemWriter,
    now: UnixSeconds,
) -> Response {
    if let Err(refusal) = answer
        && let Some(client) = refusal.client()
        && let Some(problem) = Problem::of(&refusal.error, request.uri().path(), trace_id(request), now)
    {
        problems.keep(&client.client_id, &problem).await;
    }
    to_client(request, service, answer)
}

/// The same answer with nothing in it.
pub fn emptied(mut response: Response) -> Response {
    *response.body_mut() = Bytes::new();
    response.headers_mut().remove(header::CONTENT_TYPE);
    response
}

/// The answer to a request that is not a POST: a preflight is answered, anything else refused.
pub fn unless_post(request: &Request) -> Option<Response> {
    const METHODS: &str = "POST, OPTIONS";
    match *request.method() {
        Method::POST => None,
        Method::OPTIONS => Some(preflight(request.headers(), METHODS)),
        _ => Some(method_not_allowed(METHODS)),
    }
}

/// A request whose method this path does not know.
///
/// Source: RFC 9110 §15.5.6.
pub fn method_not_allowed(allow: &'static str) -> Response {
    let sentence = "this path does not take that method; the Allow header names those it takes.";
    let error = ErrorCode::InvalidRequest.because("method_not_allowed", sentence);
    let mut response = refusal(&error);
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    response
}

/// Nothing lives at this path.
pub fn not_found() -> Response {
    let mut response = json_of(StatusCode::NOT_FOUND, "application/json", &json!({ "message": "Not Found" }));
    no_store(&mut response);
    response
}

/// Sends the browser elsewhere by GET, also after a POST.
///
/// Source: RFC 9110 §15.4.4; RFC 9700 §4.12 (303, never 307).
pub fn see_other(location: &str) -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::SEE_OTHER;
    no_store(&mut response);
    let headers = response.headers_mut();
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // Everything that becomes a location was percent-encoded before; what still does not fit is not sent at all.
    match HeaderValue::from_str(location) {
        Ok(location) => _ = headers.insert(header::LOCATION, location),
        Err(_) => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    response
}
