//! Rotation: what the next schedule is when a key is added, promoted, retired or dropped. The next schedule counts when it
//! is written to the SettingsTable; functions read it one after another, within [`SETTINGS_LIFETIME`].
//!
//! The margins are wider than those of the check, because the operator's clock may stray as well.

use std::time::Duration;

use smart_verify::time::UnixSeconds;

use super::{CLOCK_SKEW, JWKS_LIFETIME, KeySchedule, LONGEST_TOKEN, Schedule, SigningAlgorithm};
use crate::settings::{SETTINGS_LIFETIME, SETTINGS_LIFETIME_IN_AN_OUTAGE};

/// The clocks of a publishing, a signing and a verifying machine, and of the operator.
const SKEWS: Duration = Duration::from_secs(4 * CLOCK_SKEW.as_secs());

/// Why there is no next schedule: a sentence for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RotationRefused(String);

fn refused<T>(sentence: &str) -> Result<T, RotationRefused> {
    Err(RotationRefused(sentence.to_owned()))
}

impl Schedule {
    /// With a further key, published as soon as a function reads this and not signing yet. Keys that are long gone are
    /// left out.
    ///
    /// # Errors
    /// When the key is there already, or is no ARN of a key.
    pub fn add(
        &self,
        key: &str,
        algorithm: SigningAlgorithm,
        now: UnixSeconds,
    ) -> Result<Self, RotationRefused> {
        let mut keys = self.keys_without_the_gone(now);
        keys.push(KeySchedule {
            key: key.to_owned(),
            algorithm,
            publish_from: now,
            sign_from: None,
            sign_until: None,
            remove_at: None,
        });
        checked(keys)
    }

    /// With a key's turn: it signs from `at`, or as soon as it may. `jwks_lifetime` is how long clients keep the JWKS
    /// in which the operator has seen the key.
    ///
    /// A function may publish the keys without this one for [`SETTINGS_LIFETIME_IN_AN_OUTAGE`] after the key was added, and
    /// for [`SETTINGS_LIFETIME`] after the operator saw it elsewhere; a client then keeps them for one more lifetime.
    ///
    /// # Errors
    /// When the key is not there, was promoted before, or `at` is so early that a client could still keep a JWKS
    /// without it.
    pub fn promote(
        &self,
        key: &str,
        at: Option<UnixSeconds>,
        jwks_lifetime: Duration,
        now: UnixSeconds,
    ) -> Result<Self, RotationRefused> {
        let entry = self.find(key)?;
        if entry.sign_from.is_some() {
            return refused("this key was promoted before; a key gets one turn, so add a new one");
        }
        if entry.remove_at.is_some() {
            return refused("this key was retired; add a new one");
        }
        let published = entry.publish_from + SETTINGS_LIFETIME_IN_AN_OUTAGE;
        let lifetime = JWKS_LIFETIME.max(jwks_lifetime);
        let earliest = published.max(now.max(entry.publish_from) + SETTINGS_LIFETIME) + lifetime + SKEWS;
        let sign_from = at.unwrap_or(earliest);
        if sign_from < earliest {
            return Err(RotationRefused(format!(
                "it may sign {} s from now at the earliest: functions read the schedule again after {} s, clients keep \
                 the published keys for {} s, and clocks stray",
                earliest.since(now).as_secs(),
                SETTINGS_LIFETIME.as_secs(),
                lifetime.as_secs()
            )));
        }
        self.replaced(&KeySchedule { sign_from: Some(sign_from), ..entry.clone() }, now)
    }

    /// With the end of a key's turn: now, or when the next key's turn begins; and with the moment from which no token needs
    /// its public key, even if a function cannot read this for [`SETTINGS_LIFETIME_IN_AN_OUTAGE`].
    ///
    /// # Errors
    /// When the key is not there, was retired before, or no other key signs.
    pub fn retire(&self, key: &str, now: UnixSeconds) -> Result<Self, RotationRefused> {
        let entry = self.find(key)?;
        if entry.sign_until.is_some() || entry.remove_at.is_some() {
            return refused("this key was retired before");
        }
        let Some(sign_from) = entry.sign_from else {
            // It never signed, so nobody needs it.
            return self.replaced(&KeySchedule { remove_at: Some(now), ..entry.clone() }, now);
        };
        let Some(sign_until) = self.relief_of(entry, now.max(sign_from)) else {
            return refused(
                "no other key signs, and without a key there are no tokens; add and promote one first",
            );
        };
        let last_signature = sign_until.max(now + SETTINGS_LIFETIME_IN_AN_OUTAGE);
        let remove_at = last_signature + LONGEST_TOKEN + SKEWS;
        let retired =
            KeySchedule { sign_until: Some(sign_until), remove_at: Some(remove_at), ..entry.clone() };
        self.replaced(&retired, now)
    }

    /// Without a key that is no longer trusted: as soon as a function reads this, the key neither signs nor is published, so
    /// its living tokens cannot be verified.
    ///
    /// # Errors
    /// When the key is not there, or no other key signs by now.
    pub fn drop_key(&self, key: &str, now: UnixSeconds) -> Result<Self, RotationRefused> {
        let entry = self.find(key)?;
        let others = self.keys().iter().filter(|other| other.key != entry.key);
        let rest = checked(others.cloned().collect())?;
        match rest.signing(entry.algorithm, now) {
            Some(_) => Ok(rest),
            None => refused("no other key signs yet, and without a key there are no tokens"),
        }
    }

    /// The first moment from `from` on at which another key signs that was not retired itself.
    fn relief_of(&self, entry: &KeySchedule, from: UnixSeconds) -> Option<UnixSeconds> {
        let others = self.keys().iter().filter(|other| other.key != entry.key);
        let lasting = others.filter(|other| other.algorithm == entry.algorithm && other.sign_until.is_none());
        lasting.filter_map(|other| other.sign_from).map(|begins| begins.max(from)).min()
    }

    /// A key by its ARN, or by the id at its end.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(&self, key: &str) -> Result<&KeySchedule, RotationRefused> {
        let is_it = |entry: &&KeySchedule| entry.key == key || entry.key.rsplit('/').next() == Some(key);
        self.keys()
            .iter()
            .find(is_it)
            .ok_or_else(|| RotationRefused("no such key in the schedule".to_owned()))
    }

    fn replaced(&self, next: &KeySchedule, now: UnixSeconds) -> Result<Self, RotationRefused> {
        let keys = self.keys_without_the_gone(now).into_iter();
        checked(keys.map(|entry| if entry.key == next.key { next.clone() } else { entry }).collect())
    }

    /// The keys that are not removed yet, by whatever clock.
    fn keys_without_the_gone(&self, now: UnixSeconds) -> Vec<KeySchedule> {
        let is_gone = |key: &KeySchedule| key.remove_at.is_some_and(|end| end + SKEWS <= now);
        self.keys().iter().filter(|key| !is_gone(key)).cloned().collect()
    }
}

fn checked(keys: Vec<KeySchedule>) -> Result<Schedule, RotationRefused> {
    Schedule::new(keys).map_err(|problems| RotationRefused(problems.join("; ")))
}

#[cfg(test)]
mod tests;
