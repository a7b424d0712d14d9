//! Who may manage clients: the bearer of one of our own access tokens that says so.

use http::{HeaderMap, HeaderValue, StatusCode, header};
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
    let scope = ExtensionScope::Registration;
    let Some(token) = bearer(headers) else {
        let detail = "send an access token with the scope __registration.";
        return Err(refused(StatusCode::UNAUTHORIZED, "invalid_token", "token_missing", detail, "Bearer"));
    };
    let token = token.and_then(|token| access_token::verify(token, &keys.published(now), expected, now).ok());
    let Some(token) = token else {
        let detail = "the access token is not one of ours, not for this service, or has ended.";
        let challenge = "Bearer error=\"invalid_token\"";
        return Err(refused(StatusCode::UNAUTHORIZED, "invalid_token", "token_refused", detail, challenge));
    };
    if token.scope.has(&Scope::Extension(scope)) {
        return Ok(Administrator(()));
    }
    let detail = "the access token lacks the scope __registration.";
    let challenge = "Bearer error=\"insufficient_scope\", scope=\"__registration\"";
    Err(refused(StatusCode::FORBIDDEN, "insufficient_scope", "scope_missing", detail, challenge))
}

fn refused(
    status: StatusCode,
    error: &str,
    reason: &'static str,
    detail: &str,
    challenge: &'static str,
) -> Box<Response> {
    let mut response = problem::of(status, error, reason, detail);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    Box::new(response)
}
