//! What a client is: its metadata, where it may be answered, how it proves itself.

mod algorithms;
mod id;
mod keys;
mod metadata;
mod metadata_check;
mod redirect_uri;
mod secret;

use serde::{Deserialize, Serialize};
use smart_verify::time::UnixSeconds;

use crate::unknown_fields::UnknownFields;

pub use algorithms::{AssertionAlgorithms, NotAnAssertionAlgorithm};
pub use id::ClientId;
pub use keys::{JwksUri, KeyNotChosen, KeySet, KeysRefused, NotAJwksUri};
pub use metadata::{AuthMethod, ClientKind, ClientMetadata, FieldError, GrantType};
pub(crate) use metadata_check::is_deceiving;
pub use redirect_uri::{RedirectUri, RedirectUriRefused, is_loopback};
pub use secret::{ClientSecret, NotASecret, StoredSecret};

/// The client that this service itself is when it reads the pickers' lists. Nobody can register it.
pub const PICKER: &str = "picker";

/// The client that this service itself is when somebody gets a token on the page *Get Access Tokens*. It is public, goes
/// through the same doors as every app, and its tokens are marked by its id.
pub const TEST_TOKEN_TOOL: &str = "test-token-tool";

/// Who changed a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangedBy {
    /// Somebody on its page, by `sub`.
    Person(String),
    /// An administrator, by a program or by a decision.
    Administrator,
    /// It changed its own registration.
    Itself,
}

/// A registered client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its id.
    pub client_id: ClientId,
    /// What was registered about it.
    #[serde(flatten)]
    pub metadata: ClientMetadata,
    /// The hashes of its live secrets, two at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<StoredSecret>,
    /// Whether an admin has stopped it.
    #[serde(default)]
    pub disabled: bool,
    /// Whether it waits for an administrator; until then it is disabled as well, so that nobody needs to look here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub awaits_approval: bool,
    /// Whose it is, by `sub`; an administrator's alone if nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Whether somebody of the organisation has looked at it as it is: an administrator registered it, approved it or
    /// changed it last. People are told where nobody has.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub checked: bool,
    /// When it was registered.
    pub created_at: UnixSeconds,
    /// When it was last changed.
    pub updated_at: UnixSeconds,
    /// Who changed it last, if somebody did and it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<ChangedBy>,
    /// Counts its changes, from 1.
    pub version: u64,
    /// What newer code has stored with it.
    #[serde(flatten)]
    pub unknown: UnknownFields,
}

impl Client {
    /// A client as it is when it is registered, without a secret.
    pub const fn new(client_id: ClientId, metadata: ClientMetadata, now: UnixSeconds) -> Self {
        Self {
            client_id,
            metadata,
            secrets: Vec::new(),
            disabled: false,
            awaits_approval: false,
            owner: None,
            checked: false,
            created_at: now,
            updated_at: now,
            changed_by: None,
            version: 1,
            unknown: UnknownFields::NONE,
        }
    }

    /// The same, changed by somebody.
    #[must_use]
    pub fn changed_by(self, who: ChangedBy) -> Self {
        Self { changed_by: Some(who), ..self }
    }

    /// Whether it can be used, in a word.
    pub const fn status(&self) -> &'static str {
        match (self.awaits_approval, self.disabled) {
            (true, _) => "pending",
            (false, true) => "disabled",
            (false, false) => "active",
        }
    }

    /// Whether it may use a grant.
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.metadata.grant_types.contains(&grant)
    }

    /// The origins its pages live at, for cross-origin requests: those of its redirect URIs and launch URL.
    pub fn origins(&self) -> impl Iterator<Item = String> {
        let of = |uri: &RedirectUri| uri.origin();
        self.metadata.redirect_uris.iter().chain(&self.metadata.launch_url).filter_map(of)
    }
}
