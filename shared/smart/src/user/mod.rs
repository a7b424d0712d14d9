//! Users: what is known of those who sign in, and of the accounts as which backend services act.

mod ceilings;
mod system_account;

use std::fmt;

use serde::{Deserialize, Serialize};
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;

use crate::unknown_fields::UnknownFields;
pub use ceilings::{Ceilings, backend_ceiling};
pub use system_account::SystemAccount;

/// Somebody who can sign in, or an account as which backend services act.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The name they sign in with.
    pub name: String,
    /// What tokens call them: random, never given to somebody else.
    #[serde(rename = "sub")]
    pub subject: String,
    /// What they are called on pages.
    pub display_name: String,
    /// The argon2id hash of their password, in PHC form.
    pub password_hash: String,
    /// What they may see at most.
    pub role: Role,
    /// Their FHIR resource, relative: `Patient/123`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fhir_user: Option<String>,
    /// The patients they may choose besides themselves, bare ids; for patients only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patients: Vec<String>,
    /// What backend services may have that act as this account; for system accounts only.
    #[serde(default, skip_serializing_if = "ScopeSet::is_empty")]
    pub scope: ScopeSet,
    /// Whether they may manage what others have registered.
    #[serde(default)]
    pub administrator: bool,
    /// Whether they may not sign in and their tokens are no good.
    #[serde(default)]
    pub disabled: bool,
    /// Sessions that are older than this are over.
    #[serde(default)]
    pub sessions_from: UnixSeconds,
    /// When the account was made.
    #[serde(default)]
    pub created_at: UnixSeconds,
    /// Counts the changes of the account, from 1; 0 for one that is older than the count.
    #[serde(default)]
    pub version: u64,
    /// What newer code has stored with it.
    #[serde(flatten)]
    pub unknown: UnknownFields,
}

impl fmt::Debug for User {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "User({}, {:?})", self.subject, self.role)
    }
}

/// What kind of person a user is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees their own record, and those they look after.
    Patient,
    /// Sees the patients they are responsible for.
    Clinician,
    /// Nobody: an account as which backend services act. It never signs in.
    System,
}

impl User {
    /// Whether somebody may sign in with this record: a system account never does.
    pub fn may_sign_in(&self) -> bool {
        !self.disabled && self.role != Role::System
    }

    /// Whether this record is that of a person who signed in earlier, and they may still act.
    pub fn is_still(&self, subject: &str) -> bool {
        self.may_sign_in() && self.subject == subject
    }

    /// The bare id of their own patient record, if they are a patient.
    pub fn own_patient(&self) -> Option<&str> {
        self.fhir_user.as_deref().and_then(|reference| reference.strip_prefix("Patient/"))
    }

    /// The records a patient may choose from: their own first, then those they look after. `None` for a clinician:
    /// the FHIR server knows which patients are theirs. A system account chooses none.
    pub fn own_records(&self) -> Option<Vec<&str>> {
        match self.role {
            Role::Patient => {
                Some(self.own_patient().into_iter().chain(self.patients.iter().map(String::as_str)).collect())
            }
            Role::Clinician => None,
            Role::System => Some(Vec::new()),
        }
    }

    /// Whether they may choose this patient, if the FHIR API shows the patient to them.
    pub fn may_choose(&self, patient: &str) -> bool {
        self.own_records().is_none_or(|own| own.contains(&patient))
    }

    /// Their FHIR resource as an absolute URL.
    pub fn fhir_user_url(&self, fhir_base_url: &str) -> Option<String> {
        self.fhir_user
            .as_ref()
            .map(|reference| format!("{}/{reference}", fhir_base_url.trim_end_matches('/')))
    }
}
