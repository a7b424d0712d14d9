//! The keys that the service publishes, as a client gets them.

use std::time::Duration;

use jsonwebtoken::jwk::{JwkSet, ThumbprintHash};
use smart::signing_keys::JWKS_LIFETIME;
use url::Url;

use crate::Failure;

/// The published keys, and how long a client may keep them.
pub(super) struct PublishedJwks {
    pub(super) url: Url,
    pub(super) lifetime: Duration,
    keys: JwkSet,
}

/// How long the service may take to answer: 10 seconds.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads the JWKS of a service.
///
/// # Errors
/// When it does not answer with one.
pub(super) async fn read(base_url: &Url) -> Result<PublishedJwks, Failure> {
    let no_url = |error: url::ParseError| Failure::Usage(format!("--base-url is no base of a URL: {error}"));
    let url = base_url.join("/.well-known/jwks.json").map_err(no_url)?;
    let unreachable = |error: reqwest::Error| Failure::Unreachable(format!("{url}: {}", causes(&error)));
    let client = reqwest::Client::builder().timeout(ANSWER_TIMEOUT).build().map_err(unreachable)?;
    let answer = client.get(url.clone()).send().await.and_then(reqwest::Response::error_for_status);
    let answer = answer.map_err(unreachable)?;
    let cache = answer.headers().get("cache-control").and_then(|value| value.to_str().ok());
    let lifetime = cache.and_then(max_age).unwrap_or(JWKS_LIFETIME);
    let keys = answer.json().await.map_err(unreachable)?;
    Ok(PublishedJwks { url, lifetime, keys })
}

impl PublishedJwks {
    /// Whether a key is there, by its name and by what it is.
    pub(super) fn has(&self, kid: &str) -> bool {
        let thumbprint = |key: &jsonwebtoken::jwk::Jwk| key.thumbprint(ThumbprintHash::SHA256).ok();
        self.keys.find(kid).and_then(thumbprint).as_deref() == Some(kid)
    }
}

/// `max-age` of `Cache-Control`. Something in between may let clients keep the keys for longer than we say.
fn max_age(cache_control: &str) -> Option<Duration> {
    let mut directives = cache_control.split(',').map(str::trim);
    let seconds = directives.find_map(|directive| directive.strip_prefix("max-age="))?;
    seconds.parse().ok().map(Duration::from_secs)
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        said = format!("{said}: {next}");
        cause = next.source();
    }
    said
}
