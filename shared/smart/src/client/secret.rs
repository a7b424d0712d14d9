//! The secret of a confidential client: drawn by us, shown once, kept as a hash.

use std::fmt;

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::random;
use crate::time::UnixSeconds;

/// A client secret in the clear: 256 random bits behind a prefix that secret scanners can look for.
pub struct ClientSecret(String);

impl ClientSecret {
    /// Draws a new one.
    pub fn generate() -> Self {
        Self(format!("smart_secret_{}", random::text::<32>()))
    }

    /// The secret itself, to be shown once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn stored(&self, now: UnixSeconds) -> StoredSecret {
        let last_four = self.0[self.0.len() - 4..].to_owned();
        StoredSecret { hash: random::sha256(self.0.as_bytes()), last_four, created_at: now, expires_at: None }
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ClientSecret(redacted)")
    }
}

/// What is kept of a secret. SHA-256 is enough: nobody tries 2^256 secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSecret {
    hash: String,
    /// Its last four characters, so that people can tell two apart.
    pub last_four: String,
    /// When it was made.
    pub created_at: UnixSeconds,
    /// When it ends, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixSeconds>,
}

impl fmt::Debug for StoredSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "StoredSecret(ending in {})", self.last_four)
    }
}

impl StoredSecret {
    /// Whether a presented secret is this one, and it has not ended.
    pub fn is(&self, presented: &str, now: UnixSeconds) -> bool {
        let same: bool = random::sha256(presented.as_bytes()).as_bytes().ct_eq(self.hash.as_bytes()).into();
        same & self.expires_at.is_none_or(|end| now < end)
    }

    /// What it is called where it is managed: a part of its hash, of which nothing can be told.
    pub fn id(&self) -> &str {
        self.hash.get(..16).unwrap_or(&self.hash)
    }

    /// Whether it has not ended.
    pub fn is_live(&self, now: UnixSeconds) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// One that no presented secret is: what an unknown client is compared with, so that its refusal costs the same.
    pub fn nobodys() -> Self {
        let unmatched = "A".repeat(43);
        Self { hash: unmatched, last_four: String::new(), created_at: UnixSeconds(0), expires_at: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k08_a_secret_is_itself_until_it_ends() {
        let secret = ClientSecret::generate();
        let mut stored = secret.stored(UnixSeconds(100));
        assert!(stored.is(secret.reveal(), UnixSeconds(200)));
        assert!(!stored.is("smart_secret_other", UnixSeconds(200)));
        stored.expires_at = Some(UnixSeconds(200));
        assert!(stored.is(secret.reveal(), UnixSeconds(199)));
        assert!(!stored.is(secret.reveal(), UnixSeconds(200)));
        assert!(!StoredSecret::nobodys().is(secret.reveal(), UnixSeconds(0)));
    }

    #[test]
    fn l03_debug_shows_no_secret() {
        let secret = ClientSecret::generate();
        let stored = secret.stored(UnixSeconds(1));
        let shown = format!("{secret:?} {stored:?}");
        assert!(!shown.contains(&secret.reveal()[13..]) && !shown.contains(&stored.hash));
    }

    /// The mean of some measurements, and the variance of that mean.
    #[expect(clippy::cast_precision_loss, reason = "nanoseconds of a comparison are small numbers")]
    fn mean(of: &[u64]) -> (f64, f64) {
        let count = of.len() as f64;
        let mean = of.iter().sum::<u64>() as f64 / count;
        let variance = of.iter().map(|one| (*one as f64 - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    }

    /// How far apart the times of two comparisons are, by Welch's t; the slowest tenth, when something else ran, left out.
    fn t_of(stored: &StoredSecret, one: &str, other: &str, rounds: usize) -> f64 {
        let mut times = [Vec::new(), Vec::new()];
        // Each comes first in every second round: what runs first may find the caches as something else left them.
        for round in 0..2 * rounds {
            let which = round.div_ceil(2) % 2;
            let presented = [one, other][which];
            let began = std::time::Instant::now();
            std::hint::black_box(stored.is(std::hint::black_box(presented), UnixSeconds(0)));
            times[which].push(u64::try_from(began.elapsed().as_nanos()).unwrap());
        }
        let [one, other] = times.map(|mut times| {
            times.sort_unstable();
            times.truncate(rounds * 9 / 10);
            mean(&times)
        });
        (one.0 - other.0).abs() / (one.1 + other.1).sqrt()
    }

    #[test]
    fn k09_a_secret_wrong_in_its_first_byte_takes_as_long_as_one_wrong_in_its_last() {
        let secret = ClientSecret::generate();
        let stored = secret.stored(UnixSeconds(0));
        let mut first = secret.reveal().to_owned();
        first.replace_range(0..1, "x");
        let mut last = secret.reveal().to_owned();
        last.replace_range(last.len() - 1.., "~");
        // On a busy machine a run may be off by chance; a leak would show in every one.
        let smallest = (0..5).map(|_| t_of(&stored, &first, &last, 20_000)).fold(f64::MAX, f64::min);
        assert!(smallest < 4.5, "t = {smallest}");
    }
}
