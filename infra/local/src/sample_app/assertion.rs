//! A fresh client assertion for a shell on this machine.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};

use super::SampleApp;
use crate::loopback;

/// `GET /assertion`: a signed assertion for the backend client, as plain text.
///
/// Whoever holds one is the backend client until it ends, so other web sites get none: neither by a script of
/// theirs, nor by a name of theirs that they make point at this machine.
pub(super) async fn fresh(State(app): State<Arc<SampleApp>>, headers: HeaderMap) -> Response {
    if !loopback::is_own(&headers) {
        return (StatusCode::FORBIDDEN, "This is only for programs on this machine.\n").into_response();
    }
    (app.assertion)().into_response()
}
