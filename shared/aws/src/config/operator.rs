//! Settings that an operator changes one by one, each checked by the reader of the functions before it is written.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use smart::settings::SettingsItem;
use smart_verify::time::UnixSeconds;

use super::{Environment, Problems, Settings, StoredItem, StoredSettings, TextName, UnknownText};

/// A setting that an operator names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OperatorSetting {
    /// The OpenID provider at which users sign in.
    Provider,
    /// A string.
    Text(TextName),
}

impl OperatorSetting {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Provider).chain(TextName::ALL.map(Self::Text))
    }

    /// The name in commands.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Text(text) => text.name(),
        }
    }

    /// The item that holds it.
    pub const fn item(self) -> SettingsItem {
        match self {
            Self::Provider => SettingsItem::Providers,
            Self::Text(_) => SettingsItem::Texts,
        }
    }

    /// What the operator has set, if anything.
    ///
    /// # Errors
    /// When the item that holds it is malformed. Only a change in the table by hand can have made it so.
    pub fn value(self, stored: &StoredSettings) -> Result<Option<String>, Problems> {
        Ok(match self {
            Self::Provider => {
                let providers: Vec<Value> = self.read(stored)?;
                providers.first().map(Value::to_string)
            }
            Self::Text(text) => {
                let mut texts: BTreeMap<String, String> = self.read(stored)?;
                texts.remove(text.name())
            }
        })
    }

    /// The item that holds it, empty if there is none.
    fn read<T: DeserializeOwned + Default>(self, stored: &StoredSettings) -> Result<T, Problems> {
        let Some(item) = stored.get(self.item()) else { return Ok(T::default()) };
        let malformed =
            || format!("the item {} is malformed, correct it in the SettingsTable", self.item().key());
        serde_json::from_str(&item.value).map_err(|_| Problems(vec![malformed()]))
    }

    /// The item with another value of this setting, or without one, checked as a function at `issuer` will check it.
    ///
    /// # Errors
    /// What is wrong with the value.
    pub fn changed(
        self,
        stored: &StoredSettings,
        value: Option<&str>,
        issuer: &str,
    ) -> Result<String, Problems> {
        let item = match self {
            Self::Provider => providers(value)?,
            Self::Text(text) => {
                let mut all: BTreeMap<String, String> = self.read(stored)?;
                match value {
                    Some(value) => all.insert(text.name().to_owned(), value.to_owned()),
                    None => all.remove(text.name()),
                };
                json!(all).to_string()
            }
        };
        self.check(item.clone(), issuer)?;
        Ok(item)
    }

    fn check(self, value: String, issuer: &str) -> Result<(), Problems> {
        // Whether the key opens the secret is seen when a function starts.
        let environment = [("ISSUER", issuer), ("SETTINGS_KEY", "-")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let item = StoredItem { value, version: 1, changed_at: UnixSeconds(0) };
        let settings = Settings {
            environment: Environment::from(BTreeMap::from(environment)),
            stored: std::iter::once((self.item(), item)).collect(),
        };
        let mut reader = settings.reader();
        match self {
            Self::Provider => _ = reader.upstream(),
            Self::Text(
                text @ (TextName::PatientScopes
                | TextName::ClinicianScopes
                | TextName::SelfRegistrationScopes),
            ) => _ = reader.scopes_of_people(text),
            Self::Text(text) => _ = reader.text(text),
        }
        reader.finish()
    }
}

fn providers(value: Option<&str>) -> Result<String, Problems> {
    let Some(value) = value else { return Ok("[]".to_owned()) };
    let provider: Value = serde_json::from_str(value)
        .map_err(|_| Problems(vec!["provider must be an object, in JSON".to_owned()]))?;
    Ok(json!([provider]).to_string())
}

impl fmt::Display for OperatorSetting {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromStr for OperatorSetting {
    type Err = UnknownText;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::all().find(|setting| setting.name() == name).ok_or(UnknownText)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://auth.example.org";

    fn stored(item: SettingsItem, value: String) -> StoredSettings {
        std::iter::once((item, StoredItem { value, version: 1, changed_at: UnixSeconds(0) })).collect()
    }

    #[test]
    fn one_string_changes_and_the_others_stay() {
        let logo = OperatorSetting::Text(TextName::Logo);
        let resources = OperatorSetting::Text(TextName::FhirResources);
        let first = logo.changed(&StoredSettings::default(), Some("<svg/>"), ISSUER).unwrap();
        let both = resources.changed(&stored(SettingsItem::Texts, first), Some("Patient"), ISSUER).unwrap();
        let both = stored(SettingsItem::Texts, both);
        assert_eq!(logo.value(&both).unwrap().as_deref(), Some("<svg/>"));
        let without = logo.changed(&both, None, ISSUER).unwrap();
        let without = stored(SettingsItem::Texts, without);
        assert_eq!(logo.value(&without), Ok(None));
        assert_eq!(resources.value(&without).unwrap().as_deref(), Some("Patient"));
    }

    #[test]
    fn a_malformed_value_is_refused_before_it_is_written() {
        for (name, value, why) in [
            ("patient-scopes", "system/*.rs", "patient-scopes must hold scopes"),
            ("provider", "{", "provider must be an object"),
            ("provider", r#"{"issuer":"http://op.example.org","client_id":"us","label":"x"}"#, "https"),
        ] {
            let setting: OperatorSetting = name.parse().unwrap();
            let said = setting.changed(&StoredSettings::default(), Some(value), ISSUER).unwrap_err();
            assert!(said.to_string().contains(why), "{said}");
        }
    }

    #[test]
    fn a_malformed_item_is_neither_shown_as_usual_nor_replaced() {
        let malformed =
            stored(SettingsItem::Texts, r#"{"patient-scopes":"patient/*.rs","later":["x"]}"#.to_owned());
        let changed =
            OperatorSetting::Text(TextName::FhirResources).changed(&malformed, Some("Patient"), ISSUER);
        assert!(changed.unwrap_err().to_string().contains("texts is malformed"));
        assert!(OperatorSetting::Text(TextName::PatientScopes).value(&malformed).is_err());
    }

    #[test]
    fn a_provider_is_set_and_removed() {
        let provider = r#"{"issuer":"https://op.example.org","client_id":"us","label":"x"}"#;
        let set =
            OperatorSetting::Provider.changed(&StoredSettings::default(), Some(provider), ISSUER).unwrap();
        let set = stored(SettingsItem::Providers, set);
        let kept: Value =
            serde_json::from_str(&OperatorSetting::Provider.value(&set).unwrap().unwrap()).unwrap();
        assert_eq!(kept["client_id"], "us");
        let removed = OperatorSetting::Provider.changed(&set, None, ISSUER).unwrap();
        assert_eq!(OperatorSetting::Provider.value(&stored(SettingsItem::Providers, removed)), Ok(None));
    }
}
