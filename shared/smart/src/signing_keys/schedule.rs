//! A schedule that may be believed: only one that keeps every promise of rotation can be held.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use smart_verify::time::UnixSeconds;

use super::{CLOCK_SKEW, JWKS_LIFETIME, KeySchedule, LONGEST_TOKEN, SigningAlgorithm, last_promoted};

/// How long after it is published a key may sign at the earliest: when nobody keeps an older JWKS any more, though one
/// clock runs behind and another ahead.
const LEAD: Duration = Duration::from_secs(JWKS_LIFETIME.as_secs() + 2 * CLOCK_SKEW.as_secs());

/// How long after its last signature a key must stay published: until the last token has ended, though one clock runs
/// behind and another ahead.
const TAIL: Duration = Duration::from_secs(LONGEST_TOKEN.as_secs() + 2 * CLOCK_SKEW.as_secs());

/// A schedule of keys under which, with every function on the same schedule, no token carries a key that a client may
/// lack, and every living token can be verified. [`Schedule::new`] is the check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Schedule(Vec<KeySchedule>);

impl Schedule {
    /// Checks a schedule.
    ///
    /// # Errors
    /// Everything that is wrong with it, a sentence each.
    pub fn new(keys: Vec<KeySchedule>) -> Result<Self, Vec<String>> {
        let schedule = Self(keys);
        let problems = schedule.problems();
        if problems.is_empty() { Ok(schedule) } else { Err(problems) }
    }

    /// Reads a schedule from JSON, or from the ARN of a key that always signs alone.
    ///
    /// # Errors
    /// Everything that is wrong with it, a sentence each.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        if text.starts_with("arn:") {
            return Self::new(vec![always(text)]);
        }
        let Ok(Value::Array(entries)) = serde_json::from_str(text) else {
            return Err(vec![
                "must be a list of keys with key, algorithm, publish_from and sign_from, in JSON".to_owned(),
            ]);
        };
        let (mut keys, mut problems) = (Vec::new(), Vec::new());
        for (index, entry) in entries.into_iter().enumerate() {
            match serde_json::from_value(entry) {
                Ok(key) => keys.push(key),
                Err(error) => problems.push(format!("key {}: {error}", index + 1)),
            }
        }
        if problems.is_empty() { Self::new(keys) } else { Err(problems) }
    }

    /// The keys, in the order of the list.
    pub fn keys(&self) -> &[KeySchedule] {
        &self.0
    }

    /// The key that signs in an algorithm at a moment, as every function will see it.
    pub fn signing(&self, algorithm: SigningAlgorithm, now: UnixSeconds) -> Option<&KeySchedule> {
        last_promoted(&self.0, |key| key, algorithm, now)
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (index, key) in self.0.iter().enumerate() {
            let mut say = |what: &str| problems.push(format!("key {}: {what}", index + 1));
            key_problems(key, &mut say);
            if self.0[..index].iter().any(|earlier| earlier.key == key.key) {
                say("is named twice");
            }
            if self.leaves_a_gap(key) {
                say("when its sign_until comes, no other key signs");
            }
        }
        if !self.0.iter().any(|key| key.sign_from.is_some()) {
            problems.push("no key ever signs".to_owned());
        }
        problems
    }

    /// Whether nobody signs when this key's turn has ended, or it has none to hand over to.
    fn leaves_a_gap(&self, key: &KeySchedule) -> bool {
        key.sign_until.is_some_and(|end| self.signing(key.algorithm, end).is_none())
    }
}

/// A key that is published and signs from the start.
fn always(arn: &str) -> KeySchedule {
    KeySchedule {
        key: arn.to_owned(),
        algorithm: SigningAlgorithm::RS256,
        publish_from: UnixSeconds(0),
        sign_from: Some(UnixSeconds(0)),
        sign_until: None,
        remove_at: None,
    }
}

fn key_problems(key: &KeySchedule, say: &mut impl FnMut(&str)) {
    if !is_key_arn(&key.key) {
        say(
            "key must be the ARN of a KMS key, not an alias, which could be pointed elsewhere between two calls",
        );
    }
    let is_known_in_time = |from| key.publish_from == UnixSeconds(0) || key.publish_from + LEAD <= from;
    match key.sign_from {
        Some(from) if !is_known_in_time(from) => {
            say(&format!("sign_from must be at least {} s after publish_from", LEAD.as_secs()));
        }
        Some(from) if key.sign_until.is_some_and(|until| until < from) => {
            say("sign_until must not be before sign_from");
        }
        None if key.sign_until.is_some() => say("sign_until needs sign_from"),
        _ => {}
    }
    match (key.remove_at, key.sign_from, key.sign_until) {
        (Some(_), Some(_), None) => say("remove_at needs sign_until"),
        (Some(end), Some(_), Some(until)) if end < until + TAIL => {
            say(&format!("remove_at must be at least {} s after sign_until", TAIL.as_secs()));
        }
        _ => {}
    }
}

/// `arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab`, in any partition.
///
/// Source: AWS KMS Developer Guide, "Key ARN".
fn is_key_arn(text: &str) -> bool {
    let parts: Vec<_> = text.splitn(6, ':').collect();
    let [arn, partition, kms, region, account, key] = parts[..] else { return false };
    let id = key.strip_prefix("key/").unwrap_or_default();
    let is_plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    arn == "arn" && kms == "kms" && [partition, region, account, id].into_iter().all(is_plain)
}

#[cfg(test)]
mod tests;
