//! Scopes for this service's own APIs.

/// What this service adds to the scopes of SMART: the right to one of its own APIs. Names begin with two underscores.
///
/// ```
/// use smart_verify::scope::{ExtensionScope, Scope};
///
/// assert_eq!("__launch".parse(), Ok(Scope::Extension(ExtensionScope::Launch)));
/// assert!("__anything".parse::<Scope>().is_err());
/// ```
///
/// Source: SMART App Launch 2.2, scopes-and-launch-context#scopes-for-requesting-context-data (extension names).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExtensionScope {
    /// `__registration`: manage clients and users.
    Registration,
    /// `__launch`: create launch contexts.
    Launch,
    /// `__introspect`: ask about any token.
    Introspect,
}

impl ExtensionScope {
    pub(super) fn named(text: &str) -> Option<Self> {
        [Self::Registration, Self::Launch, Self::Introspect].into_iter().find(|scope| scope.text() == text)
    }

    /// The scope as it is written.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Registration => "__registration",
            Self::Launch => "__launch",
            Self::Introspect => "__introspect",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lc_10_our_own_names_begin_with_two_underscores_and_no_other_name_does() {
        for scope in [ExtensionScope::Registration, ExtensionScope::Launch, ExtensionScope::Introspect] {
            assert!(scope.text().starts_with("__"));
            assert_eq!(ExtensionScope::named(scope.text()), Some(scope));
        }
        assert_eq!(ExtensionScope::named("__anything"), None);
    }
}
