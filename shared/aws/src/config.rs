//! Settings: the environment of a function, read once. All that is wrong with it is said at once.

mod upstream;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use smart::client::{AssertionAlgorithms, is_loopback};
use smart::registration::{SelfRegistration, SelfRegistrationPolicy};
use smart::service::Service;
use smart::signing_keys::Schedule;
use smart_verify::scope::{Scope, ScopeSet};
use url::Url;

use crate::jwks_http::Reach;

pub use upstream::{SealedSetting, UpstreamSettings};

/// The environment variables of a function.
#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Those of this process.
    pub fn of_process() -> Self {
        Self(std::env::vars().collect())
    }

    /// Begins to read.
    pub const fn reader(&self) -> Reader<'_> {
        Reader { environment: self, problems: Vec::new() }
    }
}

impl From<BTreeMap<String, String>> for Environment {
    fn from(variables: BTreeMap<String, String>) -> Self {
        Self(variables)
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

/// A KMS HMAC key from whose answers a secret is made, a version at a time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MacKey {
    /// The ARN of the key.
    pub key: String,
    /// The versions that are accepted.
    pub accept: Vec<u32>,
    /// The version that is given out.
    pub mint: u32,
}

/// Reads settings one by one. What is missing is noted, and [`Reader::finish`] tells all of it.
#[derive(Debug)]
pub struct Reader<'a> {
    environment: &'a Environment,
    problems: Vec<String>,
}

impl Reader<'_> {
    /// A variable that may be missing; an empty one counts as missing.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.environment.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
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
            let problem = format!("{name} must be true or false");
            // A flag may be read for two purposes.
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
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

    /// `SIGNING_KEYS`: the schedule of keys.
    pub fn signing_keys(&mut self) -> Schedule {
        let text = self.required("SIGNING_KEYS");
        if text.is_empty() {
            return Schedule::default();
        }
        Schedule::parse(&text).unwrap_or_else(|problems| {
            self.problems.extend(problems.into_iter().map(|problem| format!("SIGNING_KEYS: {problem}")));
            Schedule::default()
        })
    }

    /// Scopes that people may have at most: each readable, none of a backend service.
    pub fn scopes_of_people(&mut self, name: &str) -> ScopeSet {
        let text = self.required(name);
        let scopes = ScopeSet::parse(&text);
        let of_a_backend = scopes.iter().any(Scope::is_of_a_backend);
        if !scopes.unknown().is_empty() || of_a_backend {
            self.problems.push(format!(
                "{name} must hold scopes, and none that begins with system/ or two underscores"
            ));
        }
        scopes
    }

    /// `SELF_REGISTRATION`, `SELF_REGISTRATION_SCOPES` and `SANDBOX`: which others than administrators register, and for
    /// what at most.
    pub fn self_registration(&mut self) -> SelfRegistrationPolicy {
        let mode: Option<SelfRegistration> = self.required("SELF_REGISTRATION").parse().ok();
        if mode.is_none() && self.optional("SELF_REGISTRATION").is_some() {
            self.problems.push("SELF_REGISTRATION must be off, approval or open".to_owned());
        }
        let ceiling = self.scopes_of_people("SELF_REGISTRATION_SCOPES");
        let needs_pages = !self.flag("SANDBOX");
        SelfRegistrationPolicy { mode: mode.unwrap_or(SelfRegistration::Off), ceiling, needs_pages }
    }

    /// A KMS HMAC key with its versions.
    pub fn mac_key(&mut self, name: &str) -> MacKey {
        let key: Option<MacKey> = self.json(name, "an object with key, accept and mint");
        let key = key.unwrap_or(MacKey { key: String::new(), accept: vec![1], mint: 1 });
        if !key.accept.contains(&key.mint) {
            self.problems.push(format!("{name}: the version that mints must be among those accepted"));
        }
        key
    }

    fn json<T: for<'a> Deserialize<'a> + Default>(&mut self, name: &str, expected: &str) -> T {
        let text = self.required(name);
        if text.is_empty() {
            return T::default();
        }
        serde_json::from_str(&text).unwrap_or_else(|_| {
            self.problems.push(format!("{name} must be {expected}, in JSON"));
            T::default()
        })
    }

    /// Notes something that is wrong.
    #[cfg(feature = "dynamodb")]
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
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let environment = environment(&[
            ("ISSUER", "http://auth.example.org"),
            ("SIGNING_KEYS", "{}"),
            ("SANDBOX", "yes"),
            ("SESSION_MINUTES", "0"),
            ("PATIENT_SCOPES", "patient/*.rs system/*.rs"),
        ]);
        let mut reader = environment.reader();
        reader.service();
        reader.signing_keys();
        reader.required("CLIENTS_TABLE");
        reader.scopes_of_people("PATIENT_SCOPES");
        reader.flag("SANDBOX");
        reader.minutes("SESSION_MINUTES");
        let said = reader.finish().unwrap_err().to_string();
        for name in [
            "SESSION_MINUTES",
            "ISSUER",
            "FHIR_BASE_URL",
            "SIGNING_KEYS",
            "CLIENTS_TABLE",
            "PATIENT_SCOPES",
            "SANDBOX",
        ] {
            assert!(said.contains(name), "{name} in {said}");
        }
    }

    #[test]
    fn good_settings_are_read() {
        let environment = environment(&[
            ("ISSUER", "https://auth.example.org/"),
            ("FHIR_BASE_URL", "http://127.0.0.1:9103/fhir"),
            (
                "SIGNING_KEYS",
                r#"[{"key":"arn:aws:kms:eu-central-1:000000000000:key/1","algorithm":"RS256","publish_from":0,"sign_from":0}]"#,
            ),
            ("TOKEN_MAC", r#"{"key":"arn","accept":[1,2],"mint":1}"#),
        ]);
        let mut reader = environment.reader();
        assert_eq!(reader.service().issuer(), "https://auth.example.org");
        assert_eq!(reader.signing_keys().keys().len(), 1);
        assert_eq!(reader.mac_key("TOKEN_MAC").accept, [1, 2]);
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn keys_on_loopback_are_read_under_a_setting_that_no_public_service_can_have() {
        let reach = |issuer: &str, flag: &str| {
            let environment = environment(&[
                ("ISSUER", issuer),
                ("FHIR_BASE_URL", "https://fhir.example.org"),
                ("LOOPBACK_KEYS", flag),
            ]);
            let mut reader = environment.reader();
            let service = reader.service();
            let reach = reader.reach_of_keys(&service);
            reader.finish().map(|()| reach).map_err(|problems| problems.to_string())
        };
        assert_eq!(reach("http://127.0.0.1:9000", ""), Ok(Reach::Public));
        assert_eq!(reach("http://127.0.0.1:9000", "true"), Ok(Reach::PublicAndLoopback));
        assert!(reach("https://auth.example.org", "true").unwrap_err().contains("LOOPBACK_KEYS"));
    }

    #[test]
    fn ca_7_more_algorithms_are_accepted_by_a_setting_and_none_that_is_not_in_the_list() {
        let service = |names: &str| {
            let environment = environment(&[
                ("ISSUER", "https://auth.example.org"),
                ("FHIR_BASE_URL", "https://fhir.example.org"),
                ("ASSERTION_ALGORITHMS", names),
            ]);
            let mut reader = environment.reader();
            let service = reader.service();
            reader.finish().map(|()| service.assertion_algorithms().to_string())
        };
        assert_eq!(service("PS384").unwrap(), "RS384 or ES384 or PS384");
        assert!(service("HS256").unwrap_err().to_string().contains("ASSERTION_ALGORITHMS"));
    }

    #[test]
    fn a_version_that_mints_must_be_accepted() {
        let environment = environment(&[("TOKEN_MAC", r#"{"key":"arn","accept":[1],"mint":2}"#)]);
        let mut reader = environment.reader();
        reader.mac_key("TOKEN_MAC");
        assert!(reader.finish().is_err());
    }
}
