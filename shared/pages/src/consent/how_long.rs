//! For how long: said where it is fixed, asked where it can be chosen.

use smart_verify::scope::{LastingScope, Scope, ScopeSet};
use smart_verify::time::UnixSeconds;

use crate::dates;

/// The days that are offered where the client may have them.
const OFFERED: [u32; 3] = [30, 90, 365];

/// The days that are chosen until the person chooses otherwise.
const DEFAULT: u32 = 90;

const DAY_IN_SECONDS: u64 = 86_400;

/// For how long an app may get data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HowLong {
    /// As long as its first access token, about an hour. A lasting scope in the set has a box of its own.
    AboutAnHour,
    /// While the person is signed in: `online_access`, which has a box of its own.
    UntilSignOut,
    /// As the person chooses: `offline_access`. The form posts `days`; `0` withholds every lasting scope.
    Choose {
        /// How many days are offered, besides only now.
        days: Vec<u32>,
        /// What is chosen at first; nothing is only now.
        chosen: Option<u32>,
        /// The day that the days are counted from.
        today: UnixSeconds,
    },
}

/// One of the choices.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) days: u32,
    pub(super) words: String,
    pub(super) chosen: bool,
}

impl HowLong {
    /// What is asked for a client that may keep access for so many days at most: 30 and 90 days and a year as far as they
    /// fit, or the ceiling itself where not one does, with 90 days or what is nearest below it chosen.
    ///
    /// ```
    /// use pages::consent::HowLong;
    /// use smart_verify::time::UnixSeconds;
    ///
    /// let today = UnixSeconds(0);
    /// let asked = HowLong::Choose { days: vec![30, 90], chosen: Some(90), today };
    /// assert_eq!(HowLong::up_to(180, today), asked);
    /// ```
    pub fn up_to(ceiling_days: u32, today: UnixSeconds) -> Self {
        if ceiling_days == 0 {
            return Self::AboutAnHour;
        }
        let mut days: Vec<u32> = OFFERED.into_iter().filter(|days| *days <= ceiling_days).collect();
        if days.is_empty() {
            days.push(ceiling_days);
        }
        let chosen = days.iter().copied().filter(|days| *days <= DEFAULT).max();
        Self::Choose { days, chosen, today }
    }

    /// The choices, where there is something to choose: only now first, and that one chosen unless another is.
    pub(super) fn choices(&self, scopes: &ScopeSet) -> Vec<Choice> {
        let Self::Choose { days, chosen, today } = self else { return Vec::new() };
        if !scopes.has(&Scope::Lasting(LastingScope::Offline)) {
            return Vec::new();
        }
        let chosen = chosen.filter(|chosen| days.contains(chosen)).unwrap_or(0);
        let longer = days.iter().filter(|days| **days > 0).map(|days| (*days, lasting(*days, *today)));
        let now = (0, "Only while I use it now (about 1 hour)".to_owned());
        [now]
            .into_iter()
            .chain(longer)
            .map(|(days, words)| Choice { days, words, chosen: days == chosen })
            .collect()
    }

    /// What is said where no lasting scope is asked for.
    pub(super) const fn sentence(&self) -> &'static str {
        match self {
            Self::UntilSignOut => "This ends when you sign out.",
            Self::AboutAnHour | Self::Choose { .. } => "This ends in about 1 hour.",
        }
    }
}

/// "90 days, until 22 August 2026"
fn lasting(days: u32, today: UnixSeconds) -> String {
    let length = match days {
        1 => "1 day".to_owned(),
        365 => "1 year".to_owned(),
        days => format!("{days} days"),
    };
    let end = UnixSeconds(today.0.saturating_add(u64::from(days) * DAY_IN_SECONDS));
    dates::day_in_words(end).map_or_else(|| length.clone(), |day| format!("{length}, until {day}"))
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

    #[test]
    fn pg_22_the_end_is_written_out() {
        let offline = ScopeSet::parse("offline_access");
        let words: Vec<String> =
            HowLong::up_to(365, TODAY).choices(&offline).into_iter().map(|choice| choice.words).collect();
        let expected = [
            "Only while I use it now (about 1 hour)",
            "30 days, until 23 June 2026",
            "90 days, until 22 August 2026",
            "1 year, until 24 May 2027",
        ];
        assert_eq!(words, expected);
        assert_eq!(lasting(1, UnixSeconds(u64::MAX)), "1 day");
    }

    #[test]
    fn one_is_always_chosen_and_nothing_is_asked_that_the_app_did_not_ask() {
        let offline = ScopeSet::parse("offline_access");
        for chosen in [None, Some(7), Some(30)] {
            let ask = HowLong::Choose { days: vec![30, 90], chosen, today: TODAY };
            let choices = ask.choices(&offline);
            assert_eq!(choices.iter().filter(|choice| choice.chosen).count(), 1);
            assert_eq!(choices[0].chosen, chosen != Some(30));
            assert!(ask.choices(&ScopeSet::parse("online_access")).is_empty());
        }
    }
}
