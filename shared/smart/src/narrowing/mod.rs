//! What an app gets of what it asked: asked ∩ registered for the client ∩ allowed for whom it acts ∩ approved.

mod narrowed_scope;

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use smart_verify::scope::{IdentityScope, LaunchScope, Scope, ScopeSet};

use crate::error::{ErrorCode, OAuthError};

pub use narrowed_scope::{Dropped, NarrowedScope, ScopeOutcome};

/// The longest `scope` that is read: 8 KiB, room for some 80 granular scopes.
const MAX_LENGTH: usize = 8 * 1024;

/// What an app asked for: readable, and not yet allowed.
#[derive(Clone, Debug)]
pub struct RequestedScopes(ScopeSet);

/// What an app may have. [`RequestedScopes::narrow_to`] makes the first one, and whatever is made of that later is never
/// more: [`Narrowed::approved`] and its siblings take away, [`GrantedScopes::narrowed`] refuses more than was granted. A
/// stored grant reads back its own. So a token that carries it cannot carry more than the client was registered for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GrantedScopes(ScopeSet);

/// What narrowing made of a request, and why.
#[derive(Clone, Debug)]
pub struct Narrowed {
    /// What may be had.
    pub granted: GrantedScopes,
    /// For every word that was asked, what became of it.
    pub report: Vec<NarrowedScope>,
}

impl RequestedScopes {
    /// Reads `scope` of a request.
    ///
    /// ```text
    /// scope       = scope-token *( SP scope-token )
    /// scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
    /// ```
    ///
    /// Source: RFC 6749 §3.3.
    ///
    /// # Errors
    /// `invalid_scope` for a character that no scope may hold, `invalid_request` for more than 8 KiB.
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        if text.len() > MAX_LENGTH {
            return Err(
                ErrorCode::InvalidRequest.because("scope_too_long", "scope is longer than 8192 bytes.")
            );
        }
        let allowed = |byte: u8| matches!(byte, 0x20 | 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        if !text.bytes().all(allowed) {
            return Err(ErrorCode::InvalidScope
                .because("scope_characters", "scope holds a character that no scope may hold."));
        }
        Ok(Self(ScopeSet::parse(text)))
    }

    /// All that a client is registered for, as if it had asked for it.
    ///
    /// Source: RFC 6749 §3.3 (a default when `scope` is left out).
    pub fn all_registered(registered: &ScopeSet) -> Self {
        Self(registered.clone())
    }

    /// Whether the launch context of an EHR is asked for.
    pub fn asks_for_launch(&self) -> bool {
        self.0.asks_for_launch()
    }

    /// Cuts the request down to what the client is registered for and to what those it acts for may have.
    ///
    /// Scopes are compared by meaning and come back as asked where all of it may be had.
    ///
    /// ```
    /// use smart::narrowing::RequestedScopes;
    /// use smart_verify::scope::ScopeSet;
    ///
    /// let asked = RequestedScopes::parse("patient/*.read patient/Condition.cruds user/*.rs")?;
    /// let registered = ScopeSet::parse("patient/*.rs");
    /// let ceiling = ScopeSet::parse("patient/*.cruds user/*.cruds");
    /// let narrowed = asked.narrow_to(&registered, &ceiling);
    /// assert_eq!(narrowed.granted.to_string(), "patient/*.read patient/Condition.rs");
    /// let codes: Vec<_> = narrowed.report.iter().map(|decision| decision.code()).collect();
    /// assert_eq!(codes, ["granted", "reduced", "not_registered"]);
    /// # Ok::<(), smart::error::OAuthError>(())
    /// ```
    pub fn narrow_to(&self, registered: &ScopeSet, ceiling: &ScopeSet) -> Narrowed {
        let mut granted = Vec::new();
        let mut report = Vec::new();
        let openid = Scope::Identity(IdentityScope::OpenId);
        let identified = [&self.0, registered, ceiling].iter().all(|set| set.has(&openid));
        let for_backends = !ceiling.is_empty() && ceiling.iter().all(Scope::is_of_a_backend);
        for asked in self.0.iter() {
            let outcome = match asked.meaning() {
                scope if scope.is_of_a_backend() && !for_backends => {
                    ScopeOutcome::Dropped(Dropped::OnlyForBackends)
                }
                scope if !scope.is_of_a_backend() && for_backends => {
                    ScopeOutcome::Dropped(Dropped::OnlyForPeople)
                }
                Scope::Identity(IdentityScope::FhirUser) if !identified => {
                    ScopeOutcome::Dropped(Dropped::NeedsOpenId)
                }
                _ => narrow(asked, registered, ceiling),
            };
            match &outcome {
                ScopeOutcome::Granted => granted.push(asked.clone()),
                ScopeOutcome::Reduced(kept) => {
                    granted.extend(kept.iter().filter_map(|text| text.parse().ok()));
                }
                ScopeOutcome::Dropped(_) => {}
            }
            report.push(NarrowedScope { asked: asked.to_string(), outcome });
        }
        for unread in self.0.unknown() {
            let outcome = ScopeOutcome::Dropped(Dropped::NotAScope(unread.reason));
            report.push(NarrowedScope { asked: unread.word.clone(), outcome });
        }
        Narrowed { granted: GrantedScopes(granted.into_iter().collect()), report }
    }
}

impl Narrowed {
    /// What is left when the person approved only some of it: what is no choice, and what they ticked. What was ticked
    /// without being offered adds nothing.
    ///
    /// ```
    /// use smart::narrowing::RequestedScopes;
    /// use smart_verify::scope::ScopeSet;
    ///
    /// let all = ScopeSet::parse("openid patient/Observation.rs patient/Condition.rs");
    /// let offered = RequestedScopes::all_registered(&all).narrow_to(&all, &all);
    /// let allowed = offered.approved(&ScopeSet::parse("patient/Condition.rs user/*.rs"));
    /// assert_eq!(allowed.granted.to_string(), "openid patient/Condition.rs");
    /// assert_eq!(allowed.report[1].code(), "unticked");
    /// ```
    ///
    /// Of an offered scope that was not ticked, narrower ones may be: some categories of a type, some types of all.
    /// ```
    /// # use smart::narrowing::RequestedScopes;
    /// # use smart_verify::scope::ScopeSet;
    /// let all = ScopeSet::parse("patient/*.rs");
    /// let offered = RequestedScopes::all_registered(&all).narrow_to(&all, &all);
    /// let allowed = offered.approved(&ScopeSet::parse("patient/Observation.rs?category=laboratory user/Patient.r"));
    /// assert_eq!(allowed.granted.to_string(), "patient/Observation.rs?category=laboratory");
    /// assert_eq!(allowed.report[0].code(), "reduced");
    /// ```
    #[must_use]
    pub fn approved(self, ticked: &ScopeSet) -> Self {
        let all: HashSet<&Scope> = ticked.iter().collect();
        let narrower = |scope: &Scope| match scope.meaning() {
            Scope::Resource(offered) => ticked
                .iter()
                .filter(|tick| matches!(tick, Scope::Resource(one) if offered.contains(one)))
                .cloned()
                .collect(),
            _ => Vec::new(),
        };
        let keep = |scope: &Scope| match scope {
            scope if !scope.is_a_choice() || all.contains(scope) => vec![scope.clone()],
            scope => narrower(scope),
        };
        self.keeping(keep, Dropped::Unticked)
    }

    /// What is left for a person whom no FHIR resource stands for: nothing that would name it.
    ///
    /// Source: SMART App Launch 2.2, scopes-and-launch-context#scopes-for-requesting-identity-data.
    #[must_use]
    pub fn without_fhir_user(self) -> Self {
        let named = Scope::Identity(IdentityScope::FhirUser);
        self.keeping(all_but(&named), Dropped::NoFhirUser)
    }

    /// What is left when no encounter can be had.
    ///
    /// Source: SMART App Launch 2.2, scopes-and-launch-context (what cannot be provided is left out of `scope`).
    #[must_use]
    pub fn without_encounter(self) -> Self {
        let wish = Scope::Launch(LaunchScope::Encounter);
        self.keeping(all_but(&wish), Dropped::NoEncounter)
    }

    /// What is left for a client that may not come back for another access token.
    #[must_use]
    pub fn without_lasting(self) -> Self {
        let keep = |scope: &Scope| match scope.meaning() {
            Scope::Lasting(_) => Vec::new(),
            _ => vec![scope.clone()],
        };
        self.keeping(keep, Dropped::NotLasting)
    }

    /// Keeps of each granted scope what `keep` makes of it, and says of what is gone why.
    fn keeping(self, keep: impl Fn(&Scope) -> Vec<Scope>, otherwise: Dropped) -> Self {
        let kept: HashMap<String, Vec<Scope>> =
            self.granted.0.iter().map(|scope| (scope.to_string(), keep(scope))).collect();
        let left = |text: &String| {
            let scopes = kept.get(text).map_or(&[][..], Vec::as_slice);
            scopes.iter().map(Scope::to_string).collect::<Vec<_>>()
        };
        let decide = |decision: NarrowedScope| {
            let granted = match &decision.outcome {
                ScopeOutcome::Granted => vec![decision.asked.clone()],
                ScopeOutcome::Reduced(to) => to.clone(),
                ScopeOutcome::Dropped(_) => return decision,
            };
            let now: Vec<String> = granted.iter().flat_map(left).collect();
            let outcome = match decision.outcome {
                same if now == granted => same,
                _ if now.is_empty() => ScopeOutcome::Dropped(otherwise),
                _ => ScopeOutcome::Reduced(now),
            };
            NarrowedScope { outcome, ..decision }
        };
        let report = self.report.into_iter().map(decide).collect();
        let granted =
            self.granted.0.iter().flat_map(|scope| kept.get(&scope.to_string()).cloned().unwrap_or_default());
        Self { granted: GrantedScopes(granted.collect()), report }
    }

    /// The same, or `invalid_scope` if nothing is granted.
    ///
    /// # Errors
    /// `invalid_scope` when not one scope is left.
    pub fn or_refuse(self) -> Result<Self, OAuthError> {
        if !self.granted.0.is_empty() {
            return Ok(self);
        }
        let sentence = "none of the asked scopes may be granted to this client here; user/ and patient/ scopes need a \
            user, system/ scopes a backend service.";
        Err(ErrorCode::InvalidScope.because("scope_nothing_left", sentence))
    }
}

fn all_but(unwanted: &Scope) -> impl Fn(&Scope) -> Vec<Scope> {
    move |scope| if scope.meaning() == unwanted { Vec::new() } else { vec![scope.clone()] }
}

fn narrow(asked: &Scope, registered: &ScopeSet, ceiling: &ScopeSet) -> ScopeOutcome {
    let Scope::Resource(resource) = asked.meaning() else {
        return match (registered.has(asked), ceiling.has(asked)) {
            (true, true) => ScopeOutcome::Granted,
            (false, _) => ScopeOutcome::Dropped(Dropped::NotRegistered),
            (true, false) => ScopeOutcome::Dropped(Dropped::NotAllowed),
        };
    };
    // The usual case, and it needs no sets to be made.
    if registered.covers(resource) && ceiling.covers(resource) {
        return ScopeOutcome::Granted;
    }
    let alone: ScopeSet = [asked.clone()].into_iter().collect();
    let registered = alone.intersect(registered);
    if registered.is_empty() {
        return ScopeOutcome::Dropped(Dropped::NotRegistered);
    }
    let kept = registered.intersect(ceiling);
    if kept.is_empty() {
        return ScopeOutcome::Dropped(Dropped::NotAllowed);
    }
    ScopeOutcome::Reduced(kept.iter().map(Scope::to_string).collect())
}

impl GrantedScopes {
    /// The scopes.
    pub const fn set(&self) -> &ScopeSet {
        &self.0
    }

    /// The part of them that an app asks for when it comes back, written as it asks.
    ///
    /// ```
    /// use smart::narrowing::RequestedScopes;
    /// use smart_verify::scope::ScopeSet;
    ///
    /// let all = ScopeSet::parse("openid patient/*.rs");
    /// let granted = RequestedScopes::all_registered(&all).narrow_to(&all, &all).granted;
    /// assert_eq!(granted.narrowed("patient/Observation.rs")?.to_string(), "patient/Observation.rs");
    /// assert!(granted.narrowed("patient/Observation.cruds").is_err());
    /// # Ok::<(), smart::error::OAuthError>(())
    /// ```
    ///
    /// Source: RFC 6749 §6 (nothing that was not originally granted).
    ///
    /// # Errors
    /// `invalid_scope` when more is asked than was granted, or nothing.
    pub fn narrowed(&self, asked: &str) -> Result<Self, OAuthError> {
        let RequestedScopes(asked) = RequestedScopes::parse(asked)?;
        if !asked.is_empty() && asked.unknown().is_empty() && self.0.contains(&asked) {
            return Ok(Self(asked));
        }
        let sentence = "scope asks for more than was granted; leave it out to get all of it.";
        Err(ErrorCode::InvalidScope.because("scope_not_granted", sentence))
    }
}

impl fmt::Display for GrantedScopes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

#[cfg(test)]
mod tests;
