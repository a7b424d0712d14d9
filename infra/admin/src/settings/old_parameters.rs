//! What an older version of this service keeps in parameters of its template.

use std::collections::BTreeMap;

use aws::config::{OperatorSetting, StoredItem, StoredSettings, TextName};
use serde_json::json;
use smart::settings::SettingsItem;
use smart::signing_keys::Schedule;
use smart_verify::time::UnixSeconds;
use url::Url;

use super::check;
use crate::Failure;

/// The parameter of the schedule.
pub(super) const SIGNING_KEYS: &str = "SigningKeys";

/// The parameter of each setting.
const OF_SETTINGS: [(&str, OperatorSetting); 7] = [
    ("Upstream", OperatorSetting::Provider),
    ("PatientScopes", OperatorSetting::Text(TextName::PatientScopes)),
    ("ClinicianScopes", OperatorSetting::Text(TextName::ClinicianScopes)),
    ("SelfRegistrationScopes", OperatorSetting::Text(TextName::SelfRegistrationScopes)),
    ("FhirResources", OperatorSetting::Text(TextName::FhirResources)),
    ("LogoSvg", OperatorSetting::Text(TextName::Logo)),
    ("TestAccounts", OperatorSetting::Text(TextName::TestAccounts)),
];

/// The parameters of a stack that are set to something unusual.
pub(super) struct OldParameters<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> OldParameters<'a> {
    /// Of all parameters of a stack.
    pub(super) fn of(parameters: &'a BTreeMap<String, String>) -> Self {
        let value = |name: &'a str| parameters.get(name).map(|value| value.trim());
        let set = OF_SETTINGS.iter().filter_map(|(name, setting)| {
            let usual = match setting {
                OperatorSetting::Provider => "",
                OperatorSetting::Text(text) => text.usual(),
            };
            Some((*name, value(name).filter(|value| !value.is_empty() && *value != usual)?))
        });
        let schedule = value(SIGNING_KEYS).filter(|value| !value.is_empty());
        Self(set.chain(schedule.map(|schedule| (SIGNING_KEYS, schedule))).collect())
    }

    /// The names of those that one item takes over.
    pub(super) fn names(&self, item: SettingsItem) -> Vec<&'a str> {
        let of_item = OF_SETTINGS.iter().filter(|(_, setting)| setting.item() == item).map(|(name, _)| *name);
        let of_item = of_item.chain((item == SettingsItem::SigningKeys).then_some(SIGNING_KEYS));
        of_item.filter_map(|name| Some(*self.0.get_key_value(name)?.0)).collect()
    }

    /// The schedule, if it is more than the key of the stack, which signs without one.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(super) fn schedule(&self, signing_key: Option<&str>) -> Result<Option<Schedule>, Failure> {
        let Some(text) = self.0.get(SIGNING_KEYS) else { return Ok(None) };
        let schedule = Schedule::parse(text).map_err(|problems| {
            Failure::Refused(format!("The parameter {SIGNING_KEYS} is invalid:\n  {}", problems.join("\n  ")))
        })?;
        let usual = signing_key.and_then(|key| Schedule::parse(key).ok());
        Ok(Some(schedule).filter(|schedule| Some(schedule) != usual.as_ref()))
    }

    /// An item of settings, if a parameter of it is set.
    ///
    /// # Errors
    /// What is wrong with a parameter.
    pub(super) fn item(&self, item: SettingsItem, issuer: &Url) -> Result<Option<String>, Failure> {
        let mut value = None;
        for (name, setting) in OF_SETTINGS.iter().filter(|(_, setting)| setting.item() == item) {
            let Some(given) = self.0.get(name) else { continue };
            let stored: StoredSettings =
                value.take().map(|value| (item, stored(value))).into_iter().collect();
            value = Some(check::changed(*setting, Some(given), &stored, issuer)?);
        }
        Ok(value)
    }
}

const fn stored(value: String) -> StoredItem {
    StoredItem { value, version: 0, changed_at: UnixSeconds(0) }
}

/// A schedule as an item.
pub(super) fn item_of(schedule: &Schedule) -> String {
    json!(schedule).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn usual_values_and_other_parameters_are_skipped() {
        let usual = TextName::PatientScopes.usual();
        let given = parameters(&[
            ("PatientScopes", usual),
            ("ClinicianScopes", " "),
            ("LogoSvg", ""),
            ("Upstream", ""),
            ("SigningKeys", ""),
            ("SigningKeyArns", "arn:aws:kms:eu-central-1:000000000000:key/1"),
            ("Organisation", "Example"),
        ]);
        let old = OldParameters::of(&given);
        assert!(SettingsItem::ALL.into_iter().all(|item| old.names(item).is_empty()));
        assert_eq!(old.schedule(None).unwrap(), None);
    }

    #[test]
    fn several_parameters_become_one_item() {
        let given = parameters(&[("FhirResources", "Patient"), ("LogoSvg", "<svg/>")]);
        let old = OldParameters::of(&given);
        let issuer = Url::parse("https://auth.example.org").unwrap();
        let item = old.item(SettingsItem::Texts, &issuer).unwrap().unwrap();
        assert_eq!(item, r#"{"fhir-resources":"Patient","logo":"<svg/>"}"#);
        assert_eq!(old.names(SettingsItem::Texts), ["FhirResources", "LogoSvg"]);
        assert_eq!(old.item(SettingsItem::Providers, &issuer).unwrap(), None);
    }

    #[test]
    fn a_schedule_of_the_own_key_alone_is_the_usual_one() {
        let key = "arn:aws:kms:eu-central-1:000000000000:key/1";
        let usual = item_of(&Schedule::parse(key).unwrap());
        let given = parameters(&[("SigningKeys", &usual)]);
        assert_eq!(OldParameters::of(&given).schedule(Some(key)).unwrap(), None);
        assert!(OldParameters::of(&given).schedule(None).unwrap().is_some());
        let given = parameters(&[("SigningKeys", "{")]);
        assert!(OldParameters::of(&given).schedule(None).is_err());
    }
}
