//! Time as a value: nothing in this crate reads a clock.

use std::ops::Add;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How far another machine's clock may differ from ours, either way: 30 seconds.
///
/// The authorization server remembers a used `jti` until its assertion's `exp` plus this long. With a shorter memory,
/// an assertion could be replayed in the gap.
pub const CLOCK_LEEWAY: Duration = Duration::from_secs(30);

/// A moment, in whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixSeconds(pub u64);

impl UnixSeconds {
    /// How long after `earlier` this moment is; nothing when it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for UnixSeconds {
    type Output = Self;

    fn add(self, later: Duration) -> Self {
        Self(self.0.saturating_add(later.as_secs()))
    }
}
