//! Which key verifies an assertion: exactly one, chosen by `kid` and kind.

use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::Jwk;

use super::assertion::refuse;
use crate::client::{Client, JwksUri};
use crate::error::OAuthError;
use crate::ports::{JwksSource, JwksUnavailable};
use crate::time::UnixSeconds;

/// The key, from the set that was registered or from the registered address.
///
/// Source: SMART App Launch 2.2, client-confidential-asymmetric#signature-verification.
///
/// # Errors
/// `invalid_client` when no key fits, or two do, or the address cannot be read.
pub(super) async fn verifying_key(
    client: &Client,
    kid: &str,
    algorithm: Algorithm,
    source: &impl JwksSource,
    now: UnixSeconds,
) -> Result<Jwk, OAuthError> {
    let found = match (&client.metadata.jwks, &client.metadata.jwks_uri) {
        (Some(keys), _) => keys.verifying(kid, algorithm).cloned(),
        (None, Some(address)) => published_key(address, kid, algorithm, source, now).await?,
        (None, None) => None,
    };
    found.ok_or_else(|| {
        let sentence = "not exactly one key of that kid is registered that verifies this alg.";
        refuse("assertion_key", sentence)
    })
}

/// A `kid` that is not there may have been added since: the address is read once more, if it was not just now.
async fn published_key(
    address: &JwksUri,
    kid: &str,
    algorithm: Algorithm,
    source: &impl JwksSource,
    now: UnixSeconds,
) -> Result<Option<Jwk>, OAuthError> {
    let keys = source.keys(address, false, now).await.map_err(unavailable)?;
    if let Some(key) = keys.verifying(kid, algorithm) {
        return Ok(Some(key.clone()));
    }
    let keys = source.keys(address, true, now).await.map_err(unavailable)?;
    Ok(keys.verifying(kid, algorithm).cloned())
}

/// One sentence for an address that is blocked, refuses or is silent: nobody probes our network by it.
fn unavailable(cause: JwksUnavailable) -> OAuthError {
    refuse("assertion_jwks_unavailable", "the keys at the registered jwks_uri could not be read.")
        .logging(cause)
}
