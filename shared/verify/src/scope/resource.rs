//! Scopes for FHIR resources: `patient/Observation.rs?category=laboratory`.

use std::fmt;
use std::str::FromStr;

use super::permissions::{Notation, Permissions};
use super::{NotAScope, resource_types};

/// Whose data: of the patient in context, all that the user may see, or all that a backend service may see. Levels never
/// mix.
///
/// ```
/// use smart_verify::scope::ScopeSet;
///
/// assert!(!ScopeSet::parse("user/*.cruds").contains(&ScopeSet::parse("patient/Patient.r")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// `patient/`: the patient in context.
    Patient,
    /// `user/`: whatever the signed-in user may see.
    User,
    /// `system/`: a backend service, without a user.
    System,
}

impl Level {
    const fn text(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::User => "user",
            Self::System => "system",
        }
    }
}

/// One type of resource, or every one there is now and will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResourceType {
    /// `*`.
    Any,
    /// A type that FHIR R4 or R5 knows.
    Named(&'static str),
}

impl ResourceType {
    /// The names of every type that a scope can name: those of FHIR R4 and R5, sorted.
    pub const fn names() -> &'static [&'static str] {
        resource_types::NAMES
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Any => "*",
            Self::Named(name) => name,
        }
    }

    fn and(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Any, one) | (one, Self::Any) => Some(one),
            (one, other) => (one == other).then_some(one),
        }
    }
}

/// Access to resources. It prints as it was read, byte for byte.
///
/// ```
/// use smart_verify::scope::{Level, ResourceScope, ResourceType};
///
/// let scope: ResourceScope = "patient/Observation.rs?category=http://example.org|laboratory".parse()?;
/// assert_eq!((scope.level(), scope.resource()), (Level::Patient, ResourceType::Named("Observation")));
/// assert!(scope.permissions().reads() && !scope.permissions().creates());
/// assert_eq!(scope.parameters(), Some("category=http://example.org|laboratory"));
/// # Ok::<(), smart_verify::scope::NotAScope>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceScope {
    level: Level,
    resource: ResourceType,
    permissions: Permissions,
    notation: Notation,
    parameters: Option<String>,
    text: String,
}

/// `level/Type.permissions`, then in v2 `?name=value` pairs. Values hold dots and slashes, so: the first `/`, then the
/// first `?`, then the last `.` before it.
///
/// Source: SMART App Launch 2.2, scopes-and-launch-context#finer-grained-resource-constraints-using-search-parameters.
impl FromStr for ResourceScope {
    type Err = NotAScope;

    fn from_str(text: &str) -> Result<Self, NotAScope> {
        let (level, rest) = text.split_once('/').ok_or(NotAScope::Unknown)?;
        let level = [Level::Patient, Level::User, Level::System]
            .into_iter()
            .find(|known| known.text() == level)
            .ok_or(NotAScope::Unknown)?;
        let (access, parameters) = match rest.split_once('?') {
            Some((access, parameters)) => (access, Some(parameters)),
            None => (rest, None),
        };
        let (name, permissions) = access.rsplit_once('.').ok_or(NotAScope::Unknown)?;
        let resource = match name {
            "*" => ResourceType::Any,
            name => ResourceType::Named(resource_types::known(name).ok_or(NotAScope::ResourceType)?),
        };
        let (permissions, notation) = Permissions::parse(permissions)?;
        if let Some(parameters) = parameters {
            check_parameters(parameters, notation)?;
        }
        let parameters = parameters.map(str::to_owned);
        Ok(Self { level, resource, permissions, notation, parameters, text: text.to_owned() })
    }
}

fn check_parameters(parameters: &str, notation: Notation) -> Result<(), NotAScope> {
    let readable = |pair: &str| {
        pair.split_once('=').is_some_and(|(name, value)| {
            // Modifiers, chains and `_filter` are experimental in SMART 2.2 and not offered.
            !name.is_empty() && !value.is_empty() && name != "_filter" && !name.contains([':', '.'])
        })
    };
    let all_readable = notation == Notation::V2 && parameters.split('&').all(readable);
    if all_readable { Ok(()) } else { Err(NotAScope::Parameters) }
}

impl fmt::Display for ResourceScope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl ResourceScope {
    /// Whose data.
    pub const fn level(&self) -> Level {
        self.level
    }

    /// Which type of resource.
    pub const fn resource(&self) -> ResourceType {
        self.resource
    }

    /// What may be done.
    pub const fn permissions(&self) -> Permissions {
        self.permissions
    }

    /// The search parameters that confine it, as written: `category=…|laboratory`.
    pub fn parameters(&self) -> Option<&str> {
        self.parameters.as_deref()
    }

    /// Whether everything that `other` allows is allowed by this one.
    ///
    /// ```
    /// use smart_verify::scope::ResourceScope;
    ///
    /// let wide: ResourceScope = "patient/Observation.rs".parse()?;
    /// assert!(wide.contains(&"patient/Observation.rs?category=laboratory".parse()?));
    /// # Ok::<(), smart_verify::scope::NotAScope>(())
    /// ```
    pub fn contains(&self, other: &Self) -> bool {
        self.reaches(other) && other.permissions.without(self.permissions).is_none()
    }

    /// Whether every resource that `other` is about is one that this scope is about, permissions aside.
    pub(super) fn reaches(&self, other: &Self) -> bool {
        let type_too = self.resource == ResourceType::Any || self.resource == other.resource;
        let searches_too =
            self.parameters.is_none() || same_parameters(self.parameters(), other.parameters());
        self.level == other.level && type_too && searches_too
    }

    /// Whether it can reach what is confined otherwise.
    pub(super) const fn is_wide(&self) -> bool {
        matches!(self.resource, ResourceType::Any) || self.parameters.is_none()
    }

    /// What confines it besides its permissions, the same for scopes that are confined alike.
    pub(super) fn confinement(&self) -> (Level, ResourceType, Vec<String>) {
        (self.level, self.resource, sorted(self.parameters()))
    }

    /// Whether two scopes differ in their permissions at most.
    pub(super) fn confines_alike(&self, other: &Self) -> bool {
        self.level == other.level
            && self.resource == other.resource
            && same_parameters(self.parameters(), other.parameters())
    }

    /// The same with other permissions.
    pub(super) fn with_permissions(&self, permissions: Permissions) -> Self {
        self.rewritten(self.resource, permissions, self.parameters())
    }

    /// What both allow, written in the notation of this one; nothing if they have nothing in common. Levels never
    /// mix, and different search parameters cannot be compared.
    pub fn and(&self, other: &Self) -> Option<Self> {
        if self.level != other.level {
            return None;
        }
        let parameters = match (self.parameters(), other.parameters()) {
            (mine, None) => mine,
            (None, theirs) => theirs,
            (mine, theirs) if same_parameters(mine, theirs) => mine,
            _ => return None,
        };
        let resource = self.resource.and(other.resource)?;
        let permissions = self.permissions.and(other.permissions)?;
        Some(self.rewritten(resource, permissions, parameters))
    }

    fn rewritten(&self, resource: ResourceType, permissions: Permissions, parameters: Option<&str>) -> Self {
        let notation = if parameters.is_some() { Notation::V2 } else { self.notation };
        let mut text = format!("{}/{}.{}", self.level.text(), resource.text(), permissions.written(notation));
        if let Some(parameters) = parameters {
            text.push('?');
            text.push_str(parameters);
        }
        Self {
            level: self.level,
            resource,
            permissions,
            notation,
            parameters: parameters.map(str::to_owned),
            text,
        }
    }
}

fn same_parameters(one: Option<&str>, other: Option<&str>) -> bool {
    one == other || sorted(one) == sorted(other)
}

fn sorted(parameters: Option<&str>) -> Vec<String> {
    let mut pairs: Vec<String> =
        parameters.into_iter().flat_map(|text| text.split('&')).map(str::to_owned).collect();
    pairs.sort_unstable();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(text: &str) -> ResourceScope {
        text.parse().unwrap()
    }

    #[test]
    fn sc_2_a_scope_is_a_level_a_type_letters_and_perhaps_a_search() {
        for level in ["patient", "user", "system"] {
            for (kind, letters) in [("*", "cruds"), ("Patient", "r"), ("Observation", "cd"), ("*", "s")] {
                for search in ["", "?a=1", "?a=1&b=http://x|y"] {
                    let text = format!("{level}/{kind}.{letters}{search}");
                    assert_eq!(scope(&text).to_string(), text);
                }
            }
        }
        for text in [
            "patient/*",
            "patient/.rs",
            "patient/*.",
            "patient.rs",
            "/*.rs",
            "other/*.rs",
            "Patient/*.rs",
            "patient//*.rs",
            "patient/patient.rs",
            "patient/*.rs?",
            "patient/Observation",
        ] {
            assert!(text.parse::<ResourceScope>().is_err(), "{text}");
        }
    }

    #[test]
    fn sc_9_scopes_compare_by_meaning() {
        assert!(scope("patient/*.rs").contains(&scope("patient/Observation.r")));
        assert!(scope("patient/*.rs").contains(&scope("patient/*.read")));
        assert!(scope("patient/Observation.rs").contains(&scope("patient/Observation.rs?category=a")));
        assert!(!scope("patient/Observation.rs?category=a").contains(&scope("patient/Observation.rs")));
        assert!(
            !scope("patient/Observation.rs?category=a").contains(&scope("patient/Observation.rs?category=b"))
        );
        assert!(!scope("patient/Observation.rs").contains(&scope("patient/*.rs")));
    }

    #[test]
    fn sc_10_levels_never_mix() {
        assert_eq!(scope("user/*.cruds").and(&scope("patient/*.cruds")), None);
        assert_eq!(scope("system/*.cruds").and(&scope("user/*.cruds")), None);
    }

    #[test]
    fn sc_9_an_asked_star_is_reduced_to_the_allowed_type() {
        let both = scope("system/*.rs").and(&scope("system/Observation.rs")).unwrap();
        assert_eq!(both.to_string(), "system/Observation.rs");
    }

    #[test]
    fn a_reduced_v1_scope_stays_v1_where_a_v1_word_fits() {
        assert_eq!(scope("patient/*.*").and(&scope("patient/*.rs")).unwrap().to_string(), "patient/*.read");
        assert_eq!(scope("patient/*.read").and(&scope("patient/*.r")).unwrap().to_string(), "patient/*.r");
    }

    #[test]
    fn sc_5_parameters_behind_a_v1_scope_are_refused() {
        assert_eq!(
            "patient/Observation.read?category=a".parse::<ResourceScope>(),
            Err(NotAScope::Parameters)
        );
    }

    #[test]
    fn sc_8_modifiers_chains_and_filters_are_refused() {
        for parameters in ["code:in=x", "patient.name=x", "_filter=x", "category", "=x", "a=1&", ""] {
            let text = format!("patient/Observation.rs?{parameters}");
            assert_eq!(text.parse::<ResourceScope>(), Err(NotAScope::Parameters), "{text}");
        }
    }
}
