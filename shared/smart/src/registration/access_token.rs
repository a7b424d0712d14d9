//! The tokens of RFC 7591 and RFC 7592: by the first something may be registered, by the second it manages itself.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use smart_verify::base64url;
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;
use subtle::ConstantTimeEq;

use super::{Entry, Note};
use crate::client::ClientId;
use crate::random;

/// What both kinds of token begin with, so that secret scanners find them.
pub const TOKEN_PREFIX: &str = "smart_reg_";

/// How long the token before the current one still opens: 5 minutes. Whoever lost the answer that brought the new one is
/// not locked out of their client.
const OVERLAP: Duration = Duration::from_secs(300);

/// A token of either kind, in the clear: 256 random bits.
pub struct RegistrationToken(String);

impl RegistrationToken {
    /// Draws a new one.
    pub fn generate() -> Self {
        Self(format!("{TOKEN_PREFIX}{}", random::text::<32>()))
    }

    /// What somebody presented.
    pub fn presented(text: &str) -> Option<Self> {
        let drawn = text.strip_prefix(TOKEN_PREFIX).and_then(base64url::decode)?;
        (drawn.len() == 32).then(|| Self(text.to_owned()))
    }

    /// The token itself, to be shown once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn hash(&self) -> String {
        random::sha256(self.0.as_bytes())
    }
}

impl fmt::Debug for RegistrationToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("RegistrationToken(redacted)")
    }
}

/// What an administrator gives somebody to register with.
///
/// Source: RFC 7591 §1.2, initial access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitialAccess {
    /// Whom it is for, in words.
    pub description: String,
    /// The most that what is registered by it may have.
    pub scope: ScopeSet,
    /// How many may still be registered by it.
    pub uses_left: u32,
    /// The client that made it.
    pub made_by: String,
}

impl InitialAccess {
    /// The key by which the store knows a token.
    pub fn entry_key(token: &RegistrationToken) -> String {
        Entry::key_of("initial_access", &[&token.hash()])
    }

    /// The same, used once more; nothing when it is used up.
    pub fn used(&self) -> Option<Self> {
        let uses_left = self.uses_left.checked_sub(1)?;
        Some(Self { uses_left, ..self.clone() })
    }
}

/// By what a registered client manages itself.
///
/// Source: RFC 7592 §1.2, registration access token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationAccess {
    client_id: ClientId,
    hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    changed_at: UnixSeconds,
    /// The most that the client may have, if another than all who register themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<ScopeSet>,
}

impl fmt::Debug for RegistrationAccess {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "RegistrationAccess(of {}, redacted)", self.client_id)
    }
}

impl RegistrationAccess {
    /// The key by which the store knows the token of a client.
    pub fn entry_key(client_id: &ClientId) -> String {
        Entry::key_of("registration_access", &[client_id.as_str()])
    }

    /// The first token of a client.
    pub fn entry(
        client_id: &ClientId,
        token: &RegistrationToken,
        ceiling: Option<ScopeSet>,
        now: UnixSeconds,
    ) -> Entry {
        let note =
            Self { client_id: client_id.clone(), hash: token.hash(), before: None, changed_at: now, ceiling };
        Entry::new(Self::entry_key(client_id), Note::RegistrationAccess(note), now, None)
    }

    /// Whether a token opens this client.
    pub fn opens(&self, token: &RegistrationToken, now: UnixSeconds) -> bool {
        let presented = token.hash();
        let is = |hash: &str| -> bool { presented.as_bytes().ct_eq(hash.as_bytes()).into() };
        let overlaps = now.since(self.changed_at) < OVERLAP;
        is(&self.hash) | (self.before.as_deref().is_some_and(is) & overlaps)
    }

    /// The same with a new token; the one that is current until now opens for a while yet.
    #[must_use]
    pub fn rotated(&self, token: &RegistrationToken, now: UnixSeconds) -> Self {
        Self { hash: token.hash(), before: Some(self.hash.clone()), changed_at: now, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rg_10_a_rotated_token_opens_for_five_minutes_more() {
        let id: ClientId = "app".parse().unwrap();
        let (first, second, third) =
            (RegistrationToken::generate(), RegistrationToken::generate(), RegistrationToken::generate());
        let now = UnixSeconds(1_000);
        let Note::RegistrationAccess(access) = RegistrationAccess::entry(&id, &first, None, now).note else {
            panic!()
        };
        assert!(access.opens(&first, now) && !access.opens(&second, now));
        let access = access.rotated(&second, now);
        assert!(access.opens(&second, UnixSeconds(9_000)));
        assert!(access.opens(&first, UnixSeconds(1_299)) && !access.opens(&first, UnixSeconds(1_300)));
        assert!(!access.rotated(&third, now).opens(&first, now), "two back is gone at once");
    }

    #[test]
    fn only_what_we_can_have_drawn_is_looked_up() {
        let token = RegistrationToken::generate();
        assert!(RegistrationToken::presented(token.reveal()).is_some());
        for bad in ["", "smart_reg_", "smart_reg_AAAA", &token.reveal()[10..]] {
            assert!(RegistrationToken::presented(bad).is_none(), "{bad}");
        }
        assert_eq!(format!("{token:?}"), "RegistrationToken(redacted)");
    }
}
