//! Refusals as problem documents, which also carry the code of RFC 7591.

use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use smart::client::FieldError;
use smart::error::{ErrorCode, OAuthError};

use super::{Response, respond};
use crate::notes::RefusalNote;

const MEDIA_TYPE: &str = "application/problem+json";

/// A problem of a status, named by an error code and told in a sentence.
///
/// Source: RFC 9457 §3.
pub fn of(status: StatusCode, error: &'static str, reason: &'static str, detail: &str) -> Response {
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or_default(),
        "status": status.as_u16(),
        "detail": detail,
        "error": error,
        "error_description": detail,
    });
    finished(status, &body, RefusalNote { error, reason, cause: None })
}

/// Notes why an answer refuses, for the log line of its request.
pub fn logged(mut response: Response, refusal: RefusalNote) -> Response {
    response.extensions_mut().insert(refusal);
    response
}

/// All that is wrong with an object that was sent.
///
/// Source: RFC 7591 §3.2.2.
pub fn of_fields(errors: &[FieldError]) -> Response {
    let code = code_of(errors);
    let (error, status) = code.wire();
    let detail = "some members are no good; errors names each of them.";
    let body = json!({
        "type": "about:blank",
        "title": "Bad Request",
        "status": status.as_u16(),
        "detail": detail,
        "error": error,
        "error_description": detail,
        "errors": errors,
    });
    finished(status, &body, RefusalNote { error, reason: "members", cause: None })
}

/// The one code that stands for several faults: the more telling first.
pub fn code_of(errors: &[FieldError]) -> ErrorCode {
    let telling = [ErrorCode::UnapprovedSoftwareStatement, ErrorCode::InvalidRedirectUri];
    let has = |code: &ErrorCode| errors.iter().any(|error| error.code == *code);
    let first = errors.first().map_or(ErrorCode::InvalidRequest, |error| error.code);
    telling.into_iter().find(has).unwrap_or(first)
}

/// The store cannot be reached; nothing is known to have changed.
pub fn unavailable(error: &OAuthError) -> Response {
    let (code, status) = error.code().wire();
    let mut response =
        of(status, code, error.reason(), "the service cannot do this just now; try again shortly.");
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    logged(response, RefusalNote::from(error))
}

fn finished(status: StatusCode, body: &serde_json::Value, refusal: RefusalNote) -> Response {
    let mut response = respond::json_of(status, MEDIA_TYPE, body);
    respond::no_store(&mut response);
    logged(response, refusal)
}
