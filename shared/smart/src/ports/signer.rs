//! Signing tokens, and the keys that verify them.

use jsonwebtoken::jwk::JwkSet;
use smart_verify::time::UnixSeconds;

use crate::error::Unreachable;
use crate::signing_keys::SigningKeys;

/// The service's public keys.
pub trait PublicKeys: Send + Sync {
    /// The schedule of keys with their public halves.
    fn keys(&self) -> &SigningKeys;

    /// The keys that verify tokens at a moment.
    fn published(&self, now: UnixSeconds) -> JwkSet {
        self.keys().published(now)
    }
}

/// Signs tokens by keys that never leave their keeper.
pub trait Signer: PublicKeys {
    /// Signs the digest of a JWS signing input with the key of this `kid`, in the form that a JWS carries.
    ///
    /// # Errors
    /// When the keeper cannot be reached or refuses. Nothing was signed; the caller may try again.
    fn sign(
        &self,
        kid: &str,
        signing_input: &str,
    ) -> impl Future<Output = Result<Vec<u8>, Unreachable>> + Send;
}
