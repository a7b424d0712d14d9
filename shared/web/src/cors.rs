//! What browsers are told about other origins.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use smart::client::Client;
use url::Url;

use super::Response;

/// How long a browser may remember a preflight: 10 minutes.
const PREFLIGHT_SECONDS: &str = "600";

/// Answers a preflight. Which client will ask is not known yet, so any https or loopback origin is echoed, never
/// with credentials; the real answer is readable only for an origin of the client that the request names.
///
/// Source: Fetch standard, CORS-preflight request; SMART App Launch 2.2, app-launch (cross-origin requests).
pub fn preflight(headers: &HeaderMap, methods: &'static str) -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    let out = response.headers_mut();
    out.insert(header::VARY, HeaderValue::from_static("Origin"));
    out.insert(header::ALLOW, HeaderValue::from_static(methods));
    if let Some(origin) = headers.get(header::ORIGIN).filter(|origin| may_ask(origin)) {
        out.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        out.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
        let allowed =
            HeaderValue::from_static("authorization, content-type, accept, if-match, if-none-match");
        out.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        out.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(PREFLIGHT_SECONDS));
    }
    response
}

fn may_ask(origin: &HeaderValue) -> bool {
    let Some(url) = origin.to_str().ok().and_then(|origin| Url::parse(origin).ok()) else {
        return false;
    };
    url.scheme() == "https" || (url.scheme() == "http" && smart::client::is_loopback(&url))
}

/// Lets pages of any origin read an answer that is no secret.
pub fn allow_any_origin(response: &mut Response) {
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}

/// Lets pages of the client's own origins read an answer, and no others. Errors are readable too, or a browser app
/// could not tell what went wrong.
pub fn allow_origin_of(client: Option<&Client>, asked: &HeaderMap, response: &mut Response) {
    let Some(origin) = asked.get(header::ORIGIN) else {
        return;
    };
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Origin"));
    let is_its_own = |client: &Client| client.origins().any(|known| known.as_bytes() == origin.as_bytes());
    if client.is_some_and(is_its_own) {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
}
