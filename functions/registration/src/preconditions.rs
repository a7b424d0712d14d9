//! What a caller has seen: without saying so nobody changes anything.

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;
use smart::ports::World;
use web::notes::RefusalNote;
use web::{Response, problem, respond};

use crate::call::Call;

/// A thing with its version, as answers show it.
pub(crate) fn tagged(status: StatusCode, version: u64, body: &Value) -> Response {
    let mut response = respond::json(status, body);
    if let Ok(tag) = HeaderValue::from_str(&etag(version)) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The thing, or 304 if the caller has it as it is.
///
/// Source: RFC 9110 §13.1.2.
pub(crate) fn unless_known(call: &Call<'_, impl World>, version: u64, body: &Value) -> Response {
    let mut response = tagged(StatusCode::OK, version, body);
    // Compared weakly: whatever stands between us and the caller may have compressed the body and marked the tag.
    let known = call.header("if-none-match").map(|known| known.replace("W/", ""));
    if known.is_some_and(|known| names(&known, version)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Bytes::new();
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    response
}

/// Whether the caller has seen a thing as it is now.
///
/// Source: RFC 9110 §13.1.1; RFC 6585 §3.
///
/// # Errors
/// 428 when they do not say, 412 with the thing when it is another by now.
pub(crate) fn seen(
    call: &Call<'_, impl World>,
    version: u64,
    body: impl Fn() -> Value,
) -> Result<(), Box<Response>> {
    match call.header("if-match") {
        Some(seen) if names(seen, version) => Ok(()),
        Some(_) => Err(stale(version, &body())),
        None => {
            let detail = "send If-Match with the ETag of what you have read.";
            let status = StatusCode::PRECONDITION_REQUIRED;
            Err(Box::new(problem::of(status, "precondition_required", "if_match_missing", detail)))
        }
    }
}

/// 412, with the thing as it is now.
pub(crate) fn stale(version: u64, body: &Value) -> Box<Response> {
    let refusal = RefusalNote { error: "precondition_failed", reason: "if_match_stale", cause: None };
    Box::new(problem::logged(tagged(StatusCode::PRECONDITION_FAILED, version, body), refusal))
}

fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

fn names(header: &str, version: u64) -> bool {
    let tag = etag(version);
    header.split(',').any(|known| known.trim() == tag || known.trim() == "*")
}
