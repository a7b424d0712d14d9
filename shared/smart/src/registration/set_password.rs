//! A link by which somebody sets their password: made by an administrator, good once and for a day.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use smart_verify::base64url;
use smart_verify::time::UnixSeconds;

use super::{Entry, Note};
use crate::random;
use crate::user::User;

/// How long a link is good: 24 hours.
pub const SET_PASSWORD_LIFETIME: Duration = Duration::from_secs(24 * 3600);

const PREFIX: &str = "smart_set_";

/// The token in a link: 256 random bits.
pub struct SetPasswordToken(String);

impl SetPasswordToken {
    /// Draws a new one.
    pub fn generate() -> Self {
        Self(format!("{PREFIX}{}", random::text::<32>()))
    }

    /// What somebody came with; nothing for what we cannot have drawn.
    pub fn presented(text: &str) -> Option<Self> {
        let drawn = text.strip_prefix(PREFIX).and_then(base64url::decode)?;
        (drawn.len() == 32).then(|| Self(text.to_owned()))
    }

    /// The token itself, for the link.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SetPasswordToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SetPasswordToken(redacted)")
    }
}

/// Whose password a link sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetPassword {
    user_name: String,
    #[serde(rename = "sub")]
    subject: String,
    /// The password that there was when the link was made, as a hash of its hash: another one ends the link.
    password: String,
}

impl SetPassword {
    /// The entry of a link for somebody.
    pub fn entry(user: &User, token: &SetPasswordToken, now: UnixSeconds) -> Entry {
        let note = Self {
            user_name: user.name.clone(),
            subject: user.subject.clone(),
            password: random::sha256(user.password_hash.as_bytes()),
        };
        let expires_at = now + SET_PASSWORD_LIFETIME;
        Entry::new(token.entry_key(), Note::SetPassword(note), now, Some(expires_at))
    }
}

impl SetPasswordToken {
    /// The key of the entry behind the link.
    pub fn entry_key(&self) -> String {
        Entry::key_of("set_password", &[&random::sha256(self.0.as_bytes())])
    }
}

impl SetPassword {
    /// The name of the account whose password the link sets.
    pub fn user_name(&self) -> &str {
        &self.user_name
    }

    /// Whether it is the link of this account, and the password is still the one that there was when it was made.
    pub fn is_of(&self, user: &User) -> bool {
        user.is_still(&self.subject) && random::sha256(user.password_hash.as_bytes()) == self.password
    }
}
