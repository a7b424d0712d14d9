//! SMART scopes: what they say, whether one is inside another, and what an app gets of what it asked.
//!
//! Source: SMART App Launch 2.2, scopes-and-launch-context.

mod context;
mod identity;
mod narrowing;
mod permissions;
mod resource;
mod resource_types;
mod served;

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use context::LaunchScope;
pub use identity::{IdentityScope, LastingScope};
pub use narrowing::{Decision, Dropped, GrantedScopes, Narrowed, Outcome, RequestedScopes};
pub use permissions::Permissions;
pub use resource::{Level, ResourceScope, ResourceType};
pub use served::{Allowed, Interaction};

/// What this service adds to the scopes of SMART: the right to one of its own APIs. Names begin with two underscores.
///
/// Source: SMART App Launch 2.2, scopes-and-launch-context#scopes-for-requesting-context-data (extension names).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExtensionScope {
    /// `__registration`: manage clients and users.
    Registration,
    /// `__launch`: create launch contexts.
    Launch,
    /// `__introspect`: ask about any token.
    Introspect,
}

impl ExtensionScope {
    const ALL: [Self; 3] = [Self::Registration, Self::Launch, Self::Introspect];

    /// The scope as it is written.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Registration => "__registration",
            Self::Launch => "__launch",
            Self::Introspect => "__introspect",
        }
    }
}

/// One scope: a sentence about what a token allows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Access to FHIR resources, such as `patient/Observation.rs`.
    Resource(ResourceScope),
    /// A wish for launch context, such as `launch/patient`.
    Launch(LaunchScope),
    /// Who the user is: `openid`, `fhirUser`.
    Identity(IdentityScope),
    /// Access that outlives the access token: `offline_access`, `online_access`.
    Lasting(LastingScope),
    /// One of this service's own APIs.
    Extension(ExtensionScope),
}

/// Why a word is not a scope of this service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAScope {
    /// No form of scope looks like this.
    #[error("not a form of scope that is known here")]
    Unknown,
    /// A resource type that FHIR R4 and R5 do not have.
    #[error("not a FHIR resource type")]
    ResourceType,
    /// Permissions that are neither `read`, `write`, `*` nor letters of `cruds` in that order.
    #[error("the permissions are not read, write, * or letters of cruds in that order")]
    Permissions,
    /// Search parameters that cannot be read, or that stand behind a SMART v1 scope.
    #[error("the search parameters cannot be read")]
    Parameters,
}

impl FromStr for Scope {
    type Err = NotAScope;

    fn from_str(text: &str) -> Result<Self, NotAScope> {
        if let Some(identity) = IdentityScope::named(text) {
            return Ok(Self::Identity(identity));
        }
        if let Some(lasting) = LastingScope::named(text) {
            return Ok(Self::Lasting(lasting));
        }
        if let Some(launch) = LaunchScope::named(text) {
            return Ok(Self::Launch(launch));
        }
        if let Some(extension) = ExtensionScope::ALL.into_iter().find(|one| one.text() == text) {
            return Ok(Self::Extension(extension));
        }
        text.parse().map(Self::Resource)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resource(scope) => scope.fmt(out),
            Self::Launch(scope) => scope.fmt(out),
            Self::Identity(scope) => out.write_str(scope.text()),
            Self::Lasting(scope) => out.write_str(scope.text()),
            Self::Extension(scope) => out.write_str(scope.text()),
        }
    }
}

/// Several scopes in the order they were written, each once. What is not a scope is kept apart, never forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeSet {
    scopes: Vec<Scope>,
    unknown: Vec<(String, NotAScope)>,
}

impl ScopeSet {
    /// Reads space-separated scopes; a word twice counts once.
    ///
    /// Source: RFC 6749 §3.3.
    pub fn parse(text: &str) -> Self {
        let mut seen = HashSet::new();
        let mut set = Self::default();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            if !seen.insert(word) {
                continue;
            }
            match word.parse() {
                Ok(scope) => set.scopes.push(scope),
                Err(reason) => set.unknown.push((word.to_owned(), reason)),
            }
        }
        set
    }

    /// The scopes in the order they were written.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.scopes.iter()
    }

    /// The resource scopes among them.
    pub fn resources(&self) -> impl Iterator<Item = &ResourceScope> {
        self.scopes.iter().filter_map(|scope| match scope {
            Scope::Resource(resource) => Some(resource),
            _ => None,
        })
    }

    /// The words that are no scopes, with the reason.
    pub fn unknown(&self) -> &[(String, NotAScope)] {
        &self.unknown
    }

    /// Whether not one scope is in it.
    pub fn is_empty(&self) -> bool {
        self.scopes.is_empty()
    }

    /// Whether this very scope is in it.
    pub fn has(&self, scope: &Scope) -> bool {
        self.scopes.contains(scope)
    }

    /// Whether `openid` is in it, so that an id_token belongs into the answer.
    pub fn wants_id_token(&self) -> bool {
        self.has(&Scope::Identity(IdentityScope::OpenId))
    }

    /// Whether the person's FHIR resource may be named.
    pub fn wants_fhir_user(&self) -> bool {
        self.has(&Scope::Identity(IdentityScope::FhirUser))
    }

    /// Whether a patient must be in context: asked for by name, or needed by a `patient/` scope.
    ///
    /// Source: SMART App Launch 2.2, scopes-and-launch-context (a patient scope obliges a patient in context).
    pub fn needs_patient(&self) -> bool {
        self.has(&Scope::Launch(LaunchScope::Patient))
            || self.resources().any(|resource| resource.level() == Level::Patient)
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut seen = HashSet::new();
        let scopes = scopes.into_iter().filter(|scope| seen.insert(scope.to_string())).collect();
        Self { scopes, unknown: Vec::new() }
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, scope) in self.scopes.iter().enumerate() {
            if place > 0 {
                out.write_str(" ")?;
            }
            scope.fmt(out)?;
        }
        Ok(())
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self::parse(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sc_7_a_granular_scope_comes_back_byte_for_byte() {
        let text = "launch/patient patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
        assert_eq!(ScopeSet::parse(text).to_string(), text);
    }

    #[test]
    fn sc_13_what_is_no_scope_is_kept_apart_with_the_reason() {
        let set = ScopeSet::parse("profile patient/Foo.rs patient/Patient.sr patient/Patient.r");
        let reasons: Vec<_> = set.unknown().iter().map(|(_, reason)| *reason).collect();
        assert_eq!(reasons, [NotAScope::Unknown, NotAScope::ResourceType, NotAScope::Permissions]);
        assert_eq!(set.to_string(), "patient/Patient.r");
    }

    #[test]
    fn sc_1_a_word_twice_counts_once() {
        assert_eq!(ScopeSet::parse("openid  openid fhirUser").to_string(), "openid fhirUser");
    }

    #[test]
    fn lc_5_a_patient_scope_obliges_a_patient_in_context() {
        assert!(ScopeSet::parse("patient/*.rs").needs_patient());
        assert!(ScopeSet::parse("launch/patient").needs_patient());
        assert!(!ScopeSet::parse("user/*.rs openid").needs_patient());
    }
}
