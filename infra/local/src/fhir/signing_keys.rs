//! The published keys that tokens are verified by, fetched over HTTP and kept for a while.

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::jwk::JwkSet;
use smart_verify::time::UnixSeconds;
use tokio::sync::Mutex;
use url::Url;

use super::upstream::Upstream;

/// How long fetched keys are used: five minutes.
const LIFETIME: Duration = Duration::from_secs(300);

/// How often, at most, a token with an unknown `kid` makes us fetch again: every ten seconds. Without a
/// pause a stranger could turn each request into one to the authorization server.
const PAUSE: Duration = Duration::from_secs(10);

/// The keys of one JWKS address.
#[derive(Debug)]
pub(super) struct SigningKeys {
    url: Url,
    fetched: Mutex<Option<Fetched>>,
}

#[derive(Clone, Debug)]
struct Fetched {
    keys: Arc<JwkSet>,
    at: UnixSeconds,
    tried: UnixSeconds,
}

/// The keys could not be fetched, or were no JWKS.
#[derive(Debug)]
pub(super) struct Unavailable;

impl SigningKeys {
    pub(super) fn new(url: Url) -> Self {
        Self { url, fetched: Mutex::new(None) }
    }

    /// The keys to verify a token by that names `kid`.
    ///
    /// # Errors
    /// When keys are needed from the authorization server and it does not answer with any.
    pub(super) async fn for_kid(
        &self,
        kid: &str,
        upstream: &Upstream,
        now: UnixSeconds,
    ) -> Result<Arc<JwkSet>, Unavailable> {
        // Held while fetching, so that of many first requests only one fetches.
        let mut fetched = self.fetched.lock().await;
        if let Some(kept) = fetched.as_mut().filter(|kept| now.since(kept.at) < LIFETIME) {
            if kept.keys.find(kid).is_some() || now.since(kept.tried) < PAUSE {
                return Ok(kept.keys.clone());
            }
            kept.tried = now;
        }
        let keys = Arc::new(upstream.json::<JwkSet>(&self.url).await.ok_or(Unavailable)?);
        *fetched = Some(Fetched { keys: keys.clone(), at: now, tried: now });
        Ok(keys)
    }
}
