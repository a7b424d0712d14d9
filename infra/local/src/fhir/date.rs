//! FHIR dates, compared by whole days.

use std::str::FromStr;

/// How a search date is compared with the date of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Later,
    Earlier,
    LaterOrEqual,
    EarlierOrEqual,
}

/// The value of a date search parameter: a year, a month or a day, and how to compare with it.
///
/// A time of day is refused rather than cut off: a scope that filters by it would silently widen.
///
/// Source: FHIR R4, search#date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DateTest {
    comparison: Comparison,
    period: Period,
}

/// From the first to the last day, both included, as `YYYY-MM-DD`, which sorts as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Period {
    first: String,
    last: String,
}

/// A text that is no date of the kinds known here.
#[derive(Debug)]
pub(super) struct NoDate;

impl FromStr for Period {
    type Err = NoDate;

    fn from_str(text: &str) -> Result<Self, NoDate> {
        let parts: Vec<&str> = text.split('-').collect();
        let digits =
            |part: &&str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        let well_formed = match parts.as_slice() {
            [year, rest @ ..] if rest.len() <= 2 => {
                digits(year, 4) && rest.iter().all(|part| digits(part, 2))
            }
            _ => false,
        };
        // The ends of a month or year need not be real days: they only have to sort around all of them.
        let fill = |day: &str| [text, &day[text.len().min(day.len())..]].concat();
        well_formed.then(|| Self { first: fill("0000-00-00"), last: fill("9999-99-99") }).ok_or(NoDate)
    }
}

impl Period {
    /// The period from the first day of `self` to the last of `end`.
    pub(super) fn until(self, end: Self) -> Self {
        Self { first: self.first, last: end.last }
    }
}

impl FromStr for DateTest {
    type Err = NoDate;

    fn from_str(text: &str) -> Result<Self, NoDate> {
        let (comparison, date) = match text.split_at_checked(2) {
            Some(("eq", date)) => (Comparison::Equal, date),
            Some(("ne", date)) => (Comparison::NotEqual, date),
            Some(("gt", date)) => (Comparison::Later, date),
            Some(("lt", date)) => (Comparison::Earlier, date),
            Some(("ge", date)) => (Comparison::LaterOrEqual, date),
            Some(("le", date)) => (Comparison::EarlierOrEqual, date),
            _ => (Comparison::Equal, text),
        };
        Ok(Self { comparison, period: date.parse()? })
    }
}

impl DateTest {
    /// Whether the period of a resource passes.
    pub(super) fn matches(&self, resource: &Period) -> bool {
        let asked = &self.period;
        let within = asked.first <= resource.first && resource.last <= asked.last;
        match self.comparison {
            Comparison::Equal => within,
            Comparison::NotEqual => !within,
            Comparison::Later => resource.last > asked.last,
            Comparison::Earlier => resource.first < asked.first,
            Comparison::LaterOrEqual => resource.last > asked.last || within,
            Comparison::EarlierOrEqual => resource.first < asked.first || within,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_compared_by_its_prefix() {
        let day: Period = "2025-03-11".parse().unwrap();
        for (test, expected) in [
            ("2025-03-11", true),
            ("2025-03", true),
            ("2025", true),
            ("2024", false),
            ("ne2025", false),
            ("gt2025-03-10", true),
            ("gt2025-03", false),
            ("ge2025-03", true),
            ("lt2025-03-12", true),
            ("lt2025", false),
            ("le2025", true),
            ("le2025-03-10", false),
        ] {
            assert_eq!(test.parse::<DateTest>().unwrap().matches(&day), expected, "{test}");
        }
    }

    #[test]
    fn what_is_no_plain_date_is_refused() {
        for text in ["", "25", "2025-3", "2025-03-11T10:00:00Z", "2025-03-11-01", "xx2025", "zürich", "gt"] {
            assert!(text.parse::<DateTest>().is_err(), "{text}");
        }
    }
}
