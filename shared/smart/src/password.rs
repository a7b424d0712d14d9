//! Passwords: as much work for a name that nobody has as for one that somebody has.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

/// The longest password that is hashed.
const MAX_LENGTH: usize = 256;

/// The fewest characters of a password that somebody chooses. Of which kind they are is theirs to say.
///
/// Source: NIST SP 800-63B-4 §3.1.1.2 (length, and no rules of composition).
pub const MIN_CHARACTERS: usize = 12;

/// What is wrong with a password that somebody chooses, if anything is.
///
/// ```
/// use smart::password::fault;
///
/// assert_eq!(fault("correct horse battery"), None);
/// assert!(fault("short").is_some() && fault(&"a".repeat(257)).is_some());
/// ```
pub fn fault(chosen: &str) -> Option<&'static str> {
    if chosen.chars().count() < MIN_CHARACTERS {
        return Some("Use at least 12 characters.");
    }
    (chosen.len() > MAX_LENGTH).then_some("Use at most 256 characters.")
}

/// What an unknown name is compared with: drawn bytes in the place of a hash, so that no password is known to match. To make
/// a real one would take as long as a sign-in, at the start of each function.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$B4OMn9K4xhlKL3EM8aNTFw$BNfeppgdZ5TBPjDRXGKEipphzFgxFOKC3Kaskw7uidE";

/// argon2id with 19 MiB, 2 rounds, 1 lane.
///
/// Source: OWASP Password Storage Cheat Sheet, argon2id.
fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("these parameters are within argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// The hash of a password, in PHC form.
pub fn hash(password: &str) -> Option<String> {
    argon2().hash_password(password.as_bytes()).ok().map(|hash| hash.to_string())
}

/// Whether a text can be a password at all; what cannot be is not hashed.
pub fn is_possible(password: &str) -> bool {
    !password.is_empty() && password.len() <= MAX_LENGTH
}

/// Whether a password is the one of a hash; without one it never is, and takes as long: nobody learns by it that an account
/// is there whose password was not set yet.
pub fn is_right(password: &str, hash: Option<&str>) -> bool {
    let own = hash.and_then(|hash| PasswordHash::new(hash).ok());
    let is_theirs = own.is_some();
    let known = own.or_else(|| PasswordHash::new(NOBODYS).ok());
    let matches = known.is_some_and(|known| argon2().verify_password(password.as_bytes(), &known).is_ok());
    matches && is_theirs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_right_for_its_own_hash_alone() {
        let own = hash("correct horse").unwrap();
        assert!(is_right("correct horse", Some(&own)));
        assert!(!is_right("wrong horse", Some(&own)));
        assert!(!is_right("correct horse", None));
        assert!(!is_right("correct horse", Some("not a hash")));
    }

    #[test]
    fn s08_a_name_that_nobody_has_is_compared_by_the_same_parameters() {
        let parameters = |phc: &str| {
            let hash = PasswordHash::new(phc).unwrap();
            let length = (hash.salt.unwrap().as_ref().len(), hash.hash.unwrap().len());
            (hash.algorithm.to_string(), hash.version, hash.params.to_string(), length)
        };
        assert_eq!(parameters(NOBODYS), parameters(&hash("correct horse").unwrap()));
    }

    #[test]
    fn s09_what_is_too_long_is_not_hashed() {
        assert!(is_possible(&"a".repeat(256)));
        assert!(!is_possible(&"a".repeat(257)) && !is_possible(""));
    }
}
