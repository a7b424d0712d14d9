//! The five functions, put together as their `main.rs` do it, but with the stand-ins' endpoints.

use std::collections::HashMap;
use std::sync::Arc;

use crate::gateway::Handler;
use crate::stack::{StartError, Urls};
use crate::template::Function;

/// Makes a handler for every function of the template, named by its logical id.
///
/// # Errors
/// When a function's settings cannot be read, or the template has a function that is not known here.
#[expect(clippy::unused_async, reason = "the functions read their keys from KMS when they start")]
pub async fn handlers(functions: &[Function], _urls: &Urls) -> Result<HashMap<String, Handler>, StartError> {
    Ok(functions.iter().map(|function| (function.logical_id.clone(), not_wired(&function.binary))).collect())
}

/// Answers for a function that nobody has connected yet.
fn not_wired(binary: &str) -> Handler {
    let body = format!("{binary} is not connected yet");
    Arc::new(move |_| {
        let mut response = lambda_http::Response::new(lambda_http::Body::from(body.clone()));
        *response.status_mut() = http::StatusCode::NOT_IMPLEMENTED;
        Box::pin(async move { response })
    })
}
