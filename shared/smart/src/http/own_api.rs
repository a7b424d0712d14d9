//! Who may use our own APIs: the bearer of one of our own access tokens that says so.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use smart_verify::access_token::{self, Expected};
use smart_verify::scope::{ExtensionScope, Scope};
use smart_verify::time::UnixSeconds;

use super::respond::Refusal;
use super::{Response, bearer, problem};
use crate::client::ClientId;
use crate::ports::PublicKeys;

/// Evidence that a request comes from a client that may use an API of ours.
#[derive(Debug)]
pub struct Caller(ClientId);

impl Caller {
    /// Looks at the token of a request.
    ///
    /// Source: RFC 6750 §3 and §3.1.
    ///
    /// # Errors
    /// 401 without a token or with a bad one, 403 with one that does not have the scope of the API.
    pub fn of(
        headers: &HeaderMap,
        api: ExtensionScope,
        keys: &impl PublicKeys,
        expected: &Expected,
        now: UnixSeconds,
    ) -> Result<Self, Box<Response>> {
        let Some(token) = bearer(headers) else {
            let detail = format!("send an access token with the scope {}.", api.text());
            return Err(unauthenticated("token_missing", &detail, "Bearer", None));
        };
        let verified = match token {
            None => Err("the header holds no bearer token".to_owned()),
            Some(token) => access_token::verify(token, &keys.published(now), expected, now)
                .map_err(|reason| reason.to_string()),
        };
        let named = verified.and_then(|token| {
            let client_id = token.client_id.parse::<ClientId>();
            client_id.map(|client_id| (client_id, token)).map_err(|reason| reason.to_string())
        });
        let (client_id, token) = named.map_err(|cause| {
            let detail = "the access token is not one of ours, not for this service, or has ended.";
            unauthenticated("token_refused", detail, "Bearer error=\"invalid_token\"", Some(cause))
        })?;
        if token.scope.has(&Scope::Extension(api)) {
            return Ok(Self(client_id));
        }
        let detail = format!("the access token lacks the scope {}.", api.text());
        let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{}\"", api.text());
        let response = problem::of(StatusCode::FORBIDDEN, "insufficient_scope", "scope_missing", &detail);
        Err(challenging(response, &challenge))
    }

    /// The client that calls.
    pub const fn client_id(&self) -> &ClientId {
        &self.0
    }
}

/// 401. What exactly is wrong with a token only the log is told.
fn unauthenticated(
    reason: &'static str,
    detail: &str,
    challenge: &str,
    cause: Option<String>,
) -> Box<Response> {
    let error = "invalid_token";
    let response = problem::of(StatusCode::UNAUTHORIZED, error, reason, detail);
    challenging(problem::logged(response, Refusal { error, reason, cause }), challenge)
}

fn challenging(mut response: Response, challenge: &str) -> Box<Response> {
    if let Ok(challenge) = HeaderValue::from_str(challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    Box::new(response)
}
