//! Our own APIs: who calls, by the Authorization header, and how others are refused.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use smart::api_caller::{ApiCaller, CallerRefused};
use smart::ports::PublicKeys;
use smart_verify::access_token::Expected;
use smart_verify::scope::ExtensionScope;
use smart_verify::time::UnixSeconds;

use crate::authorization_header::bearer;
use crate::notes::RefusalNote;
use crate::{Response, problem};

/// Looks at the token of a request.
///
/// Source: RFC 6750 §3 and §3.1.
///
/// # Errors
/// 401 without a token or with a bad one, 403 with one that does not have the scope of the API.
pub fn caller(
    headers: &HeaderMap,
    api: ExtensionScope,
    keys: &impl PublicKeys,
    expected: &Expected,
    now: UnixSeconds,
) -> Result<ApiCaller, Box<Response>> {
    let Some(token) = bearer(headers) else {
        let detail = format!("send an access token with the scope {}.", api.text());
        return Err(unauthenticated("token_missing", &detail, "Bearer", None));
    };
    let refused = match token {
        None => CallerRefused::Token("the header holds no bearer token".to_owned()),
        Some(token) => match ApiCaller::of(token, api, &keys.published(now), expected, now) {
            Ok(caller) => return Ok(caller),
            Err(refused) => refused,
        },
    };
    Err(match refused {
        CallerRefused::Token(cause) => {
            let detail = "the access token is not one of ours, not for this service, or has ended.";
            unauthenticated("token_refused", detail, "Bearer error=\"invalid_token\"", Some(cause))
        }
        CallerRefused::Scope => {
            let detail = format!("the access token lacks the scope {}.", api.text());
            let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{}\"", api.text());
            let response = problem::of(StatusCode::FORBIDDEN, "insufficient_scope", "scope_missing", &detail);
            challenging(response, &challenge)
        }
    })
}

/// 401. The exact fault of a token appears only in the log.
fn unauthenticated(
    reason: &'static str,
    detail: &str,
    challenge: &str,
    cause: Option<String>,
) -> Box<Response> {
    let error = "invalid_token";
    let response = problem::of(StatusCode::UNAUTHORIZED, error, reason, detail);
    challenging(problem::logged(response, RefusalNote { error, reason, cause }), challenge)
}

fn challenging(mut response: Response, challenge: &str) -> Box<Response> {
    if let Ok(challenge) = HeaderValue::from_str(challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    Box::new(response)
}
