//! The replay rule: an assertion's `jti` gets one token at most.

use smart_verify::time::{CLOCK_LEEWAY, UnixSeconds};

use super::{AuthenticatedClient, ProvenClient};
use crate::client::ClientId;
use crate::error::{ErrorCode, OAuthError};
use crate::ports::{ReplayStore, Spend};
use crate::random;

/// An assertion that was verified and not spent yet.
#[derive(Debug)]
pub(super) struct UnspentAssertion {
    pub(super) jti: String,
    pub(super) expires_at: UnixSeconds,
}

impl AuthenticatedClient {
    /// Spends the assertion, if there was one. It stays spent whatever the request ends in, so each assertion gets one
    /// token at most.
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

/// The same `jti` from two clients is two assertions.
fn replay_key(client_id: &ClientId, jti: &str) -> String {
    // An id holds no NUL, so no other pair gives the same bytes.
    random::sha256(format!("{client_id}\0{jti}").as_bytes())
}
