//! The item `providers` and `SETTINGS_KEY`: the OpenID provider at which users sign in, if there is one.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use smart::settings::SettingsItem;
use smart::upstream::UpstreamMapping;
use url::Url;

use super::{Reader, is_loopback_http};

/// A secret among the settings, which KMS opens.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSetting {
    /// The ARN of the key.
    pub key: String,
    /// What `Encrypt` made of the secret.
    pub ciphertext: Vec<u8>,
}

impl fmt::Debug for SealedSetting {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SealedSetting({})", self.key)
    }
}

/// What we have to know of the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamSettings {
    /// Its issuer, as it says it itself.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// What people call it.
    pub label: String,
    /// The secret of our client there, if it has one.
    pub client_secret: Option<SealedSetting>,
    /// What we ask for: `openid`, and what brings the claims that the mapping reads.
    pub scopes: Vec<String>,
    /// Which claims say what.
    pub mapping: UpstreamMapping,
}

/// The scopes that are asked for when the setting does not say.
const USUAL_SCOPES: &str = "openid profile fhirUser";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    issuer: String,
    client_id: String,
    label: String,
    client_secret_ciphertext: Option<String>,
    scopes: Option<String>,
    #[serde(default)]
    mapping: UpstreamMapping,
}

impl Reader<'_> {
    /// The provider, or none. Plain http is for a provider on loopback, and only while `ISSUER` is there as well. The item
    /// is a list, of at most one provider in this version.
    pub fn upstream(&mut self) -> Option<UpstreamSettings> {
        let stored = self.settings.stored.get(SettingsItem::Providers)?;
        let written: Vec<Written> = match serde_json::from_str(&stored.value) {
            Ok(written) => written,
            // The parser's words would repeat what is there.
            Err(_) => {
                return self.refused(
                    "must be a list of one object with issuer, client_id, label and at most client_secret_ciphertext, \
                     scopes and mapping, in JSON",
                );
            }
        };
        if written.len() > 1 {
            return self.refused("must name one provider at most");
        }
        let written = written.into_iter().next()?;
        if !self.is_issuer(&written.issuer) {
            return self
                .refused("issuer must be an https URL without query or fragment (http only on loopback)");
        }
        if written.client_id.is_empty() || written.label.trim().is_empty() {
            return self.refused("client_id and label must not be empty");
        }
        let scopes = written.scopes.as_deref().unwrap_or(USUAL_SCOPES);
        let scopes: Vec<String> = scopes.split_ascii_whitespace().map(str::to_owned).collect();
        if !scopes.iter().any(|scope| scope == "openid") {
            return self.refused("scopes must have openid");
        }
        let mapping = written.mapping;
        if mapping.role_claim.is_none()
            != (mapping.clinician_values.is_empty() && mapping.patient_values.is_empty())
        {
            return self.refused("mapping must have role_claim and its values together, or neither");
        }
        let client_secret = match written.client_secret_ciphertext {
            None => None,
            Some(text) => Some(self.sealed(&text)?),
        };
        Some(UpstreamSettings {
            issuer: written.issuer,
            client_id: written.client_id,
            label: written.label,
            client_secret,
            scopes,
            mapping,
        })
    }

    fn is_issuer(&self, text: &str) -> bool {
        let ours = self.optional("ISSUER").and_then(|issuer| Url::parse(issuer).ok());
        let on_one_machine = ours.is_some_and(|ours| is_loopback_http(&ours));
        Url::parse(text).is_ok_and(|url| {
            let safe = url.scheme() == "https" || (on_one_machine && is_loopback_http(&url));
            safe && url.query().is_none() && url.fragment().is_none() && url.username().is_empty()
        })
    }

    fn sealed(&mut self, ciphertext: &str) -> Option<SealedSetting> {
        let key = self.required("SETTINGS_KEY");
        match STANDARD.decode(ciphertext) {
            Ok(ciphertext) if !ciphertext.is_empty() => Some(SealedSetting { key, ciphertext }),
            _ => self.refused("client_secret_ciphertext must be base64"),
        }
    }

    fn refused<T>(&mut self, why: &str) -> Option<T> {
        self.problems.push(format!("{}: {why}", SettingsItem::Providers.key()));
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};
    use smart_verify::time::UnixSeconds;

    use super::super::{Settings, StoredItem};
    use super::*;

    fn with_environment(pairs: &[(&str, &str)], providers: Option<String>) -> Settings {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let item = |value| StoredItem { value, version: 1, changed_at: UnixSeconds(0) };
        let stored = providers.map(|value| (SettingsItem::Providers, item(value)));
        Settings {
            environment: pairs.collect::<BTreeMap<_, _>>().into(),
            stored: stored.into_iter().collect(),
        }
    }

    fn settings_of(issuer: &str, provider: &Value) -> Settings {
        let pairs = [("ISSUER", issuer), ("SETTINGS_KEY", "arn")];
        with_environment(&pairs, Some(json!([provider]).to_string()))
    }

    fn provider() -> Value {
        json!({ "issuer": "https://op.example.org", "client_id": "us", "label": "Example ID" })
    }

    #[test]
    fn what_is_not_said_is_as_usual() {
        let settings = settings_of("https://auth.example.org", &provider());
        let mut reader = settings.reader();
        let upstream = reader.upstream().unwrap();
        reader.finish().unwrap();
        assert_eq!(upstream.scopes, ["openid", "profile", "fhirUser"]);
        assert_eq!(upstream.mapping, UpstreamMapping::default());
        assert_eq!(upstream.client_secret, None);
    }

    #[test]
    fn without_the_setting_there_is_no_provider() {
        for settings in [Settings::default(), with_environment(&[], Some("[]".to_owned()))] {
            let mut reader = settings.reader();
            assert_eq!(reader.upstream(), None);
            assert_eq!(reader.finish(), Ok(()));
        }
    }

    #[test]
    fn a_secret_is_a_ciphertext_and_never_shown() {
        let mut provider = provider();
        provider["client_secret_ciphertext"] = json!("c2VjcmV0");
        let settings = settings_of("https://auth.example.org", &provider);
        let mut reader = settings.reader();
        let sealed = reader.upstream().unwrap().client_secret.unwrap();
        assert_eq!((sealed.key.as_str(), sealed.ciphertext.as_slice()), ("arn", &b"secret"[..]));
        assert_eq!(format!("{sealed:?}"), "SealedSetting(arn)");
        let without_key = with_environment(&[], Some(json!([provider]).to_string()));
        let mut reader = without_key.reader();
        reader.upstream();
        assert!(reader.finish().unwrap_err().to_string().contains("SETTINGS_KEY is missing"));
    }

    #[test]
    fn each_wrong_setting_is_said() {
        for (name, value, said) in [
            ("issuer", json!("http://op.example.org"), "issuer must be"),
            ("issuer", json!("http://127.0.0.1:7"), "issuer must be"),
            ("issuer", json!("https://op.example.org?x"), "issuer must be"),
            ("issuer", json!("https://me@op.example.org"), "issuer must be"),
            ("client_id", json!(""), "must not be empty"),
            ("label", json!(" "), "must not be empty"),
            ("scopes", json!("profile"), "must have openid"),
            ("client_secret_ciphertext", json!("?"), "must be base64"),
            ("client_secret_ciphertext", json!(""), "must be base64"),
            ("client_secret", json!("open secret"), "in JSON"),
            ("mapping", json!({ "rolle": "x" }), "in JSON"),
            ("mapping", json!({ "role_claim": "groups" }), "together"),
            ("mapping", json!({ "patient_values": ["x"] }), "together"),
        ] {
            let mut provider = provider();
            provider[name] = value;
            let settings = settings_of("https://auth.example.org", &provider);
            let mut reader = settings.reader();
            assert_eq!(reader.upstream(), None, "{provider}");
            let problems = reader.finish().unwrap_err().to_string();
            assert!(problems.contains(said) && !problems.contains("open secret"), "{problems}");
        }
    }

    #[test]
    fn plain_http_is_for_two_on_one_machine() {
        let mut provider = provider();
        provider["issuer"] = json!("http://127.0.0.1:7");
        let settings = settings_of("http://127.0.0.1:9000", &provider);
        assert!(settings.reader().upstream().is_some());
    }

    #[test]
    fn one_provider_is_the_most() {
        let both = json!([provider(), provider()]).to_string();
        let settings = with_environment(&[("ISSUER", "https://auth.example.org")], Some(both));
        let mut reader = settings.reader();
        assert_eq!(reader.upstream(), None);
        assert!(reader.finish().unwrap_err().to_string().contains("one provider at most"));
    }
}
