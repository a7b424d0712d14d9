//! What a key does at a moment, and what it does next.

use std::fmt;

use serde::Serialize;
use smart_verify::time::UnixSeconds;

use super::{KeySchedule, Schedule};

/// What a key does at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// It is not published yet.
    Planned,
    /// It is published and does not sign yet.
    Published,
    /// It signs.
    Signing,
    /// It could sign, but another key was promoted after it. It stays published.
    Relieved,
    /// Its turn is over. It stays published until the last token it signed has ended.
    Retiring,
    /// It is not published any more.
    Removed,
}

impl fmt::Display for KeyState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Planned => "planned",
            Self::Published => "published",
            Self::Signing => "signing",
            Self::Relieved => "relieved",
            Self::Retiring => "retiring",
            Self::Removed => "removed",
        })
    }
}

/// What happens to a key next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyEvent {
    /// It is published.
    PublishFrom,
    /// It begins to sign.
    SignFrom,
    /// It signs no more.
    SignUntil,
    /// It is published no more.
    RemoveAt,
}

impl Schedule {
    /// What one of its keys does at a moment.
    pub fn state(&self, key: &KeySchedule, now: UnixSeconds) -> KeyState {
        if now < key.publish_from {
            KeyState::Planned
        } else if !key.is_published_at(now) {
            KeyState::Removed
        } else if key.may_sign_at(now) {
            let signs = self.signing(key.algorithm, now).is_some_and(|signing| signing.key == key.key);
            if signs { KeyState::Signing } else { KeyState::Relieved }
        } else if key.sign_until.is_some_and(|end| end <= now) {
            KeyState::Retiring
        } else {
            KeyState::Published
        }
    }
}

impl KeySchedule {
    /// What happens to it after a moment, and when.
    pub fn next(&self, now: UnixSeconds) -> Option<(KeyEvent, UnixSeconds)> {
        let events = [
            (KeyEvent::PublishFrom, Some(self.publish_from)),
            (KeyEvent::SignFrom, self.sign_from),
            (KeyEvent::SignUntil, self.sign_until),
            (KeyEvent::RemoveAt, self.remove_at),
        ];
        let later = events.into_iter().filter_map(|(event, at)| Some((event, at.filter(|at| now < *at)?)));
        later.min_by_key(|(_, at)| *at)
    }
}
