//! How often somebody may ask.

use std::time::Duration;

use smart_verify::time::UnixSeconds;

use crate::lockout::Counter;

/// So many requests in so long a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is counted, in a word.
    pub name: &'static str,
    /// How many.
    pub requests: u64,
    /// In how long.
    pub window: Duration,
}

impl Limit {
    /// Of the admin API, for each client that calls it.
    pub const ADMIN: Self = Self { name: "admin", requests: 1200, window: Duration::from_secs(60) };

    /// Of registrations without a token, for each address.
    pub const OPEN_REGISTRATION: Self =
        Self { name: "register", requests: 20, window: Duration::from_secs(3600) };

    /// Of accounts that people make for themselves, for each address.
    pub const NEW_ACCOUNT: Self = Self { name: "account", requests: 10, window: Duration::from_secs(3600) };

    /// Of links by which a password is set, for each address.
    pub const SET_PASSWORD: Self =
        Self { name: "set_password", requests: 30, window: Duration::from_secs(3600) };

    /// Of requests with a registration access token, for each address.
    pub const MANAGEMENT: Self = Self { name: "manage", requests: 120, window: Duration::from_secs(60) };
}

/// The count that a request is part of.
pub fn counter(
    limit: Limit,
    whose: &str,
    keyed_hash: impl Fn(&[&[u8]]) -> String,
    now: UnixSeconds,
) -> Counter {
    let length = limit.window.as_secs();
    let window = now.0 / length;
    let parts: [&[u8]; 4] = [b"rate", limit.name.as_bytes(), &window.to_be_bytes(), whose.as_bytes()];
    Counter {
        key: keyed_hash(&parts),
        limit: limit.requests,
        ends_at: UnixSeconds((window + 1) * length),
        begins_anew: false,
    }
}
