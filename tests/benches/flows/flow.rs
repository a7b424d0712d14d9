//! The flows that are measured.

use std::fmt;

/// What is asked of the token function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    BackendToken,
    Code,
    CodeWithIdToken,
    Refresh,
    Introspect,
    Revoke,
}

impl Flow {
    pub(crate) const ALL: [Self; 6] = [
        Self::BackendToken,
        Self::Code,
        Self::CodeWithIdToken,
        Self::Refresh,
        Self::Introspect,
        Self::Revoke,
    ];

    /// Whether it needs a signature, made or verified.
    pub(crate) fn is_signed(self) -> bool {
        self != Self::Revoke
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::BackendToken => "backend token (ES384 in, RS256 out)",
            Self::Code => "code exchange",
            Self::CodeWithIdToken => "code exchange with id_token",
            Self::Refresh => "refresh",
            Self::Introspect => "introspection",
            Self::Revoke => "revocation",
        })
    }
}
