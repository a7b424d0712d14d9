//! Which key verifies an assertion: exactly one, chosen by `kid` and kind.

use jsonwebtoken::jwk::Jwk;
use smart_verify::time::UnixSeconds;

use super::assertion::{UnverifiedHeader, refuse};
use crate::client::{Client, JwksUri, KeyNotChosen, KeySet};
use crate::error::OAuthError;
use crate::ports::{JwksSource, JwksUnavailable};

/// A key address in the header is accepted only if it is the registered one, and is never fetched for being there.
///
/// Source: SMART App Launch 2.2, client-confidential-asymmetric#signature-verification.
pub(super) fn check_address(jku: Option<&str>, registered: Option<&str>) -> Result<(), OAuthError> {
    match jku {
        Some(jku) if registered != Some(jku) => {
            Err(refuse("assertion_jku", "jku is not the registered jwks_uri; leave it out, or register it."))
        }
        _ => Ok(()),
    }
}

/// The key, from the set that was registered or from the registered address.
///
/// Source: SMART App Launch 2.2, client-confidential-asymmetric#signature-verification.
///
/// # Errors
/// `invalid_client` when no key fits, or two do, or the address cannot be read.
pub(super) async fn verifying_key(
    client: &Client,
    header: &UnverifiedHeader,
    source: &impl JwksSource,
    now: UnixSeconds,
) -> Result<Jwk, OAuthError> {
    match (&client.metadata.jwks, &client.metadata.jwks_uri) {
        (Some(keys), _) => choose(keys, header).cloned(),
        (None, Some(address)) => published_key(address, header, source, now).await,
        (None, None) => Err(refuse("assertion_key", "this client has no registered key.")),
    }
}

/// The one key of a set that is meant, or why there is none.
pub(super) fn choose<'a>(keys: &'a KeySet, header: &UnverifiedHeader) -> Result<&'a Jwk, OAuthError> {
    keys.choose(&header.kid, header.algorithm).map_err(not_chosen)
}

fn not_chosen(why: KeyNotChosen) -> OAuthError {
    refuse("assertion_key", format!("not exactly one registered key fits the header: {why}."))
}

/// A `kid` that is not there may have been added since: the address is read once more, if it was not just now.
async fn published_key(
    address: &JwksUri,
    header: &UnverifiedHeader,
    source: &impl JwksSource,
    now: UnixSeconds,
) -> Result<Jwk, OAuthError> {
    let keys = source.keys(address, false, now).await.map_err(unavailable)?;
    match keys.choose(&header.kid, header.algorithm) {
        Ok(key) => Ok(key.clone()),
        Err(KeyNotChosen::UnknownKid) => {
            let keys = source.keys(address, true, now).await.map_err(unavailable)?;
            choose(&keys, header).cloned()
        }
        Err(why) => Err(not_chosen(why)),
    }
}

/// One sentence for an address that is blocked, refuses or is silent: nobody probes our network by it.
fn unavailable(cause: JwksUnavailable) -> OAuthError {
    refuse("assertion_jwks_unavailable", "the keys at the registered jwks_uri could not be read.")
        .logging(cause)
}
