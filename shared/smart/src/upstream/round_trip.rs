//! The round trip to an upstream provider's sign-in page: what is kept until the user returns, and why no user is signed in.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{ErrorCode, OAuthError, Unreachable};

/// Somebody leaves for the provider.
#[derive(Debug)]
pub struct Departure {
    /// Where their browser goes.
    pub url: String,
    /// What to keep until they are back.
    pub round_trip: RoundTrip,
}

/// What ties an answer of the provider to the departure that it answers. Whoever has it can redeem a stolen code, so it
/// is kept where the browser cannot read it.
///
/// Source: OpenID Connect Core 1.0 §3.1.2.1, `nonce`; RFC 7636 §4.1.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundTrip {
    /// The id token must repeat it.
    pub nonce: String,
    /// The secret half of PKCE.
    pub code_verifier: String,
}

impl fmt::Debug for RoundTrip {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("RoundTrip(redacted)")
    }
}

/// Nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInRefused {
    /// The provider cannot be asked just now; the person may try again.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// The provider, or a rule, said no.
    #[error("{reason}: {sentence}")]
    Denied {
        /// The stable name of what went wrong.
        reason: &'static str,
        /// What is wrong and who can mend it: printable ASCII without quotes or backslashes.
        sentence: &'static str,
    },
}

impl SignInRefused {
    /// A refusal with its stable name and a sentence for the person.
    pub const fn because(reason: &'static str, sentence: &'static str) -> Self {
        Self::Denied { reason, sentence }
    }

    /// What it means that the provider sent the person back with an `error` and no code. Only the provider's own words
    /// are told apart; nothing of them is repeated.
    ///
    /// Source: RFC 6749 §4.1.2.1; OpenID Connect Core 1.0 §3.1.2.6.
    pub fn answered(error: &str) -> Self {
        match error {
            "access_denied" => Self::because(
                "upstream_access_denied",
                "You did not sign in, or the sign-in service did not let you.",
            ),
            "server_error" | "temporarily_unavailable" => {
                Unreachable::new("upstream provider", "its sign-in page answered that it is unavailable")
                    .into()
            }
            _ => Self::because(
                "upstream_error",
                "The sign-in service did not accept our request. Whoever runs this service can mend that.",
            ),
        }
    }
}

impl From<SignInRefused> for OAuthError {
    fn from(refused: SignInRefused) -> Self {
        match refused {
            SignInRefused::Unreachable(error) => error.into(),
            SignInRefused::Denied { reason, sentence } => ErrorCode::AccessDenied.because(reason, sentence),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_trip_is_never_printed() {
        let round_trip = RoundTrip { nonce: "n-1".to_owned(), code_verifier: "v-1".to_owned() };
        let departure = Departure { url: "https://op.example.org/".to_owned(), round_trip };
        let printed = format!("{departure:?}");
        assert!(!printed.contains("n-1") && !printed.contains("v-1"), "{printed}");
    }

    #[test]
    fn an_error_of_the_provider_is_told_by_kind_and_never_repeated() {
        for (error, reason) in [
            ("access_denied", "upstream_access_denied"),
            ("temporarily_unavailable", "backend_unreachable"),
            ("server_error", "backend_unreachable"),
            ("invalid_scope", "upstream_error"),
            ("\"><script>", "upstream_error"),
        ] {
            let told = OAuthError::from(SignInRefused::answered(error));
            assert_eq!(told.reason(), reason);
            assert!(!told.sentence().contains("script"));
        }
    }
}
