//! A function's answer, JSON again, becomes HTTP.

use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_LENGTH, SET_COOKIE, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

/// The HTTP answer, or nothing if the JSON is none that API Gateway understands.
///
/// Source: API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs", response
/// format.
pub(super) fn http(answer: &Value) -> Option<Response> {
    let status = answer["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok())?;
    let mut response = Response::new(body(answer)?);
    *response.status_mut() = StatusCode::from_u16(status).ok()?;
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        let name: HeaderName = name.parse().ok()?;
        // The gateway measures and frames the body itself.
        if name != CONTENT_LENGTH && name != TRANSFER_ENCODING {
            response.headers_mut().insert(name, value.as_str()?.parse().ok()?);
        }
    }
    for cookie in answer["cookies"].as_array().into_iter().flatten() {
        let cookie: HeaderValue = cookie.as_str()?.parse().ok()?;
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Some(response)
}

fn body(answer: &Value) -> Option<Body> {
    match (&answer["body"], answer["isBase64Encoded"] == true) {
        (Value::Null, _) => Some(Body::empty()),
        (Value::String(text), true) => STANDARD.decode(text).ok().map(Body::from),
        (Value::String(text), false) => Some(Body::from(text.clone())),
        _ => None,
    }
}
