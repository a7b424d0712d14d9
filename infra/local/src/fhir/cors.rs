//! Cross-origin access: scripts of any origin may ask, since the token alone decides. Cookies play no part.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};

const EVERYWHERE: [(HeaderName, &str); 2] = [
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (header::ACCESS_CONTROL_EXPOSE_HEADERS, "www-authenticate, etag"),
];

const PREFLIGHT: [(HeaderName, &str); 3] = [
    (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST"),
    (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, accept"),
    (header::ACCESS_CONTROL_MAX_AGE, "600"),
];

/// Answers every `OPTIONS` by itself, and lets scripts read every other answer.
pub(super) async fn allow_any_origin(request: Request, next: Next) -> Response {
    let mut response = match *request.method() {
        Method::OPTIONS => (StatusCode::NO_CONTENT, PREFLIGHT).into_response(),
        _ => next.run(request).await,
    };
    let headers = EVERYWHERE.map(|(name, value)| (name, HeaderValue::from_static(value)));
    response.headers_mut().extend(headers);
    response
}
