//! When a key is published, when it signs, when it goes: a schedule, so that every function sees the same at any moment.

mod rotation;
mod schedule;
mod state;

use std::time::Duration;

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{Jwk, JwkSet, KeyAlgorithm, PublicKeyUse, ThumbprintHash};
use serde::{Deserialize, Serialize};
use smart_verify::access_token;
use smart_verify::base64url;
use smart_verify::time::UnixSeconds;

pub use rotation::RotationRefused;
pub use schedule::Schedule;
pub use state::{KeyEvent, KeyState};

/// How long a client may keep the published keys: 5 minutes, the `max-age` with which they are served. Were it longer
/// there than here, a token could carry a key that a client does not have yet.
pub const JWKS_LIFETIME: Duration = Duration::from_secs(300);

/// How far any clock may stray from the true time, either way: 60 seconds.
pub const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// How long a token may live at most, and so how long its key must stay published: one hour.
pub const LONGEST_TOKEN: Duration = access_token::APP_LIFETIME;

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

/// One key's part of the schedule. `publish_from` 0 means that it was always published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySchedule {
    /// Where the key is kept: the ARN of a KMS key, never an alias.
    pub key: String,
    /// In which algorithm it signs.
    pub algorithm: SigningAlgorithm,
    /// From when on it is published, at least one cache lifetime before it signs.
    pub publish_from: UnixSeconds,
    /// From when on it signs; a key that was not promoted yet does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_from: Option<UnixSeconds>,
    /// Until when it signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_until: Option<UnixSeconds>,
    /// Until when it is published, at least until the last token it signed has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remove_at: Option<UnixSeconds>,
}

impl KeySchedule {
    /// Whether it may sign at a moment. Of those that may, the one whose turn began last does.
    pub fn may_sign_at(&self, now: UnixSeconds) -> bool {
        self.sign_from.is_some_and(|from| from <= now) && self.sign_until.is_none_or(|end| now < end)
    }

    /// Whether it is published at a moment.
    pub fn is_published_at(&self, now: UnixSeconds) -> bool {
        self.publish_from <= now && self.remove_at.is_none_or(|end| now < end)
    }
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
        let signature = base64url::encode(signature);
        DecodingKey::from_jwk(&self.jwk).is_ok_and(|key| {
            let holds = jsonwebtoken::crypto::verify(&signature, signing_input.as_bytes(), &key, algorithm);
            holds.unwrap_or(false)
        })
    }
}

/// All keys of the schedule whose public halves could be read.
#[derive(Clone, Debug, Default)]
pub struct SigningKeys(Vec<SigningKey>);

impl SigningKeys {
    /// The keys of a schedule, in any order.
    pub const fn new(keys: Vec<SigningKey>) -> Self {
        Self(keys)
    }

    /// The key that signs in an algorithm at a moment: the one whose turn began last.
    pub fn signing(&self, algorithm: SigningAlgorithm, now: UnixSeconds) -> Option<&SigningKey> {
        last_promoted(&self.0, |key| &key.schedule, algorithm, now)
    }

    /// The key of this name.
    pub fn named(&self, kid: &str) -> Option<&SigningKey> {
        self.0.iter().find(|key| key.kid == kid)
    }

    /// The public halves that are published at a moment.
    pub fn published(&self, now: UnixSeconds) -> JwkSet {
        let published = self.0.iter().filter(|key| key.schedule.is_published_at(now));
        JwkSet { keys: published.map(|key| key.jwk.clone()).collect() }
    }
}

/// Of the keys that may sign in an algorithm at a moment, the one whose turn began last.
fn last_promoted<T>(
    keys: &[T],
    schedule: impl Fn(&T) -> &KeySchedule,
    algorithm: SigningAlgorithm,
    now: UnixSeconds,
) -> Option<&T> {
    let may = |key: &&T| schedule(key).algorithm == algorithm && schedule(key).may_sign_at(now);
    keys.iter().filter(may).max_by_key(|key| schedule(key).sign_from)
}
