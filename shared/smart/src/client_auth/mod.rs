//! How clients prove themselves: by the method they registered, and no other.

mod assertion;
pub mod doctor;
mod jwks;
mod presented;
mod replay;

use std::sync::Arc;

use crate::client::{AuthMethod, Client, ClientId, GrantType};
use crate::error::{ErrorCode, OAuthError};
use replay::UnspentAssertion;

pub use assertion::ExpectedAssertion;
pub use presented::{Authorization, Basic, Credentials, Presented};

/// A client that has proven itself. If it did so by an assertion, that assertion must still be spent, and until then
/// nothing can be given to it.
#[derive(Debug)]
pub struct AuthenticatedClient {
    client: Arc<Client>,
    unspent: Option<UnspentAssertion>,
}

/// A client that has proven itself, its assertion spent.
#[derive(Debug)]
pub struct ProvenClient(Arc<Client>);

impl AuthenticatedClient {
    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Its id.
    pub fn id(&self) -> &ClientId {
        &self.client.client_id
    }

    /// The client, for the answer that names it.
    pub fn named(&self) -> Arc<Client> {
        self.client.clone()
    }

    /// Whether it has proven anything at all: a public client has only named itself.
    pub fn is_confidential(&self) -> bool {
        self.client.metadata.token_endpoint_auth_method != AuthMethod::None
    }

    /// Whether it may use a grant.
    ///
    /// # Errors
    /// `unauthorized_client`.
    pub fn may_use(&self, grant: GrantType) -> Result<(), OAuthError> {
        if self.client.may_use(grant) {
            return Ok(());
        }
        let sentence = "this client is not registered for this grant_type.";
        Err(ErrorCode::UnauthorizedClient.because("grant_not_registered", sentence))
    }
}

impl ProvenClient {
    /// Its id.
    pub fn id(&self) -> &ClientId {
        &self.0.client_id
    }
}
