//! What a user decided, kept with the grant that came of it.

mod remembered;
mod scope_report;

use serde::{Deserialize, Serialize};

use crate::client::ClientId;

pub use remembered::{Consent, REMEMBERED_DAYS};
pub use scope_report::ScopeReport;

/// What a user decided about a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Decided {
    /// For a grant: why its scopes are what they are.
    Report(ScopeReport),
    /// For the next time: what need not be asked again.
    Consent(Consent),
}

impl Decided {
    /// The client that it was decided about.
    pub const fn client_id(&self) -> &ClientId {
        match self {
            Self::Report(report) => &report.client_id,
            Self::Consent(consent) => &consent.client_id,
        }
    }

    /// Its key in the table.
    pub fn key(&self) -> &str {
        match self {
            Self::Report(report) => &report.key.0,
            Self::Consent(consent) => &consent.key,
        }
    }
}
