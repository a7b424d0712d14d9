//! Wrong passwords, counted before any is looked at.
//!
//! Three counts, each for 15 minutes: of a name from one address, so that somebody far away cannot lock a person out; of a
//! name from anywhere, so that many addresses together cannot guess for long; and of an address, so that one cannot go
//! through all names. Names that nobody has are counted like all others.

use std::time::Duration;

use smart_verify::time::UnixSeconds;

/// How long a count goes on: 15 minutes. Nobody is locked out for longer.
pub const WINDOW: Duration = Duration::from_secs(900);

/// Tries of one name from one address.
pub const TRIES: u64 = 5;

/// Tries of one name from all addresses.
pub const TRIES_FROM_ANYWHERE: u64 = 50;

/// Tries of all names from one address: a whole clinic may share one.
pub const TRIES_OF_ANYONE: u64 = 100;

/// A count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// The keyed hash of what is counted, and in which window of time.
    pub key: String,
    /// How many tries or requests it lets through.
    pub limit: u64,
    /// When it is over.
    pub ends_at: UnixSeconds,
    /// What a sign-in makes of it: whether it begins anew, or only loses this one try.
    pub begins_anew: bool,
}

/// What came of raising counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raised {
    /// All were raised: the password may be looked at.
    Raised,
    /// One has reached its limit: no password is looked at, and none was raised.
    Full,
}

/// The counts that a try is part of: those of the name first.
pub fn counters(
    name: &str,
    address: &str,
    keyed_hash: impl Fn(&[&[u8]]) -> String,
    now: UnixSeconds,
) -> [Counter; 3] {
    let window = now.0 / WINDOW.as_secs();
    let ends_at = UnixSeconds((window + 1) * WINDOW.as_secs());
    let counter = |kind: &[u8], of: &[&str], limit| {
        let window = window.to_be_bytes();
        let parts: Vec<&[u8]> =
            [kind, &window].into_iter().chain(of.iter().map(|part| part.as_bytes())).collect();
        Counter { key: keyed_hash(&parts), limit, ends_at, begins_anew: false }
    };
    let own = counter(b"name and address", &[name, address], TRIES);
    [
        Counter { begins_anew: true, ..own },
        counter(b"name", &[name], TRIES_FROM_ANYWHERE),
        counter(b"address", &[address], TRIES_OF_ANYONE),
    ]
}

/// How many minutes are left until a try is looked at again.
pub fn minutes_left(counters: &[Counter], now: UnixSeconds) -> u64 {
    let seconds =
        counters.iter().map(|counter| counter.ends_at.since(now).as_secs()).max().unwrap_or_default();
    seconds.div_ceil(60).max(1)
}

/// The part of an address that one household or one machine has: all of an IPv4 address, the first half of an IPv6 one.
pub fn neighbourhood(address: std::net::IpAddr) -> String {
    match address.to_canonical() {
        std::net::IpAddr::V4(address) => address.to_string(),
        std::net::IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(name: &str, address: &str, now: u64) -> Vec<String> {
        let hash = |parts: &[&[u8]]| format!("{parts:?}");
        counters(name, address, hash, UnixSeconds(now)).into_iter().map(|counter| counter.key).collect()
    }

    #[test]
    fn s08_a_name_an_address_and_both_are_counted_by_the_quarter_hour() {
        let all = [keys("ann", "10.0.0.1", 900), keys("ann", "10.0.0.2", 900), keys("bob", "10.0.0.1", 900)];
        assert_ne!(all[0][0], all[1][0]);
        assert_eq!(all[0][1], all[1][1]);
        assert_eq!(all[0][2], all[2][2]);
        assert_eq!(keys("ann", "10.0.0.1", 1799), all[0]);
        assert!(keys("ann", "10.0.0.1", 1800).iter().all(|key| !all[0].contains(key)));
    }

    #[test]
    fn s08_nobody_waits_longer_than_a_quarter_of_an_hour() {
        let at = |now| {
            let counters = counters("a", "b", |_| String::new(), UnixSeconds(now));
            minutes_left(&counters, UnixSeconds(now))
        };
        assert_eq!((at(900), at(901), at(1739), at(1740), at(1799)), (15, 15, 2, 1, 1));
    }

    #[test]
    fn an_ipv6_address_counts_with_its_neighbours() {
        let of = |text: &str| neighbourhood(text.parse().unwrap());
        assert_eq!(of("10.1.2.3"), "10.1.2.3");
        assert_eq!(of("::ffff:10.1.2.3"), "10.1.2.3");
        assert_eq!(of("2001:db8:1:2:3::1"), of("2001:db8:1:2:ffff::2"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    }
}
