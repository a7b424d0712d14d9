//! Every reason for which something is refused: what it means, and how to mend it. One table, from which the page behind
//! each `error_uri` is made; no error is made for a reason that does not stand here.

mod assertions;
mod authorization;
mod registration;
mod requests;
mod sign_in;
mod tokens;

/// Why something is refused, in words for whoever has to mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Its stable name, as in logs and in the address of its page.
    pub name: &'static str,
    /// What it means.
    pub means: &'static str,
    /// What to do about it.
    pub mend: &'static str,
}

/// Reasons that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// What they are about.
    pub about: &'static str,
    /// They themselves.
    pub reasons: &'static [Reason],
}

/// All of them.
pub const GROUPS: [Group; 6] = [
    Group { about: "Requests in general", reasons: requests::REASONS },
    Group { about: "Authorization requests and launches", reasons: authorization::REASONS },
    Group { about: "Codes, refresh tokens and access tokens", reasons: tokens::REASONS },
    Group { about: "Client authentication and assertions", reasons: assertions::REASONS },
    Group { about: "Registration", reasons: registration::REASONS },
    Group { about: "Sign-in at another service", reasons: sign_in::REASONS },
];

/// The reason of a name.
///
/// ```
/// let reason = smart::reasons::find("verifier_mismatch").unwrap();
/// assert!(reason.mend.contains("code_verifier"));
/// assert!(smart::reasons::find("nothing").is_none());
/// ```
pub fn find(name: &str) -> Option<&'static Reason> {
    GROUPS.iter().flat_map(|group| group.reasons).find(|reason| reason.name == name)
}

/// A row of the table.
const fn reason(name: &'static str, means: &'static str, mend: &'static str) -> Reason {
    Reason { name, means, mend }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn all() -> impl Iterator<Item = &'static Reason> {
        GROUPS.iter().flat_map(|group| group.reasons)
    }

    #[test]
    fn each_reason_stands_once_and_its_name_fits_into_an_address() {
        let mut seen = HashSet::new();
        for reason in all() {
            assert!(seen.insert(reason.name), "{} stands twice", reason.name);
            assert!(
                reason.name.bytes().all(|byte| byte.is_ascii_lowercase() || b"_0123456789".contains(&byte))
            );
        }
    }

    #[test]
    fn each_reason_is_told_in_whole_sentences() {
        for Reason { name, means, mend } in all() {
            for text in [means, mend] {
                assert!(text.len() > 20 && text.ends_with('.'), "{name}: {text}");
                assert!(text.starts_with(|first: char| !first.is_ascii_punctuation()), "{name}: {text}");
            }
        }
    }
}
