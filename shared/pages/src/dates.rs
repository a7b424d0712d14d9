//! Dates as people read them: "24 May 2027".

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use smart_verify::time::UnixSeconds;

/// The day of a moment, in UTC.
pub fn day(moment: UnixSeconds) -> Option<Date> {
    let seconds = i64::try_from(moment.0).ok()?;
    Some(Offset::UTC.to_datetime(Timestamp::from_second(seconds).ok()?).date())
}

/// A moment's day in words; nothing for a moment that no calendar has.
pub fn day_in_words(moment: UnixSeconds) -> Option<String> {
    day(moment).map(in_words)
}

/// A moment in words, with its zone: "24 May 2026, 14:05 UTC".
pub fn moment_in_words(moment: UnixSeconds) -> Option<String> {
    let seconds = i64::try_from(moment.0).ok()?;
    let at = Offset::UTC.to_datetime(Timestamp::from_second(seconds).ok()?);
    Some(at.strftime("%-d %B %Y, %H:%M UTC").to_string())
}

fn in_words(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// A FHIR `birthDate` in words: as much of it as is known. Nothing if it is no date.
///
/// Source: FHIR R4, datatypes#date (a year, a month or a day).
pub fn born(birth_date: &str) -> Option<String> {
    match birth_date.len() {
        4 => birth_date.bytes().all(|byte| byte.is_ascii_digit()).then(|| birth_date.to_owned()),
        7 => Some(full(&format!("{birth_date}-01"))?.strftime("%B %Y").to_string()),
        _ => full(birth_date).map(in_words),
    }
}

/// The day of a FHIR `dateTime` or `date` in words, as it was where it was written. Nothing if it is neither.
///
/// Source: FHIR R4, datatypes#dateTime.
pub fn day_of(date_time: &str) -> Option<String> {
    born(date_time.split_once('T').map_or(date_time, |(date, _)| date))
}

/// How old somebody is on a day; nothing unless the whole birth date is known and past.
pub fn age(birth_date: &str, now: UnixSeconds) -> Option<i16> {
    let (born, today) = (full(birth_date)?, day(now)?);
    let not_yet_this_year = (today.month(), today.day()) < (born.month(), born.day());
    let age = today.year() - born.year() - i16::from(not_yet_this_year);
    (age >= 0).then_some(age)
}

fn full(date: &str) -> Option<Date> {
    // jiff reads more forms than FHIR writes.
    if date.len() == 10 { date.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixSeconds = UnixSeconds(1_779_580_800); // 24 May 2026

    #[test]
    fn a_moment_is_a_day_in_words() {
        assert_eq!(day_in_words(NOW).as_deref(), Some("24 May 2026"));
        assert_eq!(day_in_words(UnixSeconds(u64::MAX)), None);
        assert_eq!(moment_in_words(UnixSeconds(NOW.0 + 3900)).as_deref(), Some("24 May 2026, 01:05 UTC"));
    }

    #[test]
    fn a_birth_date_says_as_much_as_is_known() {
        let table = [
            ("1980-05-24", Some("24 May 1980")),
            ("1980-05-04", Some("4 May 1980")),
            ("1980-05", Some("May 1980")),
            ("1980", Some("1980")),
            ("1980-13-01", None),
            ("+980", None),
            ("yesterday", None),
            ("", None),
        ];
        for (written, words) in table {
            assert_eq!(born(written).as_deref(), words, "{written}");
        }
    }

    #[test]
    fn a_moment_in_a_record_is_the_day_that_it_was_there() {
        assert_eq!(day_of("2026-05-24T23:30:00-05:00").as_deref(), Some("24 May 2026"));
        assert_eq!(day_of("2026-05-24").as_deref(), Some("24 May 2026"));
        assert_eq!(day_of("T10:00"), None);
    }

    #[test]
    fn somebody_is_a_year_older_on_their_birthday_and_not_the_day_before() {
        assert_eq!(age("1980-05-24", NOW), Some(46));
        assert_eq!(age("1980-05-25", NOW), Some(45));
        assert_eq!(age("1980", NOW), None);
        assert_eq!(age("2030-01-01", NOW), None);
    }
}
