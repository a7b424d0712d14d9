//! Who is signed in.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use smart_verify::time::UnixSeconds;

use crate::unknown_fields::UnknownFields;
use crate::user::User;

/// How long a session lasts at most, whatever happens in it, unless a setting says otherwise: 8 hours.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(8 * 3600);

/// A person signed in, from one browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// SHA-256 of the id in the cookie.
    pub id: String,
    /// The user's name.
    pub name: String,
    /// The user's subject, so that a name given to somebody else opens nothing.
    #[serde(rename = "sub")]
    pub subject: String,
    /// When they last proved who they are, here or at an upstream provider; nothing where the provider does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<UnixSeconds>,
    /// When the session began.
    pub began_at: UnixSeconds,
    /// When the session ends.
    pub expires_at: UnixSeconds,
    /// What newer code has stored with it.
    #[serde(flatten)]
    pub unknown: UnknownFields,
}

impl Session {
    /// A session of somebody who has just proved who they are.
    pub fn begun(id: String, user: &User, now: UnixSeconds, lifetime: Duration) -> Self {
        Self {
            id,
            name: user.name.clone(),
            subject: user.subject.clone(),
            auth_time: Some(now),
            began_at: now,
            expires_at: now + lifetime,
            unknown: UnknownFields::NONE,
        }
    }

    /// Whether this is still a session of that person: they may act, it has not ended, and nothing since has ended all
    /// older ones.
    pub fn is_of(&self, user: &User, now: UnixSeconds) -> bool {
        self.name == user.name
            && user.is_still(&self.subject)
            && now < self.expires_at
            && self.began_at >= user.sessions_from
    }
}
