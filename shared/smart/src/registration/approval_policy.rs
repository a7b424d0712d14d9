//! Whether somebody who is no administrator may register, and what they may have then.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use smart_verify::scope::{Scope, ScopeSet};

use crate::client::{ClientMetadata, FieldError, GrantType};
use crate::error::ErrorCode;
use crate::narrowing::{NarrowedScope, RequestedScopes};

/// What those who register themselves may have at most, unless a setting says otherwise.
pub const SELF_REGISTRATION_SCOPES: &str = "launch launch/patient launch/encounter openid fhirUser \
    offline_access online_access patient/*.cruds user/*.cruds";

/// Whether people and programs register their own clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SelfRegistration {
    /// Administrators alone register.
    Off,
    /// What others register waits for an administrator.
    Approval,
    /// Everybody registers, as on a test server.
    Open,
}

impl FromStr for SelfRegistration {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "off" => Ok(Self::Off),
            "approval" => Ok(Self::Approval),
            "open" => Ok(Self::Open),
            _ => Err(()),
        }
    }
}

/// The setting and its ceiling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelfRegistrationPolicy {
    /// Who may.
    pub mode: SelfRegistration,
    /// What they may have at most.
    pub ceiling: ScopeSet,
    /// Whether what users register names its home page, its privacy page and a contact: on each server but a sandbox.
    pub needs_pages: bool,
}

/// What becomes of a registration that somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyVerdict {
    /// It counts at once, narrowed to what they may have.
    AtOnce(ClientMetadata, Vec<NarrowedScope>),
    /// An administrator wants it: it counts at once, as it is, and is checked by that.
    Trusted(ClientMetadata),
    /// It waits for an administrator, who sees all that was asked and what the ceiling makes of it.
    Waits(ClientMetadata, Vec<NarrowedScope>),
}

impl SelfRegistrationPolicy {
    /// What is needed and missing in what a user says of a client.
    pub fn missing(&self, members: &Map<String, Value>) -> Vec<FieldError> {
        let needed = if self.needs_pages { &["client_uri", "policy_uri", "contacts"][..] } else { &[] };
        let missing = needed.iter().filter(|name| members.get(**name).is_none_or(Value::is_null));
        let fault = |name: &&str| FieldError {
            pointer: format!("/{name}"),
            message: "needed on this server.".to_owned(),
            code: ErrorCode::InvalidClientMetadata,
        };
        missing.map(fault).collect()
    }

    /// What becomes of a registration that somebody wants who is no administrator. Scopes of our own APIs are nobody's to ask for; a backend service waits for an
    /// administrator wherever they did not say before what it may have.
    ///
    /// # Errors
    /// When a scope is one of our own APIs, or none of its scopes may be granted.
    pub fn judge(
        &self,
        asked: ClientMetadata,
        allowed_before: Option<&ScopeSet>,
    ) -> Result<PolicyVerdict, Vec<FieldError>> {
        if asked.scope.iter().any(|scope| matches!(scope, Scope::Extension(_))) {
            return Err(fault("scopes that begin with two underscores are given by administrators only."));
        }
        let ceiling = allowed_before.unwrap_or(&self.ceiling);
        let narrowed = RequestedScopes::all_registered(&asked.scope).narrow_to(ceiling, ceiling);
        let is_backend = asked.grant_types.contains(&GrantType::ClientCredentials);
        let waits = allowed_before.is_none() && (is_backend || self.mode == SelfRegistration::Approval);
        if waits {
            return Ok(PolicyVerdict::Waits(asked, narrowed.report));
        }
        let scope = narrowed.granted.set().clone();
        if scope.is_empty() {
            return Err(fault("none of these scopes is given to clients that register themselves."));
        }
        Ok(PolicyVerdict::AtOnce(ClientMetadata { scope, ..asked }, narrowed.report))
    }
}

fn fault(message: &str) -> Vec<FieldError> {
    let (pointer, message) = ("/scope".to_owned(), message.to_owned());
    vec![FieldError { pointer, message, code: ErrorCode::InvalidClientMetadata }]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policy(mode: SelfRegistration) -> SelfRegistrationPolicy {
        SelfRegistrationPolicy {
            mode,
            ceiling: ScopeSet::parse("launch/patient patient/*.rs"),
            needs_pages: false,
        }
    }

    fn app(scope: &str) -> ClientMetadata {
        let metadata = json!({
            "client_name": "App", "redirect_uris": ["https://app.example.org/cb"],
            "token_endpoint_auth_method": "none", "scope": scope,
        });
        ClientMetadata::check(metadata.as_object().unwrap()).unwrap()
    }

    fn backend(scope: &str) -> ClientMetadata {
        let mut metadata = app("patient/*.rs");
        metadata.grant_types = vec![GrantType::ClientCredentials];
        metadata.scope = ScopeSet::parse(scope);
        metadata
    }

    #[test]
    fn open_registration_gives_no_more_than_its_ceiling() {
        match policy(SelfRegistration::Open).judge(app("launch/patient patient/*.cruds user/*.rs"), None) {
            Ok(PolicyVerdict::AtOnce(metadata, report)) => {
                assert_eq!(metadata.scope.to_string(), "launch/patient patient/*.rs");
                assert_eq!(report.iter().filter(|decision| decision.is_less_than_asked()).count(), 2);
            }
            other => panic!("{other:?}"),
        }
        assert!(policy(SelfRegistration::Open).judge(app("user/*.rs"), None).is_err());
    }

    #[test]
    fn system_scopes_wait_for_an_administrator_even_where_registration_is_open() {
        for mode in [SelfRegistration::Open, SelfRegistration::Approval] {
            let judged = policy(mode).judge(backend("system/*.rs"), None).unwrap();
            assert!(matches!(judged, PolicyVerdict::Waits(..)), "{judged:?}");
        }
        let allowed = ScopeSet::parse("system/Patient.rs");
        match policy(SelfRegistration::Off).judge(backend("system/*.rs"), Some(&allowed)) {
            Ok(PolicyVerdict::AtOnce(metadata, _)) => {
                assert_eq!(metadata.scope.to_string(), "system/Patient.rs");
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn scopes_of_our_own_apis_are_never_given_to_who_registers_themselves() {
        for allowed in [None, Some(ScopeSet::parse("__registration system/*.rs"))] {
            let refused = policy(SelfRegistration::Open)
                .judge(backend("system/*.rs __registration"), allowed.as_ref())
                .unwrap_err();
            assert_eq!(refused[0].pointer, "/scope");
        }
    }

    #[test]
    fn with_approval_everything_waits_as_it_was_asked() {
        match policy(SelfRegistration::Approval).judge(app("patient/*.cruds"), None) {
            Ok(PolicyVerdict::Waits(metadata, _)) => {
                assert_eq!(metadata.scope.to_string(), "patient/*.cruds");
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_server_that_needs_pages_names_each_that_is_missing() {
        let members = json!({ "client_uri": "https://app.example.org", "policy_uri": null });
        let missing = |needs_pages| {
            let policy = SelfRegistrationPolicy { needs_pages, ..policy(SelfRegistration::Open) };
            let errors = policy.missing(members.as_object().unwrap());
            errors.into_iter().map(|error| error.pointer).collect::<Vec<_>>()
        };
        assert_eq!(missing(true), ["/policy_uri", "/contacts"]);
        assert!(missing(false).is_empty());
    }
}
