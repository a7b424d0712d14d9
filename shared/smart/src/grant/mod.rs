//! A grant: what a user allowed a client, in one item from its first moment to its last.

mod online_access;
mod redemption;
mod refresh_rotation;
mod stage;
mod stored;

use serde::{Deserialize, Serialize};
use smart_verify::time::UnixSeconds;

use crate::client::ClientId;
use crate::ids::{GrantKey, RequestId};
use crate::launch;
use crate::narrowing::GrantedScopes;
use crate::pkce::Pkce;
use crate::unknown_fields::UnknownFields;

pub use redemption::{CodeProof, Redemption};
pub use refresh_rotation::{Before, Family, GRACE, IDLE, Lasting, RefreshProof, Renewal};
pub use stage::{Remains, Renewable, Stage};

use stored::StoredGrant;

/// What a user allowed a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredGrant", into = "StoredGrant")]
pub struct Grant {
    /// Its key.
    pub key: GrantKey,
    /// The client that may use it.
    pub client_id: ClientId,
    /// The user who allowed it.
    pub person: Grantor,
    /// What was allowed.
    pub scope: GrantedScopes,
    /// What is open where the client works.
    pub context: GrantContext,
    /// The code, and what it is bound to.
    pub code: CodeBinding,
    /// Why it could be issued.
    pub basis: Basis,
    /// When it was issued.
    pub issued_at: UnixSeconds,
    /// Where in its life it is.
    pub stage: Stage,
    /// When that stage began, or its refresh token was used last.
    pub stage_since: UnixSeconds,
    /// From when on the item may be forgotten.
    pub expires_at: UnixSeconds,
    /// Counts its changes, from 1.
    pub version: u64,
    /// The request that wrote it last.
    pub last_request: RequestId,
    /// What newer code has stored with it.
    pub unknown: UnknownFields,
}

/// The user who allowed a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grantor {
    /// Their name.
    pub user_name: String,
    /// Their subject, so that another user of the same name can use nothing of it.
    pub subject: String,
    /// Their FHIR resource, an absolute URL.
    pub fhir_user: Option<String>,
    /// When they signed in; 0 if the provider does not say it.
    pub auth_time: UnixSeconds,
}

/// What is open where the client works.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrantContext {
    /// The patient.
    pub patient: Option<String>,
    /// The encounter.
    pub encounter: Option<String>,
    /// What else the app learns about where it was opened.
    pub launch: launch::Context,
}

/// The code of a grant, and what it is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeBinding {
    /// SHA-256 of the code's secret.
    pub hash: String,
    /// Which verifier the exchange must show.
    pub pkce: Pkce,
    /// Where the code was sent.
    pub redirect_uri: String,
    /// What the id_token must echo.
    pub nonce: Option<String>,
}

/// Why a grant could be issued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The user was asked, and allowed it.
    #[default]
    Person,
    /// The user had allowed the same before.
    Remembered,
    /// The organisation allowed it for its users.
    Organisation,
}

impl Basis {
    const fn is_person(&self) -> bool {
        matches!(self, Self::Person)
    }
}
