//! The sizes that API Gateway takes, and how it refuses more.
//!
//! Source: API Gateway Developer Guide, "Quotas for configuring and running an HTTP API".

use axum::body::{Body, Bytes, to_bytes};
use axum::response::Response;
use http::StatusCode;
use http::header::HOST;
use http::request::Parts;
use url::Url;

use super::message;

/// How long the request line and the headers may be together, in bytes.
const LARGEST_HEAD: usize = 10_240;

/// How long a body may be, in bytes.
const LARGEST_BODY: usize = 10 * 1024 * 1024;

/// Refuses a head that is too long, and a `Host` that is none: no such request reaches a function in AWS.
#[expect(clippy::result_large_err, reason = "the error is the answer, made once and sent")]
pub(super) fn check_head(parts: &Parts) -> Result<(), Response> {
    let request_line = parts.method.as_str().len() + parts.uri.to_string().len() + " HTTP/1.1 ".len();
    let headers: usize = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if request_line + headers > LARGEST_HEAD {
        return Err(message(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large"));
    }
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    match Url::parse(&format!("http://{host}/")) {
        Ok(url) if url.path() == "/" && url.query().is_none() => Ok(()),
        _ => Err(message(StatusCode::BAD_REQUEST, "Bad Request")),
    }
}

/// Reads a body, and refuses one that is too long.
pub(super) async fn read(body: Body) -> Result<Bytes, Response> {
    let too_large = |_| message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    to_bytes(body, LARGEST_BODY).await.map_err(too_large)
}
