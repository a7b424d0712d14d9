//! The same request, sent again, gets the first answer: for a day, and its secret for ten minutes.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use serde::{Deserialize, Serialize};
use smart_verify::base64url;
use smart_verify::time::UnixSeconds;

use super::{Entry, Note};
use crate::client::ClientSecret;
use crate::error::{ErrorCode, OAuthError};
use crate::random;

/// How long an answer is remembered: 24 hours.
const ANSWER_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// How long the secret in an answer can be had again: 10 minutes.
pub const SECRET_SHOWN_FOR: Duration = Duration::from_secs(600);

/// The name that a caller gives to a request so that it is done once: 16 to 200 visible characters, such as a UUID. What
/// is sealed under it is as safe as it is hard to guess.
///
/// Source: draft-ietf-httpapi-idempotency-key-header (narrower here).
#[derive(Clone)]
pub struct IdempotencyKey(String);

impl FromStr for IdempotencyKey {
    type Err = OAuthError;

    fn from_str(text: &str) -> Result<Self, OAuthError> {
        if (16..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(text.to_owned()));
        }
        let sentence = "Idempotency-Key: 16 to 200 visible ASCII characters, such as a UUID.";
        Err(ErrorCode::InvalidRequest.because("idempotency_key_malformed", sentence))
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("IdempotencyKey(redacted)")
    }
}

/// What is remembered of a request and its answer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// SHA-256 of the request.
    request: String,
    /// The answer without its secret, as JSON.
    answer: String,
    /// The secret, sealed under the caller's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// Until when the secret can be had again.
    secret_until: UnixSeconds,
}

impl fmt::Debug for Remembered {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Remembered(redacted)")
    }
}

/// An answer that is to be remembered.
pub struct Answered<'a> {
    /// The body of the request.
    pub request: &'a [u8],
    /// The answer, without the secret.
    pub answer: String,
    /// The secret that was shown with it, if one was.
    pub secret: Option<&'a ClientSecret>,
}

impl IdempotencyKey {
    /// The key of the entry, of one caller's requests alone.
    pub fn entry_key(&self, caller: &str) -> String {
        Entry::key_of("idempotency", &[caller, &self.0])
    }

    /// The entry that remembers an answer to a caller.
    pub fn remember(&self, caller: &str, answered: Answered<'_>, now: UnixSeconds) -> Entry {
        let note = Remembered {
            request: random::sha256(answered.request),
            answer: answered.answer,
            secret: answered.secret.and_then(|secret| self.seal(secret.reveal())),
            secret_until: now + SECRET_SHOWN_FOR,
        };
        Entry::new(self.entry_key(caller), Note::Idempotency(note), now, Some(now + ANSWER_LIFETIME))
    }

    fn seal(&self, text: &str) -> Option<String> {
        let mut bytes = text.as_bytes().to_vec();
        let nonce = self.sealing_key()?.seal_in_place_append_tag(Aad::empty(), &mut bytes).ok()?;
        Some(base64url::encode(&[nonce.as_ref().as_slice(), &bytes].concat()))
    }

    fn open(&self, sealed: &str) -> Option<String> {
        let mut bytes = base64url::decode(sealed)?;
        let (nonce, text) = bytes.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let opened = self.sealing_key()?.open_in_place(nonce, Aad::empty(), text).ok()?;
        String::from_utf8(opened.to_vec()).ok()
    }

    /// Source: RFC 5869.
    fn sealing_key(&self) -> Option<RandomizedNonceKey> {
        let parent = Salt::new(HKDF_SHA256, b"smart idempotency").extract(self.0.as_bytes());
        let mut key = [0; 32];
        parent.expand(&[b"secret"], Bytes32).and_then(|key_material| key_material.fill(&mut key)).ok()?;
        RandomizedNonceKey::new(&AES_256_GCM, &key).ok()
    }
}

struct Bytes32;

impl KeyType for Bytes32 {
    fn len(&self) -> usize {
        32
    }
}

impl Remembered {
    /// The first answer, and its secret while that can be had.
    ///
    /// # Errors
    /// When the key was used for another request.
    pub fn answer(
        &self,
        request: &[u8],
        key: &IdempotencyKey,
        now: UnixSeconds,
    ) -> Result<(&str, Option<String>), OAuthError> {
        if self.request != random::sha256(request) {
            let sentence = "this Idempotency-Key was used for another request; make a new key for each.";
            return Err(ErrorCode::InvalidRequest.because("idempotency_key_reused", sentence));
        }
        let shown = self.secret.as_deref().filter(|_| now < self.secret_until);
        Ok((&self.answer, shown.and_then(|sealed| key.open(sealed))))
    }

    /// Whether the answer had a secret.
    pub const fn had_secret(&self) -> bool {
        self.secret.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "8e03978e-40d5-43e8-bc93-6894a57f9324";

    fn answered(secret: Option<&ClientSecret>) -> Answered<'_> {
        Answered { request: b"body", answer: "{}".to_owned(), secret }
    }

    fn remembered(entry: &Entry) -> &Remembered {
        match &entry.note {
            Note::Idempotency(remembered) => remembered,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn api_4_the_secret_comes_again_for_ten_minutes_and_only_by_the_same_key() {
        let key: IdempotencyKey = KEY.parse().unwrap();
        let secret = ClientSecret::generate();
        let now = UnixSeconds(1_000);
        let entry = key.remember("admin", answered(Some(&secret)), now);
        let kept = remembered(&entry);
        let at = |after: u64| kept.answer(b"body", &key, UnixSeconds(1_000 + after)).unwrap().1;
        assert_eq!(at(599).as_deref(), Some(secret.reveal()));
        assert_eq!(at(600), None);
        let other: IdempotencyKey = "another-key-of-16".parse().unwrap();
        assert_eq!(kept.answer(b"body", &other, now).unwrap().1, None, "sealed under the caller's key");
        let text = serde_json::to_string(&entry).unwrap();
        assert!(!text.contains(secret.reveal()) && !text.contains(KEY), "g14");
    }

    #[test]
    fn api_4_another_body_under_the_same_key_is_refused() {
        let key: IdempotencyKey = KEY.parse().unwrap();
        let entry = key.remember("admin", answered(None), UnixSeconds(0));
        let refused = remembered(&entry).answer(b"other", &key, UnixSeconds(1)).unwrap_err();
        assert_eq!(refused.reason(), "idempotency_key_reused");
        assert_ne!(key.entry_key("admin"), key.entry_key("other"));
    }

    #[test]
    fn a_key_that_is_short_or_not_visible_is_refused() {
        let long = "x".repeat(201);
        for bad in ["", "short", "with a space in it", long.as_str()] {
            assert!(bad.parse::<IdempotencyKey>().is_err(), "{bad}");
        }
    }
}
