//! PKCE: the app proves at the token endpoint that it made the authorization request.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use smart_verify::base64url;

use crate::error::{ErrorCode, OAuthError};
use crate::parameters::Parameters;
use crate::random;

/// The secret an app keeps between its authorization request and its token request: 43 to 128 unreserved characters,
/// and there is no way to hold any other kind.
///
/// Source: RFC 7636 §4.1.
pub struct CodeVerifier(String);

impl CodeVerifier {
    /// The name of its parameter.
    pub const PARAMETER: &'static str = "code_verifier";
}

impl FromStr for CodeVerifier {
    type Err = OAuthError;

    fn from_str(text: &str) -> Result<Self, OAuthError> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if (43..=128).contains(&text.len()) && text.bytes().all(unreserved) {
            Ok(Self(text.to_owned()))
        } else {
            let sentence = "code_verifier must have 43 to 128 unreserved characters.";
            Err(ErrorCode::InvalidRequest.because("verifier_malformed", sentence))
        }
    }
}

impl fmt::Debug for CodeVerifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("CodeVerifier(redacted)")
    }
}

/// What an app sends ahead of its verifier: SHA-256 of it, in 43 base64url characters. `plain` does not exist here.
///
/// Source: RFC 7636 §4.2; SMART App Launch 2.2, app-launch#considerations-for-pkce-support.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// Reads `code_challenge` and `code_challenge_method`. A missing method would mean `plain`, and is refused.
    ///
    /// # Errors
    /// `invalid_request` unless both are there, the method is `S256` and the challenge a SHA-256.
    pub fn parse(challenge: Option<&str>, method: Option<&str>) -> Result<Self, OAuthError> {
        let refuse = |reason, sentence: &'static str| ErrorCode::InvalidRequest.because(reason, sentence);
        let challenge = challenge.ok_or_else(|| {
            refuse("challenge_missing", "code_challenge is missing; send it with code_challenge_method=S256.")
        })?;
        match method {
            Some("S256") => {}
            Some(_) => return Err(refuse("challenge_method", "code_challenge_method must be S256.")),
            None => {
                return Err(refuse("challenge_method", "code_challenge_method is missing; it must be S256."));
            }
        }
        if base64url::decode(challenge).is_none_or(|bytes| bytes.len() != 32) {
            return Err(refuse("challenge_malformed", "code_challenge must have 43 base64url characters."));
        }
        Ok(Self(challenge.to_owned()))
    }

    /// Whether a verifier is the one this was made of.
    ///
    /// Source: RFC 7636 §4.6.
    pub fn is_of(&self, verifier: &CodeVerifier) -> bool {
        random::sha256(verifier.0.as_bytes()).as_bytes().ct_eq(self.0.as_bytes()).into()
    }
}

/// What a code is bound to, so that only the app that asked for it can exchange it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pkce {
    /// The verifier of this challenge.
    Required(CodeChallenge),
    /// Nothing: the authorization request had no challenge.
    Absent,
}

impl Pkce {
    /// Checks the verifier that came with a code. A verifier for a code without a challenge is refused, because an
    /// attacker may have removed the challenge from the authorization request.
    ///
    /// Source: RFC 7636 §4.6; RFC 9700 §2.1.1 and §4.8.2 (PKCE downgrade).
    ///
    /// # Errors
    /// `invalid_request` if a verifier is missing, `invalid_grant` if it is another or there must be none.
    pub fn check(&self, shown: Option<&CodeVerifier>) -> Result<(), OAuthError> {
        match (self, shown) {
            (Self::Required(challenge), Some(verifier)) if challenge.is_of(verifier) => Ok(()),
            (Self::Required(_), Some(_)) => {
                let sentence = "code_verifier does not match the code_challenge.";
                Err(ErrorCode::InvalidGrant.because("verifier_mismatch", sentence))
            }
            (Self::Required(_), None) => Err(Parameters::missing(CodeVerifier::PARAMETER)),
            (Self::Absent, None) => Ok(()),
            (Self::Absent, Some(_)) => {
                let sentence =
                    "the authorization request had no code_challenge, so no code_verifier belongs to it.";
                Err(ErrorCode::InvalidGrant.because("verifier_unexpected", sentence))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_rfc_7636_verifies() {
        let challenge = CodeChallenge::parse(Some(CHALLENGE), Some("S256")).unwrap();
        assert!(challenge.is_of(&VERIFIER.parse().unwrap()));
        assert!(!challenge.is_of(&CHALLENGE.parse().unwrap()));
    }

    #[test]
    fn a_verifier_is_shown_exactly_if_there_is_a_challenge() {
        let required = Pkce::Required(CodeChallenge::parse(Some(CHALLENGE), Some("S256")).unwrap());
        let [right, wrong] = [VERIFIER, CHALLENGE].map(|text| text.parse::<CodeVerifier>().unwrap());
        for (pkce, shown, expected) in [
            (&required, Some(&right), None),
            (&required, Some(&wrong), Some((ErrorCode::InvalidGrant, "verifier_mismatch"))),
            (&required, None, Some((ErrorCode::InvalidRequest, "parameter_missing"))),
            (&Pkce::Absent, None, None),
            (&Pkce::Absent, Some(&right), Some((ErrorCode::InvalidGrant, "verifier_unexpected"))),
        ] {
            let refused = pkce.check(shown).err().map(|error| (error.code(), error.reason()));
            assert_eq!(refused, expected, "{pkce:?}");
        }
    }

    #[test]
    fn az_9_a09_a_challenge_that_is_not_s256_is_refused() {
        let bad_last = format!("{}B", &CHALLENGE[..42]);
        for (challenge, method) in [
            (None, Some("S256")),
            (Some(CHALLENGE), None),
            (Some(CHALLENGE), Some("plain")),
            (Some(CHALLENGE), Some("s256")),
            (Some(&CHALLENGE[..42]), Some("S256")),
            (Some(concat!("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "A")), Some("S256")),
            (Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"), Some("S256")),
            (Some(&bad_last), Some("S256")),
        ] {
            let error = CodeChallenge::parse(challenge, method).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidRequest, "{challenge:?} {method:?}");
        }
    }

    #[test]
    fn c09_a_verifier_is_43_to_128_unreserved_characters() {
        for (length, good) in [(42, false), (43, true), (128, true), (129, false)] {
            assert_eq!("a".repeat(length).parse::<CodeVerifier>().is_ok(), good, "{length}");
        }
        assert!(format!("{}+", "a".repeat(43)).parse::<CodeVerifier>().is_err());
    }

    #[test]
    fn l03_debug_shows_no_verifier() {
        assert_eq!(format!("{:?}", VERIFIER.parse::<CodeVerifier>().unwrap()), "CodeVerifier(redacted)");
    }
}
