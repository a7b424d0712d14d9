//! For how long an app may get data: what the consent page offers.

use smart_verify::scope::{LastingScope, Scope, ScopeSet};
use smart_verify::time::UnixSeconds;

/// The days that are offered where the client may have them.
const OFFERED: [u32; 3] = [30, 90, 365];

/// The days that are chosen until the user chooses otherwise.
const DEFAULT: u32 = 90;

/// For how long an app may get data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HowLong {
    /// As long as its first access token, about an hour.
    AboutAnHour,
    /// While the user is signed in: `online_access`.
    UntilSignOut,
    /// As the user chooses: `offline_access`. `0` days withhold every lasting scope.
    Choose {
        /// How many days are offered, in addition to none.
        days: Vec<u32>,
        /// What is chosen at first; nothing is no day.
        chosen: Option<u32>,
        /// The day that the days are counted from.
        today: UnixSeconds,
    },
}

impl HowLong {
    /// What is offered of these scopes to a client that may keep access for so many days at most.
    pub fn of(scopes: &ScopeSet, longest_days: u32, today: UnixSeconds) -> Self {
        if scopes.has(&Scope::Lasting(LastingScope::Offline)) {
            Self::up_to(longest_days, today)
        } else if scopes.has(&Scope::Lasting(LastingScope::Online)) {
            Self::UntilSignOut
        } else {
            Self::AboutAnHour
        }
    }

    /// What is offered to a client that may keep access for so many days at most: 30 and 90 days and a year as far as
    /// they fit, or the ceiling itself where not one does, with 90 days or what is nearest below it chosen.
    ///
    /// ```
    /// use smart::authorization::HowLong;
    /// use smart_verify::time::UnixSeconds;
    ///
    /// let today = UnixSeconds(0);
    /// let asked = HowLong::Choose { days: vec![30, 90], chosen: Some(90), today };
    /// assert_eq!(HowLong::up_to(180, today), asked);
    /// ```
    pub fn up_to(longest_days: u32, today: UnixSeconds) -> Self {
        if longest_days == 0 {
            return Self::AboutAnHour;
        }
        let mut days: Vec<u32> = OFFERED.into_iter().filter(|days| *days <= longest_days).collect();
        if days.is_empty() {
            days.push(longest_days);
        }
        let chosen = days.iter().copied().filter(|days| *days <= DEFAULT).max();
        Self::Choose { days, chosen, today }
    }

    /// Whether the user may choose so many days.
    pub fn offers(&self, chosen: u32) -> bool {
        matches!(self, Self::Choose { days, .. } if days.contains(&chosen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: UnixSeconds = UnixSeconds(1_779_580_800); // 24 May 2026

    #[test]
    fn pg_22_nothing_above_the_ceiling_is_offered_and_90_days_are_the_default() {
        let table: [(u32, &[u32], u32); 6] = [
            (1, &[1], 1),
            (14, &[14], 14),
            (30, &[30], 30),
            (90, &[30, 90], 90),
            (364, &[30, 90], 90),
            (365, &[30, 90, 365], 90),
        ];
        for (ceiling, days, chosen) in table {
            let expected = HowLong::Choose { days: days.to_vec(), chosen: Some(chosen), today: TODAY };
            assert_eq!(HowLong::up_to(ceiling, TODAY), expected);
        }
        assert_eq!(HowLong::up_to(0, TODAY), HowLong::AboutAnHour);
    }
}
