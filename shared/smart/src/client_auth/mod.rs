//! How clients prove themselves: by the method they registered, and no other.

mod assertion;
pub mod doctor;
mod jwks;
mod presented;

use std::sync::Arc;

use smart_verify::time::{CLOCK_LEEWAY, UnixSeconds};

use crate::client::{AuthMethod, Client, ClientId, GrantType};
use crate::error::{ErrorCode, OAuthError};
use crate::ports::{ReplayStore, Spend};
use crate::random;

pub use assertion::Expected;
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

#[derive(Debug)]
struct UnspentAssertion {
    jti: String,
    expires_at: UnixSeconds,
}

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

    /// Spends the assertion, if there was one: it stays spent whatever comes of the rest, so each is good for one token
    /// at most.
    ///
    /// Source: RFC 7523 §3, item 7; SMART App Launch 2.2, client-confidential-asymmetric#signature-verification.
    ///
    /// # Errors
    /// `invalid_client` when it was spent before; `temporarily_unavailable` when that cannot be known.
    pub async fn spend(self, store: &impl ReplayStore, now: UnixSeconds) -> Result<ProvenClient, OAuthError> {
        if let Some(assertion) = self.unspent {
            let key = replay_key(&self.client.client_id, &assertion.jti);
            let until = assertion.expires_at + CLOCK_LEEWAY;
            if store.spend(&key, until, now).await? == Spend::SeenBefore {
                let sentence = "this jti was already used; make a new assertion with a new jti each time.";
                return Err(ErrorCode::InvalidClient.because("assertion_jti_replayed", sentence));
            }
        }
        Ok(ProvenClient(self.client))
    }
}

impl ProvenClient {
    /// Its id.
    pub fn id(&self) -> &ClientId {
        &self.0.client_id
    }
}

/// The same `jti` from two clients is two assertions.
fn replay_key(client_id: &ClientId, jti: &str) -> String {
    // An id holds no NUL, so no other pair gives the same bytes.
    random::sha256(format!("{client_id}\0{jti}").as_bytes())
}
