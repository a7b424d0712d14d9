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
}
