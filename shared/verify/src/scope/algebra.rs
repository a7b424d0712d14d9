//! Sets of scopes compared and combined by what they allow, not by how they are written.
//!
//! A set allows what any of its scopes allows, letter by letter: `patient/Observation.r patient/Observation.s` is
//! `patient/Observation.rs`. Levels never mix, `*` is more than all types known today, and different search parameters
//! cannot be compared.

use super::{Permissions, ResourceScope, Scope, ScopeSet};

impl ScopeSet {
    /// Whether everything that `other` allows is allowed by this set.
    ///
    /// ```
    /// use smart_verify::scope::ScopeSet;
    ///
    /// let allowed = ScopeSet::parse("patient/*.rs openid");
    /// assert!(allowed.contains(&ScopeSet::parse("patient/Observation.read")));
    /// assert!(!allowed.contains(&ScopeSet::parse("user/Observation.read")));
    /// ```
    ///
    /// Source: SMART App Launch 2.2, scopes-and-launch-context (what each scope allows).
    pub fn contains(&self, other: &Self) -> bool {
        other.iter().all(|scope| match scope.meaning() {
            Scope::Resource(resource) => self.covers(resource),
            _ => self.has(scope),
        })
    }

    /// Whether everything that one resource scope allows is allowed by this set.
    pub fn covers(&self, scope: &ResourceScope) -> bool {
        uncovered(scope, self.resources()).is_none()
    }

    /// Whether both allow the same.
    ///
    /// ```
    /// use smart_verify::scope::ScopeSet;
    ///
    /// let v1 = ScopeSet::parse("patient/*.read");
    /// assert!(v1.means_the_same_as(&ScopeSet::parse("patient/*.s patient/*.r")));
    /// ```
    pub fn means_the_same_as(&self, other: &Self) -> bool {
        self.contains(other) && other.contains(self)
    }

    /// What both allow, written as this set writes it.
    ///
    /// ```
    /// use smart_verify::scope::ScopeSet;
    ///
    /// let asked = ScopeSet::parse("patient/*.cruds openid");
    /// let both = asked.intersect(&ScopeSet::parse("patient/Observation.rs patient/Condition.r"));
    /// assert_eq!(both.to_string(), "patient/Observation.rs patient/Condition.r");
    /// ```
    pub fn intersect(&self, other: &Self) -> Self {
        let common = self.iter().flat_map(|scope| match scope.meaning() {
            Scope::Resource(resource) => {
                in_common(resource, other).into_iter().map(Scope::Resource).collect()
            }
            _ if other.has(scope) => vec![scope.clone()],
            _ => Vec::new(),
        });
        common.collect::<Self>().shortest()
    }

    /// What either allows.
    ///
    /// ```
    /// use smart_verify::scope::ScopeSet;
    ///
    /// let both = ScopeSet::parse("patient/Observation.r").union(&ScopeSet::parse("patient/Observation.s openid"));
    /// assert_eq!(both.to_string(), "patient/Observation.rs openid");
    /// ```
    pub fn union(&self, other: &Self) -> Self {
        self.iter().chain(other.iter()).cloned().collect::<Self>().shortest()
    }

    /// What this set allows and `other` does not, as far as scopes can say it: of a `*` that is allowed in part, all of it
    /// stays.
    ///
    /// ```
    /// use smart_verify::scope::ScopeSet;
    ///
    /// let asked = ScopeSet::parse("patient/Observation.cruds openid");
    /// assert_eq!(asked.difference(&ScopeSet::parse("patient/*.rs")).to_string(), "patient/Observation.cud openid");
    /// ```
    pub fn difference(&self, other: &Self) -> Self {
        let left = self.iter().filter_map(|scope| match scope.meaning() {
            Scope::Resource(resource) => {
                let left = uncovered(resource, other.resources())?;
                let whole = left == resource.permissions();
                Some(if whole { scope.clone() } else { Scope::Resource(resource.with_permissions(left)) })
            }
            _ => (!other.has(scope)).then(|| scope.clone()),
        });
        left.collect()
    }

    /// The same in as few scopes as this algebra knows: what differs in permissions only is joined, what others allow
    /// anyway is left out.
    ///
    /// ```
    /// use smart_verify::scope::ScopeSet;
    ///
    /// let long = ScopeSet::parse("patient/Observation.r patient/*.rs patient/Observation.s");
    /// assert_eq!(long.shortest().to_string(), "patient/*.rs");
    /// ```
    ///
    /// Source: SMART App Launch 2.2, scopes-and-launch-context (servers should keep scopes short).
    #[must_use]
    pub fn shortest(&self) -> Self {
        let mut joined: Vec<Scope> = Vec::new();
        let mut place_of = std::collections::HashMap::new();
        for scope in self.iter() {
            let Scope::Resource(resource) = scope.meaning() else {
                joined.push(scope.clone());
                continue;
            };
            let place = *place_of.entry(resource.confinement()).or_insert(joined.len());
            match joined.get_mut(place) {
                Some(known) if known.meaning() == scope.meaning() => {}
                Some(known) => {
                    if let Scope::Resource(before) = known.meaning() {
                        let all = before.permissions().or(resource.permissions());
                        if all != before.permissions() {
                            *known = Scope::Resource(before.with_permissions(all));
                        }
                    }
                }
                None => joined.push(scope.clone()),
            }
        }
        let wider: Vec<ResourceScope> = Self::from_scopes(joined.clone()).widest();
        let needed = |scope: &Scope| match scope.meaning() {
            Scope::Resource(one) => {
                let others = wider.iter().filter(|other| !other.confines_alike(one));
                uncovered(one, others).is_some()
            }
            _ => true,
        };
        joined.into_iter().filter(needed).collect()
    }

    /// The scopes that can cover others: those for every type, and those without search parameters.
    fn widest(&self) -> Vec<ResourceScope> {
        self.resources().filter(|scope| scope.is_wide()).cloned().collect()
    }
}

/// What a resource scope and a set have in common, joined where only permissions differ.
fn in_common(scope: &ResourceScope, set: &ScopeSet) -> Vec<ResourceScope> {
    let common = set.resources().filter_map(|other| scope.and(other)).map(Scope::Resource);
    common.collect::<ScopeSet>().shortest().resources().cloned().collect()
}

/// The permissions of a scope that no scope of a set allows; nothing when all are allowed.
fn uncovered<'a>(scope: &ResourceScope, set: impl Iterator<Item = &'a ResourceScope>) -> Option<Permissions> {
    let mut left = Some(scope.permissions());
    for other in set.filter(|other| other.reaches(scope)) {
        left = left.and_then(|left| left.without(other.permissions()));
    }
    left
}
