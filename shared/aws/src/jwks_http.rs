//! The public keys of clients, fetched from the address they registered and kept as long as they may be.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header;
use serde_json::Value;
use smart::client::{AssertionAlgorithms, JwksUri, KeySet};
use smart::ports::{JwksSource, JwksUnavailable};
use smart_verify::strict_json;
use smart_verify::time::UnixSeconds;

use crate::outbound::{Outbound, SystemNames};

pub use crate::outbound::Reach;

/// The largest key set that is read: 64 KiB.
const MAX_BODY: usize = 64 * 1024;

/// How long keys are kept when their server does not say: 5 minutes.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(300);

/// How long keys are kept at most: 1 hour.
const MAX_LIFETIME: Duration = Duration::from_secs(3600);

/// How soon an address is read again because a `kid` was not there: 1 minute.
const REFETCH_PAUSE: Duration = Duration::from_secs(60);

/// How soon an address is read again that could not be read: 10 seconds.
const FAILURE_PAUSE: Duration = Duration::from_secs(10);

/// How many addresses are remembered at most.
const MAX_ENTRIES: usize = 1000;

/// What is known of one address.
#[derive(Debug, Default)]
struct Entry {
    keys: Option<Arc<KeySet>>,
    good_until: UnixSeconds,
    /// When it was read last, if it ever was.
    read_at: Option<UnixSeconds>,
    failed: bool,
}

type Entries = HashMap<JwksUri, Arc<tokio::sync::Mutex<Entry>>>;

/// Fetches keys over HTTPS.
#[derive(Clone, Debug)]
pub struct HttpsJwks {
    outbound: Outbound,
    entries: Arc<Mutex<Entries>>,
}

impl HttpsJwks {
    /// A source of keys.
    pub fn new(reach: Reach) -> Self {
        Self { outbound: Outbound::new(reach, Arc::new(SystemNames)), entries: Arc::default() }
    }

    /// Reads an address: no redirect, no other answer than 200, 64 KiB at most.
    ///
    /// Source: SMART App Launch 2.2, client-confidential-asymmetric#signature-verification; RFC 7517 §5.
    async fn fetch(&self, address: &JwksUri) -> Result<(KeySet, Duration), String> {
        let request = self.outbound.get(address.as_str()).map_err(|error| whole(&error))?;
        let request = request.header(header::ACCEPT, "application/json");
        let mut answer = request.send().await.map_err(|error| whole(&error))?;
        if answer.status() != http::StatusCode::OK {
            return Err(format!("answered {}", answer.status()));
        }
        let lifetime = lifetime(answer.headers());
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| whole(&error))? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err("is larger than 64 KiB".to_owned());
            }
            body.extend_from_slice(&chunk);
        }
        let set = strict_json::object(&body).ok_or("is not a JSON object in which every name stands once")?;
        let keys = KeySet::check_for(&Value::Object(set), &AssertionAlgorithms::all_possible());
        keys.map(|keys| (keys, lifetime)).map_err(|error| error.to_string())
    }

    fn entry(&self, address: &JwksUri) -> Arc<tokio::sync::Mutex<Entry>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MAX_ENTRIES && !entries.contains_key(address) {
            // Those that somebody waits for stay: one flight an address.
            entries.retain(|_, entry| Arc::strong_count(entry) > 1);
        }
        Arc::clone(entries.entry(address.clone()).or_default())
    }
}

/// An error with all that lies behind it: what went wrong is told by the last of its causes.
fn whole(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |said, cause| format!("{said}: {cause}"))
}

impl JwksSource for HttpsJwks {
    /// One fetch an address at a time: whoever comes meanwhile waits for its end and finds the keys there.
    async fn keys(
        &self,
        address: &JwksUri,
        unknown_kid: bool,
        now: UnixSeconds,
    ) -> Result<Arc<KeySet>, JwksUnavailable> {
        let entry = self.entry(address);
        let mut entry = entry.lock().await;
        if let Some(answer) = entry.answer_at(now, unknown_kid) {
            return answer;
        }
        entry.read_at = Some(now);
        match self.fetch(address).await {
            Ok((keys, lifetime)) => {
                let keys = Arc::new(keys);
                *entry = Entry {
                    keys: Some(Arc::clone(&keys)),
                    good_until: now + lifetime,
                    read_at: Some(now),
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
    /// How long ago it was read; a clock that jumped back makes nothing fresher.
    fn age(&self, now: UnixSeconds) -> Option<Duration> {
        self.read_at.filter(|read_at| *read_at <= now).map(|read_at| now.since(read_at))
    }

    fn good_at(&self, now: UnixSeconds) -> Option<Arc<KeySet>> {
        self.keys.clone().filter(|_| self.age(now).is_some() && now < self.good_until)
    }

    /// What can be said without reading the address again, if anything.
    fn answer_at(&self, now: UnixSeconds, unknown_kid: bool) -> Option<Result<Arc<KeySet>, JwksUnavailable>> {
        let rests_for = |pause| self.age(now).is_some_and(|age| age < pause);
        match self.good_at(now) {
            Some(keys) if !unknown_kid || rests_for(REFETCH_PAUSE) => Some(Ok(keys)),
            // The set was read a moment ago, though it may not be kept: it has no such key now either.
            None if unknown_kid && !self.failed && rests_for(REFETCH_PAUSE) => self.keys.clone().map(Ok),
            None if self.failed && rests_for(FAILURE_PAUSE) => {
                Some(Err(JwksUnavailable("could not be read a moment ago".to_owned())))
            }
            _ => None,
        }
    }
}

/// How long an answer may be kept, by what its server says; an hour at most, and no longer than it has already aged.
///
/// Source: SMART App Launch 2.2, client-confidential-asymmetric (never longer than Cache-Control says); RFC 9111 §4.2
/// and §5.2.2 (a freshness that cannot be read is none).
fn lifetime(headers: &http::HeaderMap) -> Duration {
    let said =
        headers.get_all(header::CACHE_CONTROL).iter().map(|value| value.to_str().unwrap_or("no-store"));
    let said = said.collect::<Vec<_>>().join(",").to_ascii_lowercase();
    let mut directives = said.split(',').map(str::trim);
    let forbids = |directive: &str| directive.starts_with("no-store") || directive.starts_with("no-cache");
    if directives.clone().any(forbids) {
        return Duration::ZERO;
    }
    let max_age = directives.find_map(|directive| directive.strip_prefix("max-age="));
    let seconds = max_age.map(|seconds| seconds.trim_matches('"').parse().unwrap_or(0));
    let age = headers.get(header::AGE).and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(0);
    let lifetime = seconds.map_or(DEFAULT_LIFETIME, Duration::from_secs);
    lifetime.saturating_sub(Duration::from_secs(age)).min(MAX_LIFETIME)
}

#[cfg(test)]
mod tests;
