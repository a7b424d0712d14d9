//! What waits for an administrator: a registration or a change of one, decided once.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;

use super::{Entry, Note};
use crate::client::{Client, ClientId, ClientMetadata};
use crate::narrowing::NarrowedScope;

/// How long somebody can see what became of their request: 90 days.
const LIFETIME: Duration = Duration::from_secs(90 * 24 * 3600);

/// A registration, or a change of one, that waits or was decided. A client has one at most; a newer request takes the
/// place of one that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingChange {
    /// The client; one that is new waits in the clients table, where nothing can be done with it.
    pub client_id: ClientId,
    /// What was registered before; nothing for a new client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<ClientMetadata>,
    /// What is asked for.
    pub requested: ClientMetadata,
    /// What the ceiling of self-registration makes of each scope that is asked for.
    pub report: Vec<NarrowedScope>,
    /// What became of it.
    pub state: State,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum State {
    /// Nobody has decided yet.
    Pending,
    /// It counts, with these scopes.
    Approved {
        /// What was given; less than was asked if an administrator reduced it.
        scope: ScopeSet,
        /// The client or person who decided.
        by: String,
        /// When.
        at: UnixSeconds,
    },
    /// It does not count.
    Declined {
        /// Why, for the one who asked.
        reason: String,
        /// The client or person who decided.
        by: String,
        /// When.
        at: UnixSeconds,
    },
}

impl State {
    /// Its name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved { .. } => "approved",
            Self::Declined { .. } => "declined",
        }
    }
}

/// Why a decision does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecisionRefused {
    /// Somebody was faster.
    #[error("this request was decided before.")]
    DecidedBefore,
    /// More than was asked cannot be given.
    #[error("scope must be some of what was asked for, and at least one.")]
    NotLess,
}

impl PendingChange {
    /// The key of the one request of a client.
    pub fn entry_key(client_id: &ClientId) -> String {
        Entry::key_of("change", &[client_id.as_str()])
    }

    /// The entry of a request that begins to wait.
    pub fn entry(
        client: &Client,
        before: Option<&ClientMetadata>,
        requested: ClientMetadata,
        report: Vec<NarrowedScope>,
        now: UnixSeconds,
    ) -> Entry {
        let change = Self {
            client_id: client.client_id.clone(),
            before: before.cloned(),
            requested,
            report,
            state: State::Pending,
        };
        let key = Self::entry_key(&client.client_id);
        let entry = Entry::new(key, Note::Change(Box::new(change)), now, Some(now + LIFETIME));
        Entry { owner: client.owner.clone(), ..entry }
    }

    /// The request approved, as a whole or with fewer scopes, and what is registered then.
    ///
    /// # Errors
    /// When it was decided before, or more would be given than was asked.
    pub fn approved(
        &self,
        reduced_to: Option<&ScopeSet>,
        by: &str,
        now: UnixSeconds,
    ) -> Result<(Self, ClientMetadata), DecisionRefused> {
        self.waits()?;
        let scope = reduced_to.unwrap_or(&self.requested.scope);
        if scope.is_empty() || !scope.unknown().is_empty() || !self.requested.scope.contains(scope) {
            return Err(DecisionRefused::NotLess);
        }
        let metadata = ClientMetadata { scope: scope.clone(), ..self.requested.clone() };
        let state = State::Approved { scope: scope.clone(), by: by.to_owned(), at: now };
        Ok((Self { state, ..self.clone() }, metadata))
    }

    /// The request declined.
    ///
    /// # Errors
    /// When it was decided before.
    pub fn declined(&self, reason: &str, by: &str, now: UnixSeconds) -> Result<Self, DecisionRefused> {
        self.waits()?;
        let state = State::Declined { reason: reason.to_owned(), by: by.to_owned(), at: now };
        Ok(Self { state, ..self.clone() })
    }

    /// What is registered after the decision: what is asked for while there is none, and nothing for a new client that was
    /// declined.
    pub fn after(&self) -> Option<ClientMetadata> {
        match &self.state {
            State::Pending => Some(self.requested.clone()),
            State::Approved { scope, .. } => {
                Some(ClientMetadata { scope: scope.clone(), ..self.requested.clone() })
            }
            State::Declined { .. } => self.before.clone(),
        }
    }

    fn waits(&self) -> Result<(), DecisionRefused> {
        if self.state == State::Pending { Ok(()) } else { Err(DecisionRefused::DecidedBefore) }
    }
}
