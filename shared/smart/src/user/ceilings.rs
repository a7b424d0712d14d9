//! Ceilings: the most that a token can say, by who it acts for.

use std::sync::LazyLock;

use smart_verify::scope::ScopeSet;

use super::Role;

/// The most that a token of a person can say, by their role. Which records those words reach is for the FHIR server to
/// decide, by the user whom `fhirUser` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceilings {
    /// For patients.
    pub patient: ScopeSet,
    /// For clinicians.
    pub clinician: ScopeSet,
}

/// The words that both roles have unless a setting says otherwise: what differs is whose records they reach.
const USUAL: &str = "launch launch/patient launch/encounter openid fhirUser offline_access online_access \
    patient/*.cruds user/*.cruds";

impl Default for Ceilings {
    fn default() -> Self {
        Self { patient: ScopeSet::parse(USUAL), clinician: ScopeSet::parse(USUAL) }
    }
}

/// The ceiling of a system account where a person must sign in: nothing.
static NOTHING: LazyLock<ScopeSet> = LazyLock::new(ScopeSet::default);

impl Ceilings {
    /// The ceiling of a role.
    pub fn of(&self, role: Role) -> &ScopeSet {
        match role {
            Role::Patient => &self.patient,
            Role::Clinician => &self.clinician,
            Role::System => &NOTHING,
        }
    }

    /// What users of both roles may have together: no sign-in gives more.
    pub fn of_anybody(&self) -> ScopeSet {
        self.patient.union(&self.clinician)
    }
}

/// The most that a backend service's token can say.
pub fn backend_ceiling() -> ScopeSet {
    ScopeSet::parse("system/*.cruds __registration __launch __introspect")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::narrowing::RequestedScopes;

    #[test]
    fn a_role_has_its_own_ceiling_and_no_ceiling_reaches_a_backends() {
        let ceilings = Ceilings { patient: ScopeSet::parse("patient/*.rs"), ..Ceilings::default() };
        let all = ScopeSet::parse("patient/*.cruds user/*.cruds");
        let had = |role| {
            RequestedScopes::all_registered(&all).narrow_to(&all, ceilings.of(role)).granted.to_string()
        };
        assert_eq!(had(Role::Patient), "patient/*.rs");
        assert_eq!(had(Role::Clinician), all.to_string());
        assert_eq!(had(Role::System), "");
        assert!(ceilings.of_anybody().contains(ceilings.of(Role::Clinician)));
        assert!(ceilings.of_anybody().intersect(&backend_ceiling()).is_empty());
    }
}
