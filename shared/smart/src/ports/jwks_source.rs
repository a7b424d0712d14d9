//! The public keys of clients that publish them at an address.

use std::sync::Arc;

use smart_verify::time::UnixSeconds;

use crate::client::{JwksUri, KeySet};

/// Fetches the keys of clients.
pub trait JwksSource: Send + Sync {
    /// The keys at an address, at most an hour old. With `unknown_kid` the caller has seen a `kid` that the keys
    /// it was given before do not have: they are fetched anew, at most once a minute.
    ///
    /// # Errors
    /// When the address cannot be read, or may not be; the sentence for the caller is the same for all of these.
    fn keys(
        &self,
        address: &JwksUri,
        unknown_kid: bool,
        now: UnixSeconds,
    ) -> impl Future<Output = Result<Arc<KeySet>, JwksUnavailable>> + Send;
}

/// The keys of a client could not be read. What exactly happened is for the log.
#[derive(Debug, thiserror::Error)]
#[error("the keys of the client could not be read: {0}")]
pub struct JwksUnavailable(pub String);
