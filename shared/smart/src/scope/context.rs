//! Scopes that ask for launch context: `launch`, `launch/patient`, `launch/encounter` and others.

use std::fmt;

/// A wish for launch context.
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
    /// Any other `launch/type`, the type in lower case.
    Other(String),
}

impl LaunchScope {
    pub(super) fn named(text: &str) -> Option<Self> {
        match text {
            "launch" => Some(Self::Ehr),
            "launch/patient" => Some(Self::Patient),
            "launch/encounter" => Some(Self::Encounter),
            other => {
                let name = other.strip_prefix("launch/")?;
                let lower = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
                lower.then(|| Self::Other(other.to_owned()))
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
        assert_eq!(LaunchScope::named("launch/"), None);
        assert_eq!(LaunchScope::named("launches"), None);
    }
}
