//! Why an app got other scopes than it asked for.

use serde::{Deserialize, Serialize};
use smart_verify::time::UnixSeconds;

use crate::client::ClientId;
use crate::grant::{Grant, Lasting};
use crate::ids::GrantKey;
use crate::narrowing::NarrowedScope;

/// Why a grant's scopes are what they are, word by word: for the user, and for the owner of the client. It lives as
/// long as its grant, and is never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeReport {
    /// The key of its grant.
    pub key: GrantKey,
    /// The client that asked.
    pub client_id: ClientId,
    /// The subject of the user who decided.
    #[serde(rename = "sub")]
    pub subject: String,
    /// When it was decided.
    pub decided_at: UnixSeconds,
    /// What became of each asked word, of the first 100.
    pub decisions: Vec<NarrowedScope>,
    /// How many words more were asked.
    #[serde(default)]
    pub more: usize,
    /// From when on it may be forgotten.
    pub expires_at: UnixSeconds,
}

impl ScopeReport {
    /// How many decisions are kept: more words than any app has reason to ask for.
    pub const LENGTH: usize = 100;

    /// The report that belongs to a grant.
    pub fn of(grant: &Grant, mut decisions: Vec<NarrowedScope>) -> Self {
        let more = decisions.len().saturating_sub(Self::LENGTH);
        decisions.truncate(Self::LENGTH);
        Self {
            key: grant.key.clone(),
            client_id: grant.client_id.clone(),
            subject: grant.person.subject.clone(),
            decided_at: grant.issued_at,
            decisions,
            more,
            expires_at: grant.expires_at.max(lasting_until(grant).unwrap_or_default()),
        }
    }
}

/// Until when something may come of a grant, if its app may come back.
fn lasting_until(grant: &Grant) -> Option<UnixSeconds> {
    grant.stage.lasting().map(Lasting::until)
}
