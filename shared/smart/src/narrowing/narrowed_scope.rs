//! What became of each word that was asked, and why: for whoever wonders why a token says less than they asked.

use serde::{Deserialize, Serialize};
use smart_verify::scope::NotAScope;

/// What became of one asked word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NarrowedScope {
    /// The word as it was asked.
    pub asked: String,
    /// What became of it.
    pub outcome: ScopeOutcome,
}

/// What became of a word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeOutcome {
    /// Granted as asked.
    Granted,
    /// Granted in part.
    Reduced(Vec<String>),
    /// Not granted.
    Dropped(Dropped),
}

/// Why a word was not granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dropped {
    /// It is not a scope of this service.
    NotAScope(NotAScope),
    /// The client is not registered for it.
    NotRegistered,
    /// A person cannot give it: it is for services that act for themselves.
    OnlyForBackends,
    /// A service that acts for itself cannot have it: a person must give it.
    OnlyForPeople,
    /// The role of the person for whom the client acts does not have it.
    NotAllowed,
    /// `fhirUser` says nothing without `openid`.
    NeedsOpenId,
    /// The person has no FHIR resource that `fhirUser` could name.
    NoFhirUser,
    /// No encounter was chosen.
    NoEncounter,
    /// The client is registered for access that is over with its access token.
    NotLasting,
    /// The person did not allow it.
    Unticked,
}

impl NarrowedScope {
    /// The stable name of the reason.
    pub const fn code(&self) -> &'static str {
        match self.outcome {
            ScopeOutcome::Granted => "granted",
            ScopeOutcome::Reduced(_) => "reduced",
            ScopeOutcome::Dropped(why) => why.code(),
        }
    }

    /// The reason in a sentence. It says nothing of whether a person or another client exists.
    ///
    /// ```
    /// use smart::narrowing::RequestedScopes;
    /// use smart_verify::scope::ScopeSet;
    ///
    /// let people = ScopeSet::parse("patient/*.cruds");
    /// let asked = RequestedScopes::parse("system/*.rs")?;
    /// let decision = asked.narrow_to(&people, &people).report.remove(0);
    /// assert_eq!(decision.sentence(), "It is only for backend services, which act for themselves.");
    /// # Ok::<(), smart::error::OAuthError>(())
    /// ```
    pub fn sentence(&self) -> String {
        match &self.outcome {
            ScopeOutcome::Granted => "Granted as asked.".to_owned(),
            ScopeOutcome::Reduced(to) => format!("Reduced to {}.", to.join(" ")),
            ScopeOutcome::Dropped(why) => why.sentence().to_owned(),
        }
    }

    /// Whether not all of it was granted.
    pub fn is_less_than_asked(&self) -> bool {
        self.outcome != ScopeOutcome::Granted
    }
}

impl Dropped {
    const fn code(self) -> &'static str {
        match self {
            Self::NotAScope(NotAScope::Unknown) => "unknown_scope",
            Self::NotAScope(NotAScope::NotOffered) => "not_offered",
            Self::NotAScope(NotAScope::ResourceType) => "unknown_type",
            Self::NotAScope(NotAScope::Permissions) => "bad_permissions",
            Self::NotAScope(NotAScope::Parameters) => "bad_parameters",
            Self::NotRegistered => "not_registered",
            Self::OnlyForBackends => "only_for_backends",
            Self::OnlyForPeople => "only_for_people",
            Self::NotAllowed => "not_allowed",
            Self::NeedsOpenId => "needs_openid",
            Self::NoFhirUser => "no_fhir_user",
            Self::NoEncounter => "no_encounter",
            Self::NotLasting => "not_lasting",
            Self::Unticked => "unticked",
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::NotAScope(NotAScope::Unknown) => "This is no scope that is known here.",
            Self::NotAScope(NotAScope::NotOffered) => "This scope is known, and not offered here.",
            Self::NotAScope(NotAScope::ResourceType) => "FHIR R4 and R5 have no such resource type.",
            Self::NotAScope(NotAScope::Permissions) => {
                "The permissions must be read, write, * or letters of cruds in that order."
            }
            Self::NotAScope(NotAScope::Parameters) => {
                "The search parameters must be name=value pairs behind letters of cruds, without modifiers."
            }
            Self::NotRegistered => "The client is not registered for it.",
            Self::OnlyForBackends => "It is only for backend services, which act for themselves.",
            Self::OnlyForPeople => "It is only for apps that act for a person who has signed in.",
            Self::NotAllowed => "People of this role do not have it, so no app gets it from them.",
            Self::NeedsOpenId => "fhirUser is given only together with openid.",
            Self::NoFhirUser => "There is no FHIR resource of this person that fhirUser could name.",
            Self::NoEncounter => "No encounter was chosen.",
            Self::NotLasting => {
                "The client is registered for access that ends with its token, in about an hour."
            }
            Self::Unticked => "The person did not allow it.",
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::narrowing::RequestedScopes;
    use smart_verify::scope::ScopeSet;

    #[test]
    fn every_word_that_is_not_granted_says_why() {
        let asked = "patient/*.cruds user/*.rs system/*.rs profile xyz patient/Foo.rs patient/Patient.sr \
            patient/Patient.read?a=b fhirUser openid launch/patient";
        let registered = ScopeSet::parse("patient/*.rs system/*.rs fhirUser launch/patient");
        let ceiling = ScopeSet::parse("patient/*.cruds user/*.cruds openid fhirUser launch/patient");
        let report = RequestedScopes::parse(asked).unwrap().narrow_to(&registered, &ceiling).report;
        let codes: Vec<_> =
            report.iter().map(|decision| (decision.asked.as_str(), decision.code())).collect();
        let expected = [
            ("patient/*.cruds", "reduced"),
            ("user/*.rs", "not_registered"),
            ("system/*.rs", "only_for_backends"),
            ("fhirUser", "needs_openid"),
            ("openid", "not_registered"),
            ("launch/patient", "granted"),
            ("profile", "not_offered"),
            ("xyz", "unknown_scope"),
            ("patient/Foo.rs", "unknown_type"),
            ("patient/Patient.sr", "bad_permissions"),
            ("patient/Patient.read?a=b", "bad_parameters"),
        ];
        assert_eq!(codes, expected);
        assert_eq!(report[0].sentence(), "Reduced to patient/*.rs.");
        assert!(report.iter().all(|decision| decision.sentence().ends_with('.')));
    }
}
