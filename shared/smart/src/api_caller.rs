//! Who may use our own APIs: the bearer of one of our own access tokens that says so.

use jsonwebtoken::jwk::JwkSet;
use smart_verify::access_token::{self, Expected};
use smart_verify::scope::{ExtensionScope, Scope};
use smart_verify::time::UnixSeconds;

use crate::client::ClientId;

/// Evidence that a request comes from a client that may use an API of ours.
#[derive(Debug)]
pub struct ApiCaller(ClientId);

/// Why the bearer of a token may not use an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallerRefused {
    /// The token is not one of ours, is for another audience, or has ended. The text is for the log alone.
    Token(String),
    /// The token lacks the scope of the API.
    Scope,
}

impl ApiCaller {
    /// Looks at the token that a request bears.
    ///
    /// Source: RFC 6750 §3.1.
    ///
    /// # Errors
    /// When the token is refused, or lacks the scope of the API.
    pub fn of(
        token: &str,
        api: ExtensionScope,
        keys: &JwkSet,
        expected: &Expected,
        now: UnixSeconds,
    ) -> Result<Self, CallerRefused> {
        let token = access_token::verify(token, keys, expected, now)
            .map_err(|why| CallerRefused::Token(why.to_string()))?;
        let client_id: ClientId =
            token.client_id.parse().map_err(|why| CallerRefused::Token(format!("{why}")))?;
        if token.scope.has(&Scope::Extension(api)) { Ok(Self(client_id)) } else { Err(CallerRefused::Scope) }
    }

    /// The client that calls.
    pub const fn client_id(&self) -> &ClientId {
        &self.0
    }
}
