//! Who may do what: the access that a token gives, and the decision about one request.
//!
//! Source: SMART App Launch 2.2, scopes-and-launch-context (a scope never gives more than the user has).

use crate::access_token::AccessToken;
use crate::scope::{Allowance, FhirRequest, Level, ScopeSet};

/// Who may do what, once a token is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The user, or the client itself.
    pub subject: String,
    /// The client that acts.
    pub client_id: String,
    /// The patient in context, a bare id.
    pub patient: Option<String>,
    /// The encounter in context, a bare id.
    pub encounter: Option<String>,
    /// The user's FHIR resource, an absolute URL.
    pub fhir_user: Option<String>,
    /// What is allowed.
    pub scopes: ScopeSet,
    /// Whether the token comes from no grant: it is a backend service's, or one that the authorization server made for itself.
    pub is_of_a_backend: bool,
}

impl From<AccessToken> for Access {
    fn from(token: AccessToken) -> Self {
        Self {
            subject: token.subject,
            client_id: token.client_id,
            patient: token.patient,
            encounter: token.encounter,
            fhir_user: token.fhir_user,
            scopes: token.scope,
            is_of_a_backend: token.grant.is_none(),
        }
    }
}

/// The decision about one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may be served for what is within any of these reaches, and for nothing else. There is at least one.
    Allowed(Vec<Reach>),
    /// It must be refused.
    Refused(Why),
}

/// What a request may touch. The FHIR server must keep to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Whose records.
    pub whose: Whose,
    /// The searches of granular scopes, such as `category=…|laboratory`: a resource must match one of them. `None` sets no
    /// such limit.
    pub filter: Option<Vec<String>>,
}

/// Whose records may be touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Those of the patient of this id, and never more than the user of the access may see.
    Patient(String),
    /// All that the user with this FHIR resource may see.
    User(String),
    /// All there are.
    Everyone,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// No scope allows it, with the context that there is.
    #[error("no scope of this token allows this request")]
    InsufficientScope,
}

/// Decides about a request: each level of the scopes opens records of its own, and levels never mix.
///
/// ```
/// use smart_verify::access::{Access, Reach, Verdict, Whose, check_request};
/// use smart_verify::scope::{FhirRequest, ScopeSet};
///
/// let access = Access {
///     subject: "8f3a".to_owned(),
///     client_id: "growth-chart".to_owned(),
///     patient: Some("123".to_owned()),
///     encounter: None,
///     fhir_user: None,
///     scopes: ScopeSet::parse("patient/Observation.rs"),
///     is_of_a_backend: false,
/// };
/// let search = FhirRequest::parse("GET", "Observation?date=2026").unwrap();
/// let reach = Reach { whose: Whose::Patient("123".to_owned()), filter: None };
/// assert_eq!(check_request(&access, &search), Verdict::Allowed(vec![reach]));
///
/// let another = FhirRequest::parse("GET", "Observation?patient=456").unwrap();
/// assert!(matches!(check_request(&access, &another), Verdict::Refused(_)));
/// ```
pub fn check_request(access: &Access, request: &FhirRequest) -> Verdict {
    let at = |level| {
        let filter = match access.scopes.allows(level, request, access.patient.as_deref()) {
            Allowance::No => return None,
            Allowance::Yes => None,
            Allowance::OnlyMatching(searches) => Some(searches),
        };
        Some(Reach { whose: access.whose(level)?, filter })
    };
    let reaches: Vec<Reach> =
        [Level::Patient, Level::User, Level::System].into_iter().filter_map(at).collect();
    if reaches.is_empty() { Verdict::Refused(Why::InsufficientScope) } else { Verdict::Allowed(reaches) }
}

impl Access {
    /// Whose records a level opens; nothing if what the level is about is missing.
    fn whose(&self, level: Level) -> Option<Whose> {
        match level {
            Level::Patient => self.patient.clone().map(Whose::Patient),
            Level::User => self.fhir_user.clone().map(Whose::User),
            // A person has no rights of a system to give.
            Level::System => self.is_of_a_backend.then_some(Whose::Everyone),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::Interaction;

    fn access(scopes: &str) -> Access {
        Access {
            subject: "s".to_owned(),
            client_id: "c".to_owned(),
            patient: Some("1".to_owned()),
            encounter: None,
            fhir_user: Some("https://fhir.example.org/Practitioner/7".to_owned()),
            scopes: ScopeSet::parse(scopes),
            is_of_a_backend: false,
        }
    }

    fn read() -> FhirRequest {
        FhirRequest::new(Interaction::Read, "Observation")
    }

    #[test]
    fn each_level_opens_records_of_its_own() {
        let mut both = access("patient/*.rs user/Observation.r?category=a system/*.rs");
        let of_the_patient = Reach { whose: Whose::Patient("1".to_owned()), filter: None };
        let of_the_user = Reach {
            whose: Whose::User("https://fhir.example.org/Practitioner/7".to_owned()),
            filter: Some(vec!["category=a".to_owned()]),
        };
        assert_eq!(check_request(&both, &read()), Verdict::Allowed(vec![of_the_patient, of_the_user]));
        both.is_of_a_backend = true;
        both.patient = None;
        both.fhir_user = None;
        let all = Reach { whose: Whose::Everyone, filter: None };
        assert_eq!(check_request(&both, &read()), Verdict::Allowed(vec![all]));
    }

    #[test]
    fn a_level_without_its_context_opens_nothing() {
        for scopes in ["patient/*.rs", "user/*.rs", "system/*.rs", "openid", "user/Observation.s"] {
            let mut alone = access(scopes);
            alone.patient = None;
            alone.fhir_user = None;
            assert_eq!(check_request(&alone, &read()), Verdict::Refused(Why::InsufficientScope), "{scopes}");
        }
    }
}
