//! Who may manage clients: the bearer of one of our own access tokens that says so.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use smart::http::respond::Refusal;
use smart::http::{Response, bearer};
use smart::ports::PublicKeys;
use smart::scope::{ExtensionScope, Scope};
use smart::time::UnixSeconds;
use smart::token::access_token::{self, Expected};

use crate::problem;

/// Evidence that a request comes from somebody who may manage clients.
#[derive(Debug)]
pub(crate) struct Administrator(());

/// Looks at the token of a request.
///
/// Source: RFC 6750 §3 and §3.1.
///
/// # Errors
/// 401 without a token or with a bad one, 403 with one that does not say so.
pub(crate) fn authorize(
    headers: &HeaderMap,
    keys: &impl PublicKeys,
    expected: &Expected,
    now: UnixSeconds,
) -> Result<Administrator, Box<Response>> {
    let Some(token) = bearer(headers) else {
        let detail = "send an access token with the scope __registration.";
        return Err(unauthenticated("token_missing", detail, "Bearer", None));
    };
    let verified = match token {
        None => Err("the header holds no bearer token".to_owned()),
        Some(token) => access_token::verify(token, &keys.published(now), expected, now)
            .map_err(|reason| reason.to_string()),
    };
    let token = verified.map_err(|cause| {
        let detail = "the access token is not one of ours, not for this service, or has ended.";
        unauthenticated("token_refused", detail, "Bearer error=\"invalid_token\"", Some(cause))
    })?;
    if token.scope.has(&Scope::Extension(ExtensionScope::Registration)) {
        return Ok(Administrator(()));
    }
    let detail = "the access token lacks the scope __registration.";
    let challenge = "Bearer error=\"insufficient_scope\", scope=\"__registration\"";
    let response = problem::of(StatusCode::FORBIDDEN, "insufficient_scope", "scope_missing", detail);
    Err(challenging(response, challenge))
}

/// 401. What exactly is wrong with a token only the log is told.
fn unauthenticated(
    reason: &'static str,
    detail: &str,
    challenge: &'static str,
    cause: Option<String>,
) -> Box<Response> {
    let error = "invalid_token";
    let response = problem::of(StatusCode::UNAUTHORIZED, error, reason, detail);
    challenging(problem::logged(response, Refusal { error, reason, cause }), challenge)
}

fn challenging(mut response: Response, challenge: &'static str) -> Box<Response> {
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    Box::new(response)
}
