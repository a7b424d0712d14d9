//! Several scopes, as a request writes them.

use std::collections::HashSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{IdentityScope, LaunchScope, Level, NotAScope, ResourceScope, Scope};

/// Several scopes in the order they were written, each once. What is not a scope is kept apart, never forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeSet {
    scopes: Vec<Scope>,
    unknown: Vec<Unread>,
}

/// A word that is no scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The word as it was written.
    pub word: String,
    /// Why it is no scope.
    pub reason: NotAScope,
    /// Where it stands in the text, in bytes from its beginning.
    pub at: usize,
}

impl ScopeSet {
    /// Reads space-separated scopes; a word twice counts once. What is no scope is kept apart, with its place.
    ///
    /// ```
    /// use smart_verify::scope::ScopeSet;
    ///
    /// let set = ScopeSet::parse("openid patient/Foo.rs openid fhirUser");
    /// assert_eq!(set.to_string(), "openid fhirUser");
    /// assert_eq!((set.unknown()[0].word.as_str(), set.unknown()[0].at), ("patient/Foo.rs", 7));
    /// ```
    ///
    /// Source: RFC 6749 §3.3.
    pub fn parse(text: &str) -> Self {
        let mut seen = HashSet::new();
        let mut set = Self::default();
        let mut at = 0;
        for word in text.split(' ') {
            if !word.is_empty() && seen.insert(word) {
                match word.parse() {
                    Ok(scope) => set.scopes.push(scope),
                    Err(reason) => set.unknown.push(Unread { word: word.to_owned(), reason, at }),
                }
            }
            at += word.len() + 1;
        }
        set
    }

    /// The scopes in the order they were written.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.scopes.iter()
    }

    /// The resource scopes among them.
    pub fn resources(&self) -> impl Iterator<Item = &ResourceScope> {
        self.scopes.iter().filter_map(|scope| match scope.meaning() {
            Scope::Resource(resource) => Some(resource),
            _ => None,
        })
    }

    /// The words that are no scopes, with the reason.
    pub fn unknown(&self) -> &[Unread] {
        &self.unknown
    }

    /// Whether not one scope is in it.
    pub fn is_empty(&self) -> bool {
        self.scopes.is_empty()
    }

    /// Whether this scope is in it, in whichever form it is written.
    pub fn has(&self, scope: &Scope) -> bool {
        self.scopes.iter().any(|one| one.meaning() == scope.meaning())
    }

    /// The scopes in a given order, those that repeat included.
    pub(super) const fn from_scopes(scopes: Vec<Scope>) -> Self {
        Self { scopes, unknown: Vec::new() }
    }

    /// Whether `openid` is in it, so that an id_token belongs into the answer.
    pub fn wants_id_token(&self) -> bool {
        self.has(&Scope::Identity(IdentityScope::OpenId))
    }

    /// Whether the person's FHIR resource may be named.
    pub fn wants_fhir_user(&self) -> bool {
        self.has(&Scope::Identity(IdentityScope::FhirUser))
    }

    /// Whether the launch context of an EHR is asked for.
    pub fn asks_for_launch(&self) -> bool {
        self.has(&Scope::Launch(LaunchScope::Ehr))
    }

    /// Whether an encounter must be chosen.
    pub fn needs_encounter(&self) -> bool {
        self.has(&Scope::Launch(LaunchScope::Encounter))
    }

    /// Whether a patient must be in context: asked for by name, or needed by an encounter or a `patient/` scope.
    ///
    /// ```
    /// use smart_verify::scope::ScopeSet;
    ///
    /// assert!(ScopeSet::parse("patient/*.rs").needs_patient());
    /// assert!(!ScopeSet::parse("user/*.rs openid").needs_patient());
    /// ```
    ///
    /// Source: SMART App Launch 2.2, scopes-and-launch-context (a patient scope obliges a patient in context).
    pub fn needs_patient(&self) -> bool {
        self.has(&Scope::Launch(LaunchScope::Patient))
            || self.needs_encounter()
            || self.resources().any(|resource| resource.level() == Level::Patient)
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut seen = HashSet::new();
        let scopes = scopes.into_iter().filter(|scope| seen.insert(scope.to_string())).collect();
        Self { scopes, unknown: Vec::new() }
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, scope) in self.scopes.iter().enumerate() {
            if place > 0 {
                out.write_str(" ")?;
            }
            scope.fmt(out)?;
        }
        Ok(())
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self::parse(&text))
    }
}
