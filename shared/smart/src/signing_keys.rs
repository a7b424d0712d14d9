//! When a key is published, when it signs, when it goes: a schedule, so that every function sees the same at any moment.

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{Jwk, JwkSet, KeyAlgorithm, PublicKeyUse, ThumbprintHash};
use serde::{Deserialize, Serialize};

use crate::random;
use crate::time::UnixSeconds;

/// The algorithms in which this service signs.
///
/// Source: SMART App Launch 2.2, scopes-and-launch-context#scopes-for-requesting-identity-data (RS256 id_tokens).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SigningAlgorithm {
    /// RSA with SHA-256.
    RS256,
}

impl SigningAlgorithm {
    /// The name as JOSE writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
        }
    }
}

/// One key's part of the schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySchedule {
    /// Where the key is kept: the ARN of a KMS key.
    pub key: String,
    /// In which algorithm it signs.
    pub algorithm: SigningAlgorithm,
    /// From when on it is published, at least one cache lifetime before it signs.
    pub publish_from: UnixSeconds,
    /// From when on it signs.
    pub sign_from: UnixSeconds,
    /// Until when it signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_until: Option<UnixSeconds>,
    /// Until when it is published, at least until the last token it signed has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remove_at: Option<UnixSeconds>,
}

/// A key of the schedule with its public half.
#[derive(Clone, Debug)]
pub struct SigningKey {
    schedule: KeySchedule,
    kid: String,
    jwk: Jwk,
}

impl SigningKey {
    /// Names a key by the thumbprint of its public half.
    ///
    /// Source: RFC 7638.
    ///
    /// # Errors
    /// When the public half is of a kind that has no thumbprint.
    pub fn new(schedule: KeySchedule, mut jwk: Jwk) -> Result<Self, jsonwebtoken::errors::Error> {
        let kid = jwk.thumbprint(ThumbprintHash::SHA256)?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        jwk.common.key_algorithm = Some(match schedule.algorithm {
            SigningAlgorithm::RS256 => KeyAlgorithm::RS256,
        });
        Ok(Self { schedule, kid, jwk })
    }

    /// The key's name in JWS headers.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Where the key is kept, and when it does what.
    pub const fn schedule(&self) -> &KeySchedule {
        &self.schedule
    }

    /// Whether a signature of this key holds, as whoever is given the token will find.
    pub fn holds(&self, signing_input: &str, signature: &[u8]) -> bool {
        let algorithm = match self.schedule.algorithm {
            SigningAlgorithm::RS256 => jsonwebtoken::Algorithm::RS256,
        };
        let signature = random::base64url(signature);
        DecodingKey::from_jwk(&self.jwk).is_ok_and(|key| {
            let holds = jsonwebtoken::crypto::verify(&signature, signing_input.as_bytes(), &key, algorithm);
            holds.unwrap_or(false)
        })
    }

    fn signs_at(&self, now: UnixSeconds) -> bool {
        self.schedule.sign_from <= now && self.schedule.sign_until.is_none_or(|end| now < end)
    }

    fn is_published_at(&self, now: UnixSeconds) -> bool {
        self.schedule.publish_from <= now && self.schedule.remove_at.is_none_or(|end| now < end)
    }
}

/// All keys of the schedule.
#[derive(Clone, Debug, Default)]
pub struct SigningKeys(Vec<SigningKey>);

impl SigningKeys {
    /// The keys of a schedule, in any order.
    pub const fn new(keys: Vec<SigningKey>) -> Self {
        Self(keys)
    }

    /// The key that signs at a moment: the one whose turn began last.
    pub fn signing(&self, now: UnixSeconds) -> Option<&SigningKey> {
        self.0.iter().filter(|key| key.signs_at(now)).max_by_key(|key| key.schedule.sign_from)
    }

    /// The key of this name.
    pub fn named(&self, kid: &str) -> Option<&SigningKey> {
        self.0.iter().find(|key| key.kid == kid)
    }

    /// The public halves that are published at a moment.
    pub fn published(&self, now: UnixSeconds) -> JwkSet {
        JwkSet {
            keys: self.0.iter().filter(|key| key.is_published_at(now)).map(|key| key.jwk.clone()).collect(),
        }
    }
}
