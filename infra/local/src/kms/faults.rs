//! The faults that a test or a curious developer asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::template::Key;

/// What is to go wrong, and what was called.
#[derive(Debug, Default)]
pub(super) struct Faults {
    disabled: BTreeSet<String>,
    pub(super) throttled: usize,
    pub(super) delay: Duration,
    pub(super) calls: BTreeMap<String, usize>,
}

impl Faults {
    pub(super) fn disable(&mut self, key: &str) {
        self.disabled.insert(key.to_owned());
    }

    pub(super) fn enable(&mut self, key: &str) {
        let same = |named: &String| named.rsplit('/').next() == key.rsplit('/').next();
        self.disabled.retain(|named| !same(named));
    }

    pub(super) fn is_disabled(&self, key: &Key) -> bool {
        self.disabled.contains(&key.arn) || self.disabled.contains(&key.logical_id)
    }

    /// A call arrives: how long it waits, and whether it is throttled.
    pub(super) fn arrival(&mut self, operation: &str) -> (Duration, bool) {
        *self.calls.entry(operation.to_owned()).or_default() += 1;
        let throttled = self.throttled > 0;
        self.throttled = self.throttled.saturating_sub(1);
        (self.delay, throttled)
    }
}
