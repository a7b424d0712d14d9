//! The secret of a confidential client: drawn by us and shown once, or chosen by its owner; kept as a hash.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use smart_verify::time::UnixSeconds;
use subtle::ConstantTimeEq;

use crate::random;
use crate::unknown_fields::UnknownFields;

/// A client secret in the clear: 256 random bits behind a prefix that secret scanners can look for, or what the owner of
/// a client has chosen.
pub struct ClientSecret(String);

/// Why a secret that somebody chose is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("use 32 to 128 of the characters A–Z a–z 0–9 - . _ ~, and at least 8 different ones")]
pub struct NotASecret;

impl FromStr for ClientSecret {
    type Err = NotASecret;

    /// A secret that somebody chose: 32 to 128 unreserved characters, which mean the same in a header, a form and a URL.
    /// Nobody can see whether it was drawn at random; what plainly was not, is none.
    ///
    /// Source: RFC 6749 §2.3.1 (`client_secret`) and §10.10 (secrets must not be guessed); RFC 3986 §2.3.
    fn from_str(text: &str) -> Result<Self, NotASecret> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let is_written_well = (32..=128).contains(&text.len()) && text.bytes().all(unreserved);
        let different: HashSet<u8> = text.bytes().collect();
        if is_written_well && different.len() >= 8 { Ok(Self(text.to_owned())) } else { Err(NotASecret) }
    }
}

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
        StoredSecret {
            id: Some(random::text::<12>()),
            hash: random::sha256(self.0.as_bytes()),
            last_four,
            created_at: now,
            expires_at: None,
            unknown: UnknownFields::NONE,
        }
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ClientSecret(redacted)")
    }
}

/// What is kept of a secret. SHA-256 is enough for one that was drawn: nobody tries 2^256 secrets. One that somebody chose is
/// as good as they chose it, which is why pages propose to draw it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSecret {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    hash: String,
    /// Its last four characters, so that people can tell two apart.
    pub last_four: String,
    /// When it was made.
    pub created_at: UnixSeconds,
    /// When it ends, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixSeconds>,
    #[serde(flatten)]
    unknown: UnknownFields,
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

    /// What it is called where it is managed and in the log: drawn, since whoever reads a part of a hash can try a weak
    /// secret against it. Those that were stored before ids were drawn were drawn themselves, and have a part of their hash.
    pub fn id(&self) -> &str {
        self.id.as_deref().or(self.hash.get(..16)).unwrap_or(&self.hash)
    }

    /// Whether it has not ended.
    pub fn is_live(&self, now: UnixSeconds) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// One that no presented secret is: what an unknown client is compared with, so that its refusal costs the same.
    pub fn nobodys() -> Self {
        let unmatched = "A".repeat(43);
        Self {
            id: None,
            hash: unmatched,
            last_four: String::new(),
            created_at: UnixSeconds(0),
            expires_at: None,
            unknown: UnknownFields::NONE,
        }
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

    /// That both take the same time is measured by `cargo bench -p smart --bench secrets`.
    #[test]
    fn k09_a_secret_wrong_in_its_first_or_its_last_byte_is_refused() {
        let secret = ClientSecret::generate();
        let stored = secret.stored(UnixSeconds(0));
        for place in [0, secret.reveal().len() - 1] {
            let mut wrong = secret.reveal().to_owned();
            wrong.replace_range(place..=place, "~");
            assert!(!stored.is(&wrong, UnixSeconds(0)), "{place}");
        }
    }

    #[test]
    fn pg_38_a_chosen_secret_is_long_unreserved_and_not_one_character_again_and_again() {
        let of = |length: usize| "aB3-._~x".chars().cycle().take(length).collect::<String>();
        for good in [of(32), of(128), "0123456789abcdef".repeat(2)] {
            let secret: ClientSecret = good.parse().unwrap();
            assert!(secret.stored(UnixSeconds(1)).is(&good, UnixSeconds(2)));
        }
        let spoilt = |character: &str| format!("{character}{}", of(40));
        for bad in
            [of(31), of(129), "a".repeat(40), "abcdefg".repeat(6), spoilt(" "), spoilt("+"), spoilt("ä")]
        {
            assert_eq!(bad.parse::<ClientSecret>().unwrap_err(), NotASecret, "{bad}");
        }
    }

    #[test]
    fn l03_debug_shows_no_secret() {
        let secret = ClientSecret::generate();
        let stored = secret.stored(UnixSeconds(1));
        let shown = format!("{secret:?} {stored:?}");
        assert!(!shown.contains(&secret.reveal()[13..]) && !shown.contains(&stored.hash));
    }
}
