//! Settings of a function: its environment, which a deployment decides, and the items of the SettingsTable, which an
//! operator's commands write. A function that starts names all that is wrong with them together.

mod operator;
mod providers;
mod stored;
mod texts;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use smart::client::{AssertionAlgorithms, is_loopback};
use smart::registration::{SelfRegistration, SelfRegistrationPolicy};
use smart::service::Service;
use smart::settings::{MacName, MacVersions, SettingsItem};
use smart::signing_keys::Schedule;
use smart_verify::scope::{Scope, ScopeSet};
use url::Url;

use crate::jwks_http::Reach;

pub use operator::OperatorSetting;
pub use providers::{SealedSetting, UpstreamSettings};
pub use stored::{StoredItem, StoredSettings};
pub use texts::{TextName, UnknownText};

/// The environment variables of a function.
#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Those of this process.
    pub fn of_process() -> Self {
        Self(std::env::vars().collect())
    }

    /// A variable that may be missing; an empty one counts as missing.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl From<Environment> for Settings {
    /// Nothing is stored.
    fn from(environment: Environment) -> Self {
        Self { environment, stored: StoredSettings::default() }
    }
}

impl From<BTreeMap<String, String>> for Environment {
    fn from(variables: BTreeMap<String, String>) -> Self {
        Self(variables)
    }
}

/// All settings of a function.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What the deployment decided.
    pub environment: Environment,
    /// What the operator's commands wrote.
    pub stored: StoredSettings,
}

impl Settings {
    /// Begins to read.
    pub const fn reader(&self) -> Reader<'_> {
        Reader { settings: self, problems: Vec::new() }
    }
}

/// All that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the settings are not complete: {}", self.0.join("; "))
    }
}

impl std::error::Error for Problems {}

/// A KMS HMAC key from whose answers secrets are made, one for each version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MacKey {
    /// The ARN of the key.
    pub key: String,
    /// The versions that are accepted, and the one that mints.
    pub versions: MacVersions,
}

/// Reads settings one by one. What is missing is noted, and [`Reader::finish`] tells all of it.
#[derive(Debug)]
pub struct Reader<'a> {
    settings: &'a Settings,
    problems: Vec<String>,
}

impl Reader<'_> {
    /// A variable that may be missing; an empty one counts as missing.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.settings.environment.get(name)
    }

    /// A variable that must be there.
    pub fn required(&mut self, name: &str) -> String {
        let value = self.optional(name).map(str::to_owned);
        value.unwrap_or_else(|| {
            self.problems.push(format!("{name} is missing"));
            String::new()
        })
    }

    /// A variable that is `true` or `false`, and false when it is missing.
    pub fn flag(&mut self, name: &str) -> bool {
        let value = self.optional(name).unwrap_or("false").to_owned();
        if value != "true" && value != "false" {
            self.note_once(format!("{name} must be true or false"));
        }
        value == "true"
    }

    /// A length of time in minutes, from 1 to a year's.
    pub fn minutes(&mut self, name: &str) -> Duration {
        Duration::from_secs(60 * u64::from(self.whole(name, 525_600, "minutes")))
    }

    /// A length of time in days, from 1 to ten years'.
    pub fn days(&mut self, name: &str) -> Duration {
        Duration::from_secs(86_400 * u64::from(self.number_of_days(name)))
    }

    /// A number of days, from 1 to ten years'.
    pub fn number_of_days(&mut self, name: &str) -> u32 {
        self.whole(name, 3650, "days")
    }

    fn whole(&mut self, name: &str, most: u32, of: &str) -> u32 {
        let value = self.required(name);
        let number: Option<u32> = value.parse().ok().filter(|number| (1..=most).contains(number));
        if number.is_none() && !value.is_empty() {
            self.problems.push(format!("{name} must be a whole number of {of}, from 1 to {most}"));
        }
        number.unwrap_or(1)
    }

    /// `ISSUER`, `FHIR_BASE_URL` and `ASSERTION_ALGORITHMS`: where we are, and which assertions we accept. Plain http is for loopback alone.
    pub fn service(&mut self) -> Service {
        let issuer = self.address("ISSUER");
        let fhir_base_url = self.address("FHIR_BASE_URL");
        let named = self.optional("ASSERTION_ALGORITHMS").unwrap_or_default();
        let algorithms = AssertionAlgorithms::with(named).unwrap_or_else(|error| {
            self.problems.push(format!("ASSERTION_ALGORITHMS {error}"));
            AssertionAlgorithms::default()
        });
        Service::new(&issuer, &fhir_base_url).accepting(algorithms)
    }

    /// `LOOPBACK_KEYS`: whether clients' keys are read from this machine by plain http, too. For development alone,
    /// so a service that others can reach does not start with it.
    pub fn reach_of_keys(&mut self, service: &Service) -> Reach {
        if !self.flag("LOOPBACK_KEYS") {
            return Reach::Public;
        }
        if !service.is_on_loopback() {
            self.problems.push("LOOPBACK_KEYS is for an ISSUER on loopback alone".to_owned());
        }
        Reach::PublicAndLoopback
    }

    fn address(&mut self, name: &str) -> String {
        let value = self.required(name);
        if value.is_empty() {
            return value;
        }
        let usable = Url::parse(&value).is_ok_and(|url| {
            let safe = url.scheme() == "https" || is_loopback_http(&url);
            safe && url.query().is_none() && url.fragment().is_none() && url.username().is_empty()
        });
        if !usable {
            self.problems.push(format!(
                "{name} must be an https URL without query or fragment (http only for 127.0.0.1 and localhost)"
            ));
        }
        value
    }

    /// The schedule of the signing keys; without one the key `SIGNING_KEY` signs, always.
    pub fn signing_keys(&mut self) -> Schedule {
        let first = self.required("SIGNING_KEY");
        let (name, text) = match self.settings.stored.get(SettingsItem::SigningKeys) {
            Some(item) => (SettingsItem::SigningKeys.key(), item.value.as_str()),
            None if first.is_empty() => return Schedule::default(),
            None => ("SIGNING_KEY", first.as_str()),
        };
        Schedule::parse(text).unwrap_or_else(|problems| {
            self.problems.extend(problems.into_iter().map(|problem| format!("{name}: {problem}")));
            Schedule::default()
        })
    }

    /// A setting of scopes: the most that users, or clients that register themselves, may have. Each is readable, none is
    /// of a backend service.
    pub fn scopes_of_people(&mut self, name: TextName) -> ScopeSet {
        let scopes = ScopeSet::parse(&self.text(name));
        let of_a_backend = scopes.iter().any(Scope::is_of_a_backend);
        if !scopes.unknown().is_empty() || of_a_backend {
            self.problems.push(format!(
                "{name} must hold scopes, and none that begins with system/ or two underscores"
            ));
        }
        scopes
    }

    /// `SELF_REGISTRATION`, `SANDBOX` and the scopes of self-registration: who registers clients in addition to
    /// administrators, and for what at most.
    pub fn self_registration(&mut self) -> SelfRegistrationPolicy {
        let mode: Option<SelfRegistration> = self.required("SELF_REGISTRATION").parse().ok();
        if mode.is_none() && self.optional("SELF_REGISTRATION").is_some() {
            self.problems.push("SELF_REGISTRATION must be off, approval or open".to_owned());
        }
        let ceiling = self.scopes_of_people(TextName::SelfRegistrationScopes);
        let needs_pages = !self.flag("SANDBOX");
        SelfRegistrationPolicy { mode: mode.unwrap_or(SelfRegistration::Off), ceiling, needs_pages }
    }

    /// A KMS HMAC key, which the environment names, with its versions.
    pub fn mac_key(&mut self, name: MacName) -> MacKey {
        let key = self.required(match name {
            MacName::TokenMac => "TOKEN_MAC_KEY",
            MacName::PageSeal => "PAGE_SEAL_KEY",
            MacName::AuditHash => "AUDIT_HASH_KEY",
        });
        let item = SettingsItem::MacVersions;
        let Some(stored) = self.settings.stored.get(item) else {
            return MacKey { key, versions: MacVersions::default() };
        };
        // A later version of this service may know further names.
        let mut versions: BTreeMap<String, MacVersions> =
            serde_json::from_str(&stored.value).unwrap_or_else(|error| {
                self.note_once(format!("{}: {error}", item.key()));
                BTreeMap::new()
            });
        MacKey { key, versions: versions.remove(name.name()).unwrap_or_default() }
    }

    /// Notes something that is wrong, unless it was noted before: a setting may be read for two purposes.
    fn note_once(&mut self, problem: String) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Notes something that is wrong.
    pub(crate) fn note(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// Ends reading.
    ///
    /// # Errors
    /// Everything that was wrong.
    pub fn finish(self) -> Result<(), Problems> {
        if self.problems.is_empty() { Ok(()) } else { Err(Problems(self.problems)) }
    }
}

/// Whether a URL is plain http that stays on the machine.
pub(crate) fn is_loopback_http(url: &Url) -> bool {
    url.scheme() == "http" && is_loopback(url)
}

#[cfg(test)]
mod tests;
