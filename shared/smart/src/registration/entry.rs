//! What the registry remembers: one entry a thing, each of one kind.

use serde::{Deserialize, Serialize};
use smart_verify::time::UnixSeconds;

use super::{InitialAccess, PendingChange, RegistrationAccess, Remembered, SetPassword};
use crate::random;

/// One thing that the registry remembers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its key: a hash that only who knows the thing can make.
    pub key: String,
    /// What it is.
    pub note: Note,
    /// Whose it is, by `sub`, if it is somebody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// When it was made.
    pub created_at: UnixSeconds,
    /// When it ends, if it does: readers compare it themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixSeconds>,
    /// Counts its changes, from 1.
    pub version: u64,
}

/// The kinds of things that are remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Note {
    /// The answer to a request that may come again.
    Idempotency(Remembered),
    /// What an administrator gave somebody to register with.
    InitialAccess(InitialAccess),
    /// By what a registered client manages itself.
    RegistrationAccess(RegistrationAccess),
    /// A registration, or a change of one, that waits for an administrator or was decided by one.
    Change(Box<PendingChange>),
    /// A link by which somebody sets their password.
    SetPassword(SetPassword),
    /// What a page shows once, such as a secret: sealed for the one session that may see it.
    ShownOnce {
        /// The sealed text.
        sealed: String,
    },
}

impl Note {
    /// The name of its kind, as the store lists it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Idempotency(_) => "idempotency",
            Self::InitialAccess(_) => "initial_access",
            Self::RegistrationAccess(_) => "registration_access",
            Self::Change(_) => "change",
            Self::SetPassword(_) => "set_password",
            Self::ShownOnce { .. } => "shown_once",
        }
    }

    /// Whether lists show it: what is only ever found by its key is in none.
    pub const fn is_listed(&self) -> bool {
        matches!(self, Self::InitialAccess(_) | Self::Change(_))
    }
}

impl Entry {
    /// A new entry.
    pub fn new(key: String, note: Note, now: UnixSeconds, expires_at: Option<UnixSeconds>) -> Self {
        Self { key, note, owner: None, created_at: now, expires_at, version: 1 }
    }

    /// The key of something of a kind, told apart by some parts.
    pub fn key_of(kind: &str, parts: &[&str]) -> String {
        // JSON keeps the parts apart.
        random::sha256(serde_json::json!([kind, parts]).to_string().as_bytes())
    }

    /// What was asked for, if the entry is a request that waits for an administrator or was decided by one.
    pub fn pending_change(&self) -> Option<&PendingChange> {
        match &self.note {
            Note::Change(change) => Some(change),
            _ => None,
        }
    }

    /// Whether it still counts.
    pub fn is_live(&self, now: UnixSeconds) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// The same entry with another note, as its next version.
    #[must_use]
    pub fn with(&self, note: Note) -> Self {
        Self { note, version: self.version + 1, ..self.clone() }
    }
}
