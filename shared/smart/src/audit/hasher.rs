//! Keyed hashes: the same person is the same in every line, and nobody without the key can tell who.

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::hmac;

use smart_verify::base64url;

use crate::mac::{NoMintingKey, child};

/// The length of a hash: 16 bytes, so that no two meet by chance.
const LENGTH: usize = 16;

/// Makes keyed hashes. A plain hash would hide nobody: there are too few people and patients.
pub struct AuditHasher {
    key: hmac::Key,
    version: u32,
}

/// A hash that only who has the key can make: `{key version}.{base64url}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyedHash(String);

impl KeyedHash {
    /// The text in the log.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AuditHasher {
    /// Derives the key from the secret of the version that mints. Hashes are never checked, so no other is needed.
    ///
    /// Source: RFC 5869.
    ///
    /// # Errors
    /// When that version has no secret.
    pub fn derive(secrets: &BTreeMap<u32, [u8; 32]>, mint: u32) -> Result<Self, NoMintingKey> {
        let secret = secrets.get(&mint).ok_or(NoMintingKey)?;
        Ok(Self { key: child(secret, b"audit hash"), version: mint })
    }

    /// The hash of a person's subject.
    pub fn person(&self, subject: &str) -> KeyedHash {
        self.hash("person", subject)
    }

    /// The hash of the name that somebody gave at a sign-in.
    pub fn account(&self, name: &str) -> KeyedHash {
        self.hash("account", name)
    }

    /// The hash of a patient's id.
    pub fn patient(&self, id: &str) -> KeyedHash {
        self.hash("patient", id)
    }

    /// The hash of the part of the network that a request came from.
    pub fn address(&self, neighbourhood: &str) -> KeyedHash {
        self.hash("address", neighbourhood)
    }

    /// The hash of what something was, or is.
    pub(super) fn state(&self, json: &str) -> KeyedHash {
        self.hash("state", json)
    }

    /// Each kind has hashes of its own; a kind holds no NUL, so no other pair gives the same bytes.
    fn hash(&self, kind: &'static str, text: &str) -> KeyedHash {
        let tag = hmac::sign(&self.key, format!("{kind}\0{text}").as_bytes());
        KeyedHash(format!("{}.{}", self.version, base64url::encode(&tag.as_ref()[..LENGTH])))
    }
}

impl fmt::Debug for AuditHasher {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "AuditHasher(redacted, version {})", self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher(secret: u8) -> AuditHasher {
        AuditHasher::derive(&BTreeMap::from([(1, [secret; 32])]), 1).unwrap()
    }

    #[test]
    fn l01_the_same_person_has_one_hash_and_another_key_or_kind_another() {
        let hash = hasher(7).person("ann");
        assert_eq!(hash, hasher(7).person("ann"));
        assert!(hash.as_str().starts_with("1.") && hash.as_str().len() == 24, "{hash:?}");
        for other in [
            hasher(7).person("bob"),
            hasher(7).patient("ann"),
            hasher(7).account("ann"),
            hasher(7).address("ann"),
            hasher(8).person("ann"),
        ] {
            assert_ne!(hash, other);
        }
        assert!(AuditHasher::derive(&BTreeMap::new(), 1).is_err());
    }
}
