//! Whether a FHIR request would be served under a set of scopes.

use super::{Level, Permissions, ResourceScope, ResourceType, ScopeSet};

/// What a FHIR request does.
///
/// Source: FHIR R4, http#summary; SMART App Launch 2.2, scopes-and-launch-context (what each letter allows).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interaction {
    /// Read by id.
    Read,
    /// Read one version.
    VRead,
    /// The history of one resource.
    History,
    /// Search a type.
    Search,
    /// Create.
    Create,
    /// Replace, or create under a chosen id.
    Update,
    /// Change a part.
    Patch,
    /// Delete.
    Delete,
}

impl Interaction {
    const fn allowed_by(self, permissions: Permissions) -> bool {
        match self {
            Self::Read | Self::VRead | Self::History => permissions.reads(),
            Self::Search => permissions.searches(),
            Self::Create => permissions.creates(),
            Self::Update | Self::Patch => permissions.updates(),
            Self::Delete => permissions.deletes(),
        }
    }
}

/// The answer for one level of access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// No scope allows it.
    No,
    /// Allowed for every resource of the type.
    Yes,
    /// Allowed only for resources that match one of these searches, such as `category=…|laboratory`.
    OnlyMatching(Vec<String>),
}

impl ScopeSet {
    /// What these scopes say about an interaction with one type of resource at one level of access.
    pub fn allows(&self, level: Level, interaction: Interaction, resource_type: &str) -> Allowed {
        let covers = |scope: &&ResourceScope| {
            let named = match scope.resource() {
                ResourceType::Any => true,
                ResourceType::Named(name) => name == resource_type,
            };
            scope.level() == level && named && interaction.allowed_by(scope.permissions())
        };
        let mut searches = Vec::new();
        for scope in self.resources().filter(covers) {
            match scope.parameters() {
                None => return Allowed::Yes,
                Some(parameters) => searches.push(parameters.to_owned()),
            }
        }
        if searches.is_empty() { Allowed::No } else { Allowed::OnlyMatching(searches) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sc_6_each_letter_allows_its_own_interactions() {
        let rules = [
            ("c", vec![Interaction::Create]),
            ("r", vec![Interaction::Read, Interaction::VRead, Interaction::History]),
            ("u", vec![Interaction::Update, Interaction::Patch]),
            ("d", vec![Interaction::Delete]),
            ("s", vec![Interaction::Search]),
        ];
        for (letter, allowed) in &rules {
            let scopes = ScopeSet::parse(&format!("patient/Observation.{letter}"));
            for interaction in rules.iter().flat_map(|(_, interactions)| interactions) {
                let expected = if allowed.contains(interaction) { Allowed::Yes } else { Allowed::No };
                assert_eq!(scopes.allows(Level::Patient, *interaction, "Observation"), expected);
                assert_eq!(scopes.allows(Level::User, *interaction, "Observation"), Allowed::No);
                assert_eq!(scopes.allows(Level::Patient, *interaction, "Condition"), Allowed::No);
            }
        }
    }

    #[test]
    fn a_granular_scope_allows_what_matches_and_a_plain_one_beside_it_all() {
        let granular = ScopeSet::parse("patient/Observation.rs?category=a patient/Observation.rs?category=b");
        let both = Allowed::OnlyMatching(vec!["category=a".to_owned(), "category=b".to_owned()]);
        assert_eq!(granular.allows(Level::Patient, Interaction::Read, "Observation"), both);
        let plain = ScopeSet::parse("patient/Observation.rs?category=a patient/*.rs");
        assert_eq!(plain.allows(Level::Patient, Interaction::Read, "Observation"), Allowed::Yes);
    }
}
