//! Scopes that ask for launch context: `launch`, `launch/patient`, `launch/encounter` and others.

use std::fmt;

/// A wish for launch context.
///
/// ```
/// use smart_verify::scope::{LaunchScope, Scope};
///
/// assert_eq!("launch/patient".parse(), Ok(Scope::Launch(LaunchScope::Patient)));
/// let with_role = "launch/imagingstudy?role=https://example.org/role";
/// assert_eq!(with_role.parse(), Ok(Scope::Launch(LaunchScope::Other(with_role.to_owned()))));
/// assert!("launch/ImagingStudy".parse::<Scope>().is_err());
/// ```
///
/// Source: SMART App Launch 2.2, scopes-and-launch-context#scopes-for-requesting-context-data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LaunchScope {
    /// `launch`: whatever the EHR has open.
    Ehr,
    /// `launch/patient`: a patient must be chosen.
    Patient,
    /// `launch/encounter`: an encounter must be chosen.
    Encounter,
    /// Any other `launch/type`, the type in lower case, with at most one `?role=`, an absolute URI.
    Other(String),
}

impl LaunchScope {
    pub(super) fn named(text: &str) -> Option<Self> {
        match text {
            "launch" => Some(Self::Ehr),
            "launch/patient" => Some(Self::Patient),
            "launch/encounter" => Some(Self::Encounter),
            other => {
                let (name, role) = match other.strip_prefix("launch/")?.split_once('?') {
                    Some((name, role)) => (name, Some(role.strip_prefix("role=")?)),
                    None => (other.strip_prefix("launch/")?, None),
                };
                let lower = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
                let one_role = role.is_none_or(|role| role.contains(':') && !role.contains('&'));
                (lower && one_role).then(|| Self::Other(other.to_owned()))
            }
        }
    }
}

impl fmt::Display for LaunchScope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Ehr => "launch",
            Self::Patient => "launch/patient",
            Self::Encounter => "launch/encounter",
            Self::Other(text) => text,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lc_9_other_context_is_named_in_lower_case() {
        assert_eq!(
            LaunchScope::named("launch/imagingstudy"),
            Some(LaunchScope::Other("launch/imagingstudy".into()))
        );
        assert_eq!(LaunchScope::named("launch/ImagingStudy"), None);
        let with_role = "launch/imagingstudy?role=https://example.org/role";
        assert_eq!(LaunchScope::named(with_role), Some(LaunchScope::Other(with_role.into())));
        for refused in [
            "launch/imagingstudy?role=",
            "launch/imagingstudy?rule=a:b",
            "launch/x?role=a:b&role=c:d",
            "launch/?role=a:b",
        ] {
            assert_eq!(LaunchScope::named(refused), None, "{refused}");
        }
        assert_eq!(LaunchScope::named("launch/"), None);
        assert_eq!(LaunchScope::named("launches"), None);
    }
}
