//! The algorithms in which clients may sign their assertions.

use std::fmt;

use jsonwebtoken::Algorithm;

/// RS384 and ES384, and what a setting adds to them.
///
/// Source: SMART App Launch 2.2, client-confidential-asymmetric (RS384 and ES384 must be supported); RFC 8725 §3.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertionAlgorithms(Vec<Algorithm>);

/// A name is not in the closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("may name RS256, RS512, PS256, PS384, PS512 and ES256 beside RS384 and ES384")]
pub struct NotAnAssertionAlgorithm;

/// All that may ever be accepted: never `none`, and none with a shared secret.
const POSSIBLE: [Algorithm; 8] = [
    Algorithm::RS384,
    Algorithm::ES384,
    Algorithm::RS256,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
];

/// The two that every server of the standard takes.
const ALWAYS: [Algorithm; 2] = [Algorithm::RS384, Algorithm::ES384];

impl Default for AssertionAlgorithms {
    fn default() -> Self {
        Self(ALWAYS.to_vec())
    }
}

impl AssertionAlgorithms {
    /// RS384, ES384 and the ones that are named, separated by spaces or commas.
    ///
    /// # Errors
    /// When one is not in the closed list.
    pub fn with(names: &str) -> Result<Self, NotAnAssertionAlgorithm> {
        let mut accepted = ALWAYS.to_vec();
        for name in names.split([' ', ',']).filter(|name| !name.is_empty()) {
            let algorithm = named(&POSSIBLE, name).ok_or(NotAnAssertionAlgorithm)?;
            if !accepted.contains(&algorithm) {
                accepted.push(algorithm);
            }
        }
        Ok(Self(accepted))
    }

    /// Whatever a setting could add is in it: for keys that were checked before, under a setting that may have changed.
    pub fn all_possible() -> Self {
        Self(POSSIBLE.to_vec())
    }

    /// The algorithm of this name, if it is accepted. Names are exact.
    pub fn named(&self, name: &str) -> Option<Algorithm> {
        named(&self.0, name)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Algorithm> + '_ {
        self.0.iter().copied()
    }

    /// Their names, as discovery lists them.
    pub fn names(&self) -> Vec<String> {
        self.iter().map(name_of).collect()
    }
}

/// `RS384 or ES384`
impl fmt::Display for AssertionAlgorithms {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.names().join(" or "))
    }
}

fn named(among: &[Algorithm], name: &str) -> Option<Algorithm> {
    among.iter().copied().find(|algorithm| name_of(*algorithm) == name)
}

fn name_of(algorithm: Algorithm) -> String {
    format!("{algorithm:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ca_7_two_algorithms_are_accepted_and_more_only_by_a_setting_from_a_closed_list() {
        assert_eq!(AssertionAlgorithms::default().to_string(), "RS384 or ES384");
        let more = AssertionAlgorithms::with("PS384, ES256 RS384").unwrap();
        assert_eq!(more.names(), ["RS384", "ES384", "PS384", "ES256"]);
        assert_eq!(AssertionAlgorithms::with(""), Ok(AssertionAlgorithms::default()));
        for never in ["none", "HS256", "HS384", "HS512", "EdDSA", "ES512", "es256", "RS384;ES256"] {
            assert_eq!(AssertionAlgorithms::with(never), Err(NotAnAssertionAlgorithm), "{never}");
            assert!(AssertionAlgorithms::all_possible().named(never).is_none(), "{never}");
        }
    }
}
