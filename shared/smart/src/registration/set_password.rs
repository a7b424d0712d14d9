//! A link by which somebody sets their password: made by an administrator, good once and for a day.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use smart_verify::base64url;
use smart_verify::time::UnixSeconds;

use super::{Entry, Note};
use crate::error::{ErrorCode, OAuthError};
use crate::ports::{Registry, UserReader, Write, Written};
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

    fn entry_key(&self) -> String {
        Entry::key_of("set_password", &[&random::sha256(self.0.as_bytes())])
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

/// Whose password this token sets now, with the entry behind it.
///
/// # Errors
/// `invalid_request` when the link is not good, for whatever reason; `temporarily_unavailable`.
pub async fn redeemable<S: Registry + UserReader>(
    token: &SetPasswordToken,
    store: &S,
    now: UnixSeconds,
) -> Result<(User, Entry), OAuthError> {
    let entry = store.entry(&token.entry_key()).await?.filter(|entry| entry.is_live(now));
    let entry = entry.ok_or_else(not_good)?;
    let Note::SetPassword(link) = &entry.note else {
        return Err(not_good());
    };
    let user = store.user(&link.user_name).await?.filter(|user| user.is_still(&link.subject));
    let user = user.filter(|user| random::sha256(user.password_hash.as_bytes()) == link.password);
    Ok((user.ok_or_else(not_good)?, entry))
}

/// Sets the password behind a link, and ends every session of its person. Of any number of requests with one link one
/// succeeds.
///
/// # Errors
/// As [`redeemable`].
pub async fn redeem<S: Registry + UserReader>(
    token: &SetPasswordToken,
    password_hash: String,
    store: &S,
    now: UnixSeconds,
) -> Result<User, OAuthError> {
    let (user, entry) = redeemable(token, store, now).await?;
    let next = User { password_hash, sessions_from: now, version: user.version + 1, ..user.clone() };
    let writes = [
        Write::ReplaceUser { next: &next, read_version: user.version },
        Write::RemoveEntry { key: &entry.key, read_version: entry.version },
    ];
    match store.write(&writes, now).await? {
        Written::Written => Ok(next),
        Written::Refused => Err(not_good()),
    }
}

fn not_good() -> OAuthError {
    let sentence = "this link has been used or has ended; ask your administrator for a new one.";
    ErrorCode::InvalidRequest.because("set_password_link", sentence)
}
