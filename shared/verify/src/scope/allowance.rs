//! Whether a FHIR request is allowed by a set of scopes.

use super::{FhirRequest, Interaction, Level, Permissions, ResourceScope, ResourceType, ScopeSet};

impl Interaction {
    /// Whether letters of a scope allow it.
    ///
    /// Source: SMART App Launch 2.2, scopes-and-launch-context (what each letter allows).
    const fn allowed_by(self, permissions: Permissions) -> bool {
        match self {
            Self::Read | Self::VRead | Self::History => permissions.reads(),
            Self::Search | Self::HistoryOfMany => permissions.searches(),
            Self::Create => permissions.creates(),
            Self::Update | Self::Patch => permissions.updates(),
            Self::Delete => permissions.deletes(),
        }
    }
}

/// The answer for one level of access. `Level` says whose records it is about: of the patient in context, of whomever
/// the user may see, of all; the server must keep to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowance {
    /// No scope allows it.
    No,
    /// Allowed as asked: the server adds no filter.
    Yes,
    /// Allowed only for resources that match one of these searches, such as `category=…|laboratory`: the filter that
    /// the server must apply besides what the request asks.
    OnlyMatching(Vec<String>),
}

impl ScopeSet {
    /// What these scopes say about a request at one level of access. `patient` is the patient in context, without whom
    /// a `patient/` scope opens nothing.
    ///
    /// Each letter allows its own interactions:
    /// ```
    /// use smart_verify::scope::{Allowance, FhirRequest, Interaction, Level, ScopeSet};
    ///
    /// let scopes = ScopeSet::parse("user/Observation.rs");
    /// let allows = |interaction| scopes.allows(Level::User, &FhirRequest::new(interaction, "Observation"), None);
    /// assert_eq!(allows(Interaction::VRead), Allowance::Yes);
    /// assert_eq!(allows(Interaction::Delete), Allowance::No);
    /// ```
    ///
    /// A `patient/` scope opens the record of the patient in context, and a request that names another is refused:
    /// ```
    /// # use smart_verify::scope::{Allowance, FhirRequest, Level, ScopeSet};
    /// let scopes = ScopeSet::parse("patient/*.rs");
    /// let request = FhirRequest::parse("GET", "Observation?patient=123").unwrap();
    /// assert_eq!(scopes.allows(Level::Patient, &request, Some("123")), Allowance::Yes);
    /// assert_eq!(scopes.allows(Level::Patient, &request, Some("456")), Allowance::No);
    /// assert_eq!(scopes.allows(Level::Patient, &request, None), Allowance::No);
    /// ```
    ///
    /// A granular scope adds a filter, unless the search is confined in the same way already:
    /// ```
    /// # use smart_verify::scope::{Allowance, FhirRequest, Level, ScopeSet};
    /// let scopes = ScopeSet::parse("user/Observation.rs?category=laboratory");
    /// let all = FhirRequest::parse("GET", "Observation").unwrap();
    /// let only = Allowance::OnlyMatching(vec!["category=laboratory".to_owned()]);
    /// assert_eq!(scopes.allows(Level::User, &all, None), only);
    /// let confined = FhirRequest::parse("GET", "Observation?category=laboratory&date=2026").unwrap();
    /// assert_eq!(scopes.allows(Level::User, &confined, None), Allowance::Yes);
    /// ```
    ///
    /// What reaches over all types takes a scope for all types:
    /// ```
    /// # use smart_verify::scope::{Allowance, FhirRequest, Level, ScopeSet};
    /// let everything = FhirRequest::parse("GET", "_history").unwrap();
    /// assert_eq!(ScopeSet::parse("system/*.rs").allows(Level::System, &everything, None), Allowance::Yes);
    /// assert_eq!(ScopeSet::parse("system/Patient.rs").allows(Level::System, &everything, None), Allowance::No);
    /// ```
    ///
    /// The entries of a batch are asked for one by one, each read by [`FhirRequest::parse`].
    pub fn allows(&self, level: Level, request: &FhirRequest, patient: Option<&str>) -> Allowance {
        if level == Level::Patient && !is_about(request, patient) {
            return Allowance::No;
        }
        let mut searches = Vec::new();
        for scope in self.resources().filter(|scope| scope.level() == level && speaks_of(scope, request)) {
            match scope.parameters() {
                None => return Allowance::Yes,
                Some(parameters) if is_confined(request, parameters) => return Allowance::Yes,
                Some(parameters) => searches.push(parameters.to_owned()),
            }
        }
        if searches.is_empty() { Allowance::No } else { Allowance::OnlyMatching(searches) }
    }
}

/// Whether a patient is in context, and the request names no other.
fn is_about(request: &FhirRequest, patient: Option<&str>) -> bool {
    patient.is_some_and(|patient| request.patient.as_deref().is_none_or(|named| named == patient))
}

fn speaks_of(scope: &ResourceScope, request: &FhirRequest) -> bool {
    let of_the_type = match scope.resource() {
        ResourceType::Any => true,
        ResourceType::Named(name) => request.resource_type.as_deref() == Some(name),
    };
    of_the_type && request.interaction.allowed_by(scope.permissions())
}

/// Whether a search asks for no more than a granular scope opens: it has every parameter of the scope. Parameters of a
/// search all apply, so that others beside them only take away.
///
/// Source: FHIR R4, search#combining.
fn is_confined(request: &FhirRequest, parameters: &str) -> bool {
    let has = |pair: &str| {
        request
            .parameters
            .iter()
            .any(|(name, value)| pair.split_once('=') == Some((name.as_str(), value.as_str())))
    };
    request.interaction == Interaction::Search && parameters.split('&').all(has)
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
            ("s", vec![Interaction::Search, Interaction::HistoryOfMany]),
        ];
        let of = |interaction, kind| FhirRequest::new(interaction, kind);
        for (letter, allowed) in &rules {
            let scopes = ScopeSet::parse(&format!("user/Observation.{letter}"));
            for interaction in rules.iter().flat_map(|(_, interactions)| interactions) {
                let expected = if allowed.contains(interaction) { Allowance::Yes } else { Allowance::No };
                assert_eq!(scopes.allows(Level::User, &of(*interaction, "Observation"), None), expected);
                assert_eq!(scopes.allows(Level::User, &of(*interaction, "Condition"), None), Allowance::No);
                let patient = scopes.allows(Level::Patient, &of(*interaction, "Observation"), Some("1"));
                assert_eq!(patient, Allowance::No, "sc_10: levels never mix");
            }
        }
    }

    #[test]
    fn a_granular_scope_allows_what_matches_and_a_plain_one_beside_it_all() {
        let read = FhirRequest::new(Interaction::Read, "Observation");
        let granular = ScopeSet::parse("user/Observation.rs?category=a user/Observation.rs?category=b");
        let both = Allowance::OnlyMatching(vec!["category=a".to_owned(), "category=b".to_owned()]);
        assert_eq!(granular.allows(Level::User, &read, None), both);
        let plain = ScopeSet::parse("user/Observation.rs?category=a user/*.rs");
        assert_eq!(plain.allows(Level::User, &read, None), Allowance::Yes);
    }

    #[test]
    fn sc_7_a_search_needs_no_filter_only_if_it_has_every_parameter_of_the_scope() {
        let scopes = ScopeSet::parse("user/Observation.rs?category=http://x|a&status=final");
        for (query, confined) in [
            ("category=http%3A%2F%2Fx%7Ca&status=final", true),
            ("status=final&code=1&category=http://x|a", true),
            ("category=http://x|a", false),
            ("category=http://x|a,http://x|b&status=final", false),
            ("category:not=http://x|a&status=final", false),
            ("", false),
        ] {
            let request = FhirRequest::parse("GET", &format!("Observation?{query}")).unwrap();
            assert_eq!(scopes.allows(Level::User, &request, None) == Allowance::Yes, confined, "{query}");
        }
        // Parameters of an update say which resource is meant, not what it is like.
        let scopes = ScopeSet::parse("user/Observation.u?status=final");
        let update = FhirRequest::parse("PUT", "Observation?status=final").unwrap();
        assert_ne!(scopes.allows(Level::User, &update, None), Allowance::Yes);
    }

    #[test]
    fn sc_6_entries_of_a_batch_are_judged_one_by_one() {
        let scopes = ScopeSet::parse("patient/Observation.rs patient/Condition.c");
        let entries = [
            ("GET", "Observation/1"),
            ("POST", "Condition"),
            ("DELETE", "Observation/1"),
            ("GET", "Patient/9"),
        ];
        let served = entries.map(|(method, url)| {
            let request = FhirRequest::parse(method, url).unwrap();
            scopes.allows(Level::Patient, &request, Some("7")) == Allowance::Yes
        });
        assert_eq!(served, [true, true, false, false]);
    }
}
