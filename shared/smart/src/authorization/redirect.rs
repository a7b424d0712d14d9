//! Where the answer to an authorization request goes.

use std::sync::Arc;

use form_urlencoded::Serializer;

use super::request::Addressed;
use crate::client::{Client, ClientId, GrantType};
use crate::error::{ErrorCode, OAuthError};

/// An address that is proven to belong to the client that asks. Only [`RedirectTarget::prove`] makes one, so nothing
/// can be sent to an address that was not registered.
///
/// Source: RFC 6749 §4.1.2.1; RFC 9700 §4.1.
#[derive(Clone, Debug)]
pub struct RedirectTarget {
    client_id: ClientId,
    uri: String,
    state: Option<String>,
    issuer: String,
}

impl RedirectTarget {
    /// Proves that a request's address is one of its client's, and returns that client.
    ///
    /// # Errors
    /// `invalid_request`, to be shown to the person on a page of ours: the client is unknown or disabled, or the
    /// address is not one of its own.
    pub fn prove(
        client: Option<Arc<Client>>,
        asked: &Addressed<'_>,
        issuer: &str,
    ) -> Result<(Self, Arc<Client>), OAuthError> {
        let client = client.filter(|client| !client.disabled).ok_or_else(|| {
            let sentence = "no app of this client_id is registered here.";
            ErrorCode::InvalidRequest.because("client_unknown", sentence)
        })?;
        if !client.metadata.redirect_uris.iter().any(|registered| registered.matches(asked.redirect_uri)) {
            let sentence =
                "redirect_uri is not registered for this client; compare exactly, also the trailing slash.";
            return Err(ErrorCode::InvalidRequest.because("redirect_uri_mismatch", sentence));
        }
        let target = Self {
            client_id: client.client_id.clone(),
            uri: asked.redirect_uri.to_owned(),
            state: asked.state.map(str::to_owned),
            issuer: issuer.to_owned(),
        };
        Ok((target, client))
    }

    /// The client whose address it is.
    pub const fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// The address as the app sent it.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Whether a client may use this endpoint at all.
    ///
    /// # Errors
    /// `unauthorized_client`.
    pub fn check_grant(client: &Client) -> Result<(), OAuthError> {
        if client.may_use(GrantType::AuthorizationCode) {
            return Ok(());
        }
        Err(ErrorCode::UnauthorizedClient
            .because("code_grant_not_registered", "this client is not registered for authorization_code."))
    }

    /// The address with a code.
    ///
    /// Source: RFC 6749 §4.1.2; RFC 9207 §2.
    pub fn with_code(&self, code: &str) -> String {
        self.with(&[("code", code)])
    }

    /// The address with an error.
    ///
    /// Source: RFC 6749 §4.1.2.1; RFC 9207 §2.
    pub fn with_error(&self, error: &OAuthError) -> String {
        let uri = error.uri(&self.issuer);
        let (code, _) = error.code().wire();
        self.with(&[("error", code), ("error_description", error.sentence()), ("error_uri", &uri)])
    }

    fn with(&self, parameters: &[(&str, &str)]) -> String {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(parameters);
        if let Some(state) = &self.state {
            query.append_pair("state", state);
        }
        query.append_pair("iss", &self.issuer);
        let joint = if self.uri.contains('?') { '&' } else { '?' };
        format!("{}{joint}{}", self.uri, query.finish())
    }
}
