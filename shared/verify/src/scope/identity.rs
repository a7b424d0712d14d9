//! Scopes about the person: who they are, and how long access lasts.

/// Who the user is.
///
/// ```
/// use smart_verify::scope::{IdentityScope, Scope};
///
/// assert_eq!("fhirUser".parse(), Ok(Scope::Identity(IdentityScope::FhirUser)));
/// assert!("fhiruser".parse::<Scope>().is_err());
/// ```
///
/// Source: SMART App Launch 2.2, scopes-and-launch-context#scopes-for-requesting-identity-data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdentityScope {
    /// `openid`: an id_token comes with the access token.
    OpenId,
    /// `fhirUser`: the id_token names the user's FHIR resource.
    FhirUser,
}

impl IdentityScope {
    pub(super) fn named(text: &str) -> Option<Self> {
        [Self::OpenId, Self::FhirUser].into_iter().find(|scope| scope.text() == text)
    }

    /// The scope as it is written.
    pub const fn text(self) -> &'static str {
        match self {
            Self::OpenId => "openid",
            Self::FhirUser => "fhirUser",
        }
    }
}

/// Access that outlives the access token: the only way to a refresh token.
///
/// ```
/// use smart_verify::scope::{LastingScope, Scope};
///
/// assert_eq!("offline_access".parse(), Ok(Scope::Lasting(LastingScope::Offline)));
/// ```
///
/// Source: SMART App Launch 2.2, scopes-and-launch-context#scopes-for-requesting-a-refresh-token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LastingScope {
    /// `offline_access`: also when the user is away.
    Offline,
    /// `online_access`: while the user is signed in.
    Online,
}

impl LastingScope {
    pub(super) fn named(text: &str) -> Option<Self> {
        [Self::Offline, Self::Online].into_iter().find(|scope| scope.text() == text)
    }

    /// The scope as it is written.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Offline => "offline_access",
            Self::Online => "online_access",
        }
    }
}
