//! The public keys of clients, fetched from the address they registered and kept as long as they may be.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header;
use smart::client::{JwksUri, KeySet};
use smart::ports::{JwksSource, JwksUnavailable};
use smart::time::UnixSeconds;

use crate::outbound;

/// The largest key set that is read: 64 KiB.
const MAX_BODY: usize = 64 * 1024;

/// How long keys are kept when their server does not say: 5 minutes.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(300);

/// How long keys are kept at most: 1 hour.
const MAX_LIFETIME: Duration = Duration::from_secs(3600);

/// How soon an address is read again because a `kid` was not there, or because it could not be read: 1 minute.
const REFETCH_PAUSE: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
struct Entry {
    keys: Option<Arc<KeySet>>,
    good_until: UnixSeconds,
    read_at: UnixSeconds,
    failed: bool,
}

/// Fetches keys over HTTPS.
#[derive(Clone, Debug)]
pub struct HttpsJwks {
    client: reqwest::Client,
    entries: Arc<Mutex<HashMap<JwksUri, Arc<tokio::sync::Mutex<Entry>>>>>,
}

impl HttpsJwks {
    /// A source of keys. Loopback http is for development.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(allow_loopback: bool) -> Result<Self, reqwest::Error> {
        Ok(Self { client: outbound::client(allow_loopback)?, entries: Arc::default() })
    }

    async fn fetch(&self, address: &JwksUri) -> Result<(KeySet, Duration), String> {
        let request = self.client.get(address.as_str()).header(header::ACCEPT, "application/json");
        let mut answer = request.send().await.map_err(|error| error.to_string())?;
        if answer.status() != http::StatusCode::OK {
            return Err(format!("answered {}", answer.status()));
        }
        let lifetime = lifetime(answer.headers());
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| error.to_string())? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err("is larger than 64 KiB".to_owned());
            }
            body.extend_from_slice(&chunk);
        }
        let set = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
        KeySet::check(&set).map(|keys| (keys, lifetime)).map_err(|error| error.to_string())
    }
}

impl JwksSource for HttpsJwks {
    /// One fetch an address at a time: whoever comes meanwhile waits for its end and finds the keys there.
    async fn keys(
        &self,
        address: &JwksUri,
        unknown_kid: bool,
        now: UnixSeconds,
    ) -> Result<Arc<KeySet>, JwksUnavailable> {
        let entry = {
            let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(entries.entry(address.clone()).or_default())
        };
        let mut entry = entry.lock().await;
        if let Some(answer) = entry.answer_at(now, unknown_kid) {
            return answer;
        }
        entry.read_at = now;
        match self.fetch(address).await {
            Ok((keys, lifetime)) => {
                let keys = Arc::new(keys);
                *entry = Entry {
                    keys: Some(Arc::clone(&keys)),
                    good_until: now + lifetime,
                    read_at: now,
                    failed: false,
                };
                Ok(keys)
            }
            // Keys that may still be used are not thrown away because their server is down for a moment.
            Err(reason) => {
                entry.failed = true;
                entry.good_at(now).ok_or(JwksUnavailable(reason))
            }
        }
    }
}

impl Entry {
    fn good_at(&self, now: UnixSeconds) -> Option<Arc<KeySet>> {
        self.keys.clone().filter(|_| self.read_at <= now && now < self.good_until)
    }

    /// What can be said without reading the address again, if anything.
    fn answer_at(&self, now: UnixSeconds, unknown_kid: bool) -> Option<Result<Arc<KeySet>, JwksUnavailable>> {
        // A clock that jumped back makes nothing fresher.
        let rests =
            self.read_at <= now && now.since(self.read_at) < REFETCH_PAUSE && self.read_at != UnixSeconds(0);
        match self.good_at(now) {
            Some(keys) if !unknown_kid || rests => Some(Ok(keys)),
            // The set was read a moment ago, though it may not be kept: it has no such key now either.
            None if unknown_kid && rests && !self.failed => self.keys.clone().map(Ok),
            None if rests && self.failed => {
                Some(Err(JwksUnavailable("could not be read a moment ago".to_owned())))
            }
            _ => None,
        }
    }
}

/// How long an answer may be kept, by what its server says.
///
/// Source: SMART App Launch 2.2, client-confidential-asymmetric (never longer than Cache-Control says); RFC 9111 §5.2.2.
fn lifetime(headers: &http::HeaderMap) -> Duration {
    let said = headers.get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let said = said.to_ascii_lowercase();
    let mut directives = said.split(',').map(str::trim);
    if directives.clone().any(|directive| directive == "no-store" || directive == "no-cache") {
        return Duration::ZERO;
    }
    let seconds = directives.find_map(|directive| directive.strip_prefix("max-age=")?.parse().ok());
    seconds.map_or(DEFAULT_LIFETIME, Duration::from_secs).min(MAX_LIFETIME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn j12_keys_are_kept_as_long_as_their_server_says_and_an_hour_at_most() {
        for (said, seconds) in [
            ("no-store", 0),
            ("max-age=0", 0),
            ("public, max-age=600", 600),
            ("max-age=315360000", 3600),
            ("private", 300),
            ("No-Cache, max-age=600", 0),
        ] {
            let headers = http::HeaderMap::from_iter([(header::CACHE_CONTROL, said.parse().unwrap())]);
            assert_eq!(lifetime(&headers), Duration::from_secs(seconds), "{said}");
        }
        assert_eq!(lifetime(&http::HeaderMap::new()), DEFAULT_LIFETIME);
    }
}
