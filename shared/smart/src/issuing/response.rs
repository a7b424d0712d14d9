//! The token response: tokens, and beside them the context the app was launched in.

use std::fmt;

use serde::Serialize;
use smart_verify::access_token::AccessToken;

use crate::client_auth::ProvenClient;
use crate::launch::Context;

/// What a successful token request answers. Making one takes a client whose assertion, if it sent one, is spent.
///
/// Source: RFC 6749 §5.1; SMART App Launch 2.2, app-launch#obtain-access-token and
/// scopes-and-launch-context#launch-context-arrives-with-your-access_token.
#[derive(Serialize)]
pub struct TokenResponse {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patient: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encounter: Option<String>,
    #[serde(flatten)]
    context: Context,
}

impl TokenResponse {
    /// The answer that carries a signed access token and says what is in it.
    pub fn new(
        _to: &ProvenClient,
        claims: &AccessToken,
        signed: String,
        id_token: Option<String>,
        context: Context,
    ) -> Self {
        Self {
            access_token: signed,
            token_type: "Bearer",
            expires_in: claims.expires_at.since(claims.issued_at).as_secs(),
            scope: claims.scope.to_string(),
            id_token,
            refresh_token: None,
            patient: claims.patient.clone(),
            encounter: claims.encounter.clone(),
            context,
        }
    }

    /// The same answer with the token by which the app may come back, if it may.
    #[must_use]
    pub fn with_refresh_token(self, refresh_token: Option<String>) -> Self {
        Self { refresh_token, ..self }
    }
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "TokenResponse(redacted, scope {})", self.scope)
    }
}
