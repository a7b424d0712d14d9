//! A fresh client assertion for a shell on this machine.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::uri::Authority;
use http::{HeaderMap, StatusCode, header};

use super::SampleApp;

/// `GET /assertion`: a signed assertion for the backend client, as plain text.
///
/// Whoever holds one is the backend client until it ends, so other web sites get none: neither by a script of
/// theirs, nor by a name of theirs that they make point at this machine.
pub(super) async fn fresh(State(app): State<Arc<SampleApp>>, headers: HeaderMap) -> Response {
    if !is_local(&headers) {
        return (StatusCode::FORBIDDEN, "This is only for programs on this machine.\n").into_response();
    }
    (app.assertion)().into_response()
}

fn is_local(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let Some(host) = text(header::HOST) else {
        return false;
    };
    let named_loopback = host
        .parse::<Authority>()
        .is_ok_and(|authority| matches!(authority.host(), "localhost" | "127.0.0.1" | "[::1]"));
    let own_origin = |origin: &str| origin.strip_prefix("http://") == Some(host);
    // A browser sets it on every request and no script can change it; a shell sends none.
    let own_site = |site: &str| matches!(site, "same-origin" | "none");
    let site = http::HeaderName::from_static("sec-fetch-site");
    named_loopback && text(header::ORIGIN).is_none_or(own_origin) && text(site).is_none_or(own_site)
}
