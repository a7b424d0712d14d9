//! Times in UTC as a command line reads and shows them.

use jiff::Timestamp;
use smart_verify::time::UnixSeconds;

/// `2026-11-26 10:00:00 UTC`; what lies beyond the calendar stays a number.
pub(crate) fn written(at: UnixSeconds) -> String {
    let moment = i64::try_from(at.0).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    moment.map_or_else(|| at.0.to_string(), |moment| moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// Reads `2026-11-26T10:00:00Z`, or seconds since 1970.
pub(crate) fn read(text: &str) -> Result<UnixSeconds, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(UnixSeconds(seconds));
    }
    let moment: Timestamp = text.parse().map_err(|_| "write it as 2026-11-26T10:00:00Z".to_owned())?;
    u64::try_from(moment.as_second()).map(UnixSeconds).map_err(|_| "it must be after 1970".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_and_read() {
        let at = UnixSeconds(1_790_000_000);
        assert_eq!(written(at), "2026-09-21 14:13:20 UTC");
        assert_eq!(read("2026-09-21T14:13:20Z"), Ok(at));
        assert_eq!(read("1790000000"), Ok(at));
        assert!(read("tomorrow").is_err() && read("1960-01-01T00:00:00Z").is_err());
    }
}
