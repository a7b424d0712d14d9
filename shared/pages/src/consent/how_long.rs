//! For how long: said where it is fixed, asked where it can be chosen.

use smart::authorization::HowLong;
use smart_verify::scope::{LastingScope, Scope, ScopeSet};
use smart_verify::time::UnixSeconds;

use crate::dates;

const DAY_IN_SECONDS: u64 = 86_400;

/// One of the choices.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) days: u32,
    pub(super) words: String,
    pub(super) chosen: bool,
}

/// The choices, where there is something to choose: only now first, and that one chosen unless another is.
pub(super) fn choices(how_long: &HowLong, scopes: &ScopeSet) -> Vec<Choice> {
    let HowLong::Choose { days, chosen, today } = how_long else { return Vec::new() };
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
pub(super) const fn sentence(how_long: &HowLong) -> &'static str {
    match how_long {
        HowLong::UntilSignOut => "This ends when you sign out.",
        HowLong::AboutAnHour | HowLong::Choose { .. } => "This ends in about 1 hour.",
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
    fn pg_22_the_end_is_written_out() {
        let offline = ScopeSet::parse("offline_access");
        let words: Vec<String> =
            choices(&HowLong::up_to(365, TODAY), &offline).into_iter().map(|choice| choice.words).collect();
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
            let offered = choices(&ask, &offline);
            assert_eq!(offered.iter().filter(|choice| choice.chosen).count(), 1);
            assert_eq!(offered[0].chosen, chosen != Some(30));
            assert!(choices(&ask, &ScopeSet::parse("online_access")).is_empty());
        }
    }
}
