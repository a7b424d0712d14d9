//! SMART scopes: what they say, whether one is inside another, and what they allow.
//!
//! Source: SMART App Launch 2.2, scopes-and-launch-context.

mod algebra;
mod allowance;
mod context;
mod extension;
mod fhir_request;
mod identity;
mod permissions;
mod resource;
mod resource_types;
mod set;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use allowance::Allowance;
pub use context::LaunchScope;
pub use extension::ExtensionScope;
pub use fhir_request::{FhirRequest, Interaction};
pub use identity::{IdentityScope, LastingScope};
pub use permissions::Permissions;
pub use resource::{Level, ResourceScope, ResourceType};
pub use set::{ScopeSet, Unread};

/// One scope: a sentence about what a token allows. It prints as it was read.
///
/// ```
/// use smart_verify::scope::{NotAScope, Scope};
///
/// for text in ["patient/*.read", "patient/Observation.rs?category=laboratory", "launch", "openid", "__launch"] {
///     assert_eq!(text.parse::<Scope>()?.to_string(), text);
/// }
/// assert_eq!("profile".parse::<Scope>(), Err(NotAScope::NotOffered));
/// # Ok::<(), NotAScope>(())
/// ```
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
    /// Any of these, written as a URI, which is how it is given back.
    AsUri(Box<Scope>),
}

/// What stands before a SMART scope that is written as a URI.
///
/// Source: SMART App Launch 2.2, scopes-and-launch-context#extensions-to-scopes (URI forms).
const SMART_URI: &str = "http://smarthealthit.org/fhir/scopes/";

/// What stands before a scope of OpenID Connect that is written as a URI.
const OPENID_URI: &str = "http://openid.net/specs/openid-connect-core-1_0#";

impl Scope {
    /// The scope without its URI form, if it has one: what it allows, however it is written.
    ///
    /// ```
    /// use smart_verify::scope::Scope;
    ///
    /// let uri: Scope = "http://smarthealthit.org/fhir/scopes/launch/patient".parse()?;
    /// assert_eq!(uri.meaning(), &"launch/patient".parse()?);
    /// # Ok::<(), smart_verify::scope::NotAScope>(())
    /// ```
    pub fn meaning(&self) -> &Self {
        match self {
            Self::AsUri(scope) => scope,
            scope => scope,
        }
    }

    /// Whether a person may withhold this scope and allow the rest. Context and identity are no choice: the app has been
    /// told who is here and whose record is open by the time it gets anything.
    pub fn is_a_choice(&self) -> bool {
        matches!(self.meaning(), Self::Resource(_) | Self::Lasting(_) | Self::Extension(_))
    }

    /// Whether it is for services that act for themselves: `system/` and our own APIs.
    pub fn is_of_a_backend(&self) -> bool {
        match self.meaning() {
            Self::Resource(resource) => resource.level() == Level::System,
            Self::Extension(_) => true,
            _ => false,
        }
    }

    /// Whether OpenID Connect defines it, so that its URI form is another.
    const fn is_of_openid(&self) -> bool {
        matches!(self, Self::Identity(IdentityScope::OpenId) | Self::Lasting(LastingScope::Offline))
    }
}

/// Scopes that others know and that say nothing here: an id_token holds no name or address.
const NOT_OFFERED: [&str; 4] = ["profile", "email", "address", "phone"];

/// Why a word is not a scope of this service.
///
/// ```
/// use smart_verify::scope::{NotAScope, Scope};
///
/// let reason = |text: &str| text.parse::<Scope>().unwrap_err();
/// assert_eq!(reason("patient/Foo.rs"), NotAScope::ResourceType);
/// assert_eq!(reason("patient/Patient.sr"), NotAScope::Permissions);
/// assert_eq!(reason("patient/Patient.read?a=b"), NotAScope::Parameters);
/// assert_eq!(reason("Patient.read"), NotAScope::Unknown);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotAScope {
    /// No form of scope looks like this.
    #[error("not a form of scope that is known here")]
    Unknown,
    /// A scope that others know and that is not offered here, such as `profile`.
    #[error("not offered here")]
    NotOffered,
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
        for (prefix, of_openid) in [(SMART_URI, false), (OPENID_URI, true)] {
            if let Some(rest) = text.strip_prefix(prefix) {
                let scope = rest.parse::<Self>()?;
                let fits = scope.is_of_openid() == of_openid
                    && !matches!(scope, Self::AsUri(_) | Self::Extension(_));
                return if fits { Ok(Self::AsUri(Box::new(scope))) } else { Err(NotAScope::Unknown) };
            }
        }
        if NOT_OFFERED.contains(&text) {
            return Err(NotAScope::NotOffered);
        }
        if let Some(identity) = IdentityScope::named(text) {
            return Ok(Self::Identity(identity));
        }
        if let Some(lasting) = LastingScope::named(text) {
            return Ok(Self::Lasting(lasting));
        }
        if let Some(launch) = LaunchScope::named(text) {
            return Ok(Self::Launch(launch));
        }
        if let Some(extension) = ExtensionScope::named(text) {
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
            Self::AsUri(scope) => {
                out.write_str(if scope.is_of_openid() { OPENID_URI } else { SMART_URI })?;
                scope.fmt(out)
            }
        }
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
        let reasons: Vec<_> = set.unknown().iter().map(|unread| (unread.at, unread.reason)).collect();
        let expected =
            [(0, NotAScope::NotOffered), (8, NotAScope::ResourceType), (23, NotAScope::Permissions)];
        assert_eq!(reasons, expected);
        assert_eq!(set.to_string(), "patient/Patient.r");
    }

    #[test]
    fn sc_16_uri_forms_mean_the_same_and_come_back_as_they_were() {
        let text = "http://smarthealthit.org/fhir/scopes/patient/*.read http://openid.net/specs/openid-connect-core-1_0#openid \
            http://smarthealthit.org/fhir/scopes/fhirUser http://openid.net/specs/openid-connect-core-1_0#offline_access";
        let set = ScopeSet::parse(text);
        assert_eq!(set.to_string(), text);
        assert!(set.means_the_same_as(&ScopeSet::parse("patient/*.rs openid fhirUser offline_access")));
        for junk in [
            "http://smarthealthit.org/fhir/scopes/openid",
            "http://smarthealthit.org/fhir/scopes/__launch",
            "http://openid.net/specs/openid-connect-core-1_0#patient/*.rs",
            "http://smarthealthit.org/fhir/scopes/",
            "http://smarthealthit.org/fhir/scopes/http://smarthealthit.org/fhir/scopes/patient/*.rs",
        ] {
            assert!(junk.parse::<Scope>().is_err(), "{junk}");
        }
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
