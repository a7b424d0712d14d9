//! The wire protocol: AWS JSON 1.1, one POST an operation, named in a header.
//!
//! Source: Smithy, "AWS JSON 1.1 protocol".

use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// A refusal as KMS words it: the exception's name, and a sentence.
#[derive(Debug)]
pub(super) struct Fault {
    kind: &'static str,
    message: String,
}

impl Fault {
    pub(super) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    pub(super) fn internal() -> Self {
        Self::new("KMSInternalException", "The request was rejected because an internal exception occurred.")
    }

    pub(super) fn into_response(self) -> Response {
        let status = if self.kind == "KMSInternalException" { 500 } else { 400 };
        json(status, &json!({ "__type": self.kind, "message": self.message }))
    }
}

/// The operation that a request names: `TrentService.Sign` is `Sign`.
pub(super) fn operation(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-amz-target")?.to_str().ok()?.strip_prefix("TrentService.")
}

/// The members of a request. One that is missing is not valid, one of another kind cannot even be read.
pub(super) fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).map_err(|error| {
        let said = error.to_string();
        let kind =
            if said.starts_with("missing field") { "ValidationException" } else { "SerializationException" };
        Fault::new(kind, said)
    })
}

/// A binary member, sent as base64.
pub(super) fn blob(text: &str) -> Result<Vec<u8>, Fault> {
    STANDARD.decode(text).map_err(|error| Fault::new("SerializationException", error.to_string()))
}

/// A binary member of an answer.
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// An answer with this status and these members.
pub(super) fn json(status: u16, members: &Value) -> Response {
    let mut response = Response::new(Body::from(members.to_string()));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    let content_type = http::HeaderValue::from_static("application/x-amz-json-1.1");
    response.headers_mut().insert("content-type", content_type);
    response
}
