//! Versions of a MAC key: each gives another secret from the same key, so a new version replaces the secret.
//!
//! A planned replacement takes three steps, as for a signing key: the new version is accepted everywhere, then it mints,
//! then the old one is no longer accepted. [`MacVersions::replace_now`] takes all three at the same moment.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use smart_verify::time::UnixSeconds;

use super::SETTINGS_LIFETIME_IN_AN_OUTAGE;

/// What is protected by a MAC key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MacName {
    /// Codes and refresh tokens.
    TokenMac,
    /// Cookies, and the steps and forms of pages.
    PageSeal,
    /// The hashes of users and patients in the log.
    AuditHash,
}

impl MacName {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::TokenMac, Self::PageSeal, Self::AuditHash];

    /// The name in commands and in the SettingsTable.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TokenMac => "token-mac",
            Self::PageSeal => "page-seal",
            Self::AuditHash => "audit-hash",
        }
    }
}

/// The versions of one MAC key. The version that mints is among those accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct MacVersions {
    accept: Vec<u32>,
    mint: u32,
    changed_at: UnixSeconds,
}

/// The versions as they are stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Written {
    accept: Vec<u32>,
    mint: u32,
    #[serde(default)]
    changed_at: UnixSeconds,
}

/// Why the versions are not what was asked: a sentence for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MacVersionsRefused(String);

fn refused<T>(sentence: impl Into<String>) -> Result<T, MacVersionsRefused> {
    Err(MacVersionsRefused(sentence.into()))
}

/// How many versions may be accepted at a time. A function asks KMS for each of them when it starts.
const MOST_VERSIONS: usize = 8;

impl Default for MacVersions {
    /// Version 1, always.
    fn default() -> Self {
        Self { accept: vec![1], mint: 1, changed_at: UnixSeconds(0) }
    }
}

impl MacVersions {
    /// Checks versions that were written elsewhere.
    ///
    /// # Errors
    /// When none or more than eight are accepted, one is named twice, or the one that mints is not accepted.
    pub fn new(accept: Vec<u32>, mint: u32, changed_at: UnixSeconds) -> Result<Self, MacVersionsRefused> {
        let twice = accept.iter().enumerate().any(|(index, version)| accept[..index].contains(version));
        if accept.is_empty() || accept.len() > MOST_VERSIONS || twice {
            return refused(format!("accept must name 1 to {MOST_VERSIONS} versions, each once"));
        }
        if !accept.contains(&mint) {
            return refused("the version that is issued must be among those accepted");
        }
        Ok(Self { accept, mint, changed_at })
    }

    /// The versions that are accepted.
    pub fn accepted(&self) -> &[u32] {
        &self.accept
    }

    /// The version of what is issued now.
    pub const fn minting(&self) -> u32 {
        self.mint
    }

    /// When the versions last changed, in seconds since 1970; 0 for those of a new stack.
    pub const fn changed_at(&self) -> UnixSeconds {
        self.changed_at
    }

    /// From when on every function uses these versions, even one that could not read them for a while.
    pub fn known_from(&self) -> UnixSeconds {
        self.changed_at + SETTINGS_LIFETIME_IN_AN_OUTAGE + STRAY
    }

    /// The version that is accepted and does not mint yet, if there is one.
    pub fn waiting(&self) -> Option<u32> {
        Some(self.newest()).filter(|newest| *newest > self.mint)
    }

    /// With a further version, which every function accepts and none mints yet.
    ///
    /// # Errors
    /// When a version is accepted that does not mint yet, or too many are accepted.
    pub fn add(&self, now: UnixSeconds) -> Result<Self, MacVersionsRefused> {
        if self.newest() > self.mint {
            return refused(format!("version {} is not issued yet; promote it first", self.newest()));
        }
        let mut accept = self.accept.clone();
        accept.push(self.next()?);
        Self::new(accept, self.mint, now)
    }

    /// With the newest version minting, once every function accepts it.
    ///
    /// # Errors
    /// When the newest version mints already, or a function may not know it yet.
    pub fn promote(&self, now: UnixSeconds) -> Result<Self, MacVersionsRefused> {
        if self.newest() == self.mint {
            return refused(format!("version {} is issued already; add a further one first", self.mint));
        }
        let known = self.known_from();
        if now < known {
            return refused(format!(
                "a function may not accept version {} yet; try again in {} s",
                self.newest(),
                known.since(now).as_secs()
            ));
        }
        Self::new(self.accept.clone(), self.newest(), now)
    }

    /// With the version that mints alone.
    ///
    /// # Errors
    /// When no other version is accepted, when the newest version does not mint yet, or when a function may still mint the
    /// version before.
    pub fn retire(&self, now: UnixSeconds) -> Result<Self, MacVersionsRefused> {
        if self.newest() > self.mint {
            return refused(format!("version {} is not issued yet; promote it first", self.newest()));
        }
        if self.accept.len() == 1 {
            return refused("only the version that is issued is accepted");
        }
        let known = self.known_from();
        if now < known {
            return refused(format!(
                "a function may still issue the previous version; try again in {} s",
                known.since(now).as_secs()
            ));
        }
        Self::new(vec![self.mint], self.mint, now)
    }

    /// With a further version alone: whatever an earlier version protects is refused as soon as a function reads this.
    ///
    /// # Errors
    /// When there is no further number.
    pub fn replace_now(&self, now: UnixSeconds) -> Result<Self, MacVersionsRefused> {
        let next = self.next()?;
        Self::new(vec![next], next, now)
    }

    fn newest(&self) -> u32 {
        self.accept.iter().copied().max().unwrap_or(self.mint)
    }

    fn next(&self) -> Result<u32, MacVersionsRefused> {
        let next = self.newest().checked_add(1);
        next.ok_or_else(|| MacVersionsRefused("there is no further version".to_owned()))
    }
}

/// How far the clocks of an operator and of a function may be apart: 2 minutes.
const STRAY: Duration = Duration::from_secs(120);

impl TryFrom<Written> for MacVersions {
    type Error = MacVersionsRefused;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        Self::new(written.accept, written.mint, written.changed_at)
    }
}

impl From<MacVersions> for Written {
    fn from(versions: MacVersions) -> Self {
        let MacVersions { accept, mint, changed_at } = versions;
        Self { accept, mint, changed_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixSeconds = UnixSeconds(1_790_000_000);
    const KNOWN: Duration = Duration::from_secs(900 + 120);

    fn said(outcome: Result<MacVersions, MacVersionsRefused>) -> String {
        outcome.unwrap_err().to_string()
    }

    #[test]
    fn a_version_is_accepted_then_mints_then_is_alone() {
        let added = MacVersions::default().add(NOW).unwrap();
        assert_eq!((added.accepted(), added.minting()), (&[1, 2][..], 1));
        let promoted = added.promote(NOW + KNOWN).unwrap();
        assert_eq!((promoted.accepted(), promoted.minting()), (&[1, 2][..], 2));
        let retired = promoted.retire(NOW + KNOWN + KNOWN).unwrap();
        assert_eq!((retired.accepted(), retired.minting()), (&[2][..], 2));
    }

    #[test]
    fn no_step_is_taken_before_every_function_knows_the_one_before() {
        let added = MacVersions::default().add(NOW).unwrap();
        assert!(said(added.promote(NOW + Duration::from_secs(1019))).contains("try again in 1 s"));
        let promoted = added.promote(NOW + KNOWN).unwrap();
        assert!(said(promoted.retire(NOW + KNOWN)).contains("try again in 1020 s"));
    }

    #[test]
    fn steps_out_of_order_are_refused() {
        let first = MacVersions::default();
        let added = first.add(NOW).unwrap();
        for (outcome, why) in [
            (first.promote(NOW), "is issued already"),
            (first.retire(NOW), "only the version that is issued"),
            (added.add(NOW), "is not issued yet"),
            (added.retire(NOW), "is not issued yet"),
        ] {
            let said = said(outcome);
            assert!(said.contains(why), "{why}: {said}");
        }
    }

    #[test]
    fn a_replacement_leaves_no_earlier_version() {
        let added = MacVersions::default().add(NOW).unwrap();
        let replaced = added.replace_now(NOW).unwrap();
        assert_eq!((replaced.accepted(), replaced.minting()), (&[3][..], 3));
    }

    #[test]
    fn stored_versions_are_checked_and_may_lack_their_moment() {
        let read = |text: &str| serde_json::from_str::<MacVersions>(text);
        assert_eq!(read(r#"{"accept":[1],"mint":1}"#).unwrap(), MacVersions::default());
        for wrong in [
            r#"{"accept":[],"mint":1}"#,
            r#"{"accept":[1],"mint":2}"#,
            r#"{"accept":[1,1],"mint":1}"#,
            r#"{"accept":[1,2,3,4,5,6,7,8,9],"mint":1}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
