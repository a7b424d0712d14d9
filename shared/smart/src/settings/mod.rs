//! Settings that an operator changes while the service runs: each is an item of the SettingsTable, which every function
//! reads again from time to time. So a change reaches no two functions at the same moment.

mod mac_versions;

use std::time::Duration;

pub use mac_versions::{MacName, MacVersions, MacVersionsRefused};

/// How old a setting may be when a function uses it: 5 minutes. A function that is older reads it again first.
pub const SETTINGS_LIFETIME: Duration = Duration::from_secs(300);

/// How old a setting may be while it cannot be read: 15 minutes. After that the function answers 503.
pub const SETTINGS_LIFETIME_IN_AN_OUTAGE: Duration = Duration::from_secs(900);

/// The items of the SettingsTable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SettingsItem {
    /// The schedule of the signing keys. Without the item the key that the stack made signs, always.
    SigningKeys,
    /// Which versions of each MAC key are accepted, and which one mints. Without the item version 1 of each.
    MacVersions,
    /// The OpenID provider at which users sign in. Without the item there is none.
    Providers,
    /// Strings too long for the environment of a function, by name.
    Texts,
}

impl SettingsItem {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::SigningKeys, Self::MacVersions, Self::Providers, Self::Texts];

    /// The key of the item in the table.
    pub const fn key(self) -> &'static str {
        match self {
            Self::SigningKeys => "signing-keys",
            Self::MacVersions => "mac-versions",
            Self::Providers => "providers",
            Self::Texts => "texts",
        }
    }
}
