//! Whether a value of a setting is one that every function accepts.

use aws::config::{OperatorSetting, StoredSettings, TextName};
use pages::account::TestPerson;
use pages::layout::Site;
use url::Url;

use crate::Failure;

/// The largest item of DynamoDB is 400 KB; all texts together stay below this: 300 KB.
const LARGEST_ITEM: usize = 300_000;

/// The item with another value of a setting, or without one.
///
/// # Errors
/// What is wrong with the value.
pub(super) fn changed(
    setting: OperatorSetting,
    value: Option<&str>,
    stored: &StoredSettings,
    issuer: &Url,
) -> Result<String, Failure> {
    let issuer = issuer.as_str().trim_end_matches('/');
    let invalid = |why: String| Failure::Usage(format!("The value of {setting} is invalid: {why}"));
    if let (OperatorSetting::Text(name), Some(value)) = (setting, value) {
        check(name, value, issuer).map_err(invalid)?;
    }
    let item = setting.changed(stored, value, issuer).map_err(|error| invalid(error.to_string()))?;
    if item.len() > LARGEST_ITEM {
        return Err(invalid(format!(
            "all long settings together have {} bytes of {LARGEST_ITEM}",
            item.len()
        )));
    }
    Ok(item)
}

/// What the operator has set, if anything.
///
/// # Errors
/// When the item that holds it is malformed.
pub(super) fn value(setting: OperatorSetting, stored: &StoredSettings) -> Result<Option<String>, Failure> {
    setting.value(stored).map_err(|problems| Failure::Refused(format!("{problems}.")))
}

/// What a function checks only when it starts.
fn check(name: TextName, value: &str, issuer: &str) -> Result<(), String> {
    match name {
        TextName::Logo => {
            let site = Site::new("", false, issuer).with_settings("", "", value);
            site.map(drop).map_err(|error| error.to_string())
        }
        TextName::TestAccounts => TestPerson::list(value).map(drop).map_err(|error| error.to_string()),
        TextName::FhirResources => {
            let unknown: Vec<_> =
                value.split(',').map(str::trim).filter(|name| !is_resource_type(name)).collect();
            match unknown[..] {
                [] => Ok(()),
                _ => Err(format!("it names no FHIR resource type by {:?}", unknown.join(", "))),
            }
        }
        TextName::PatientScopes | TextName::ClinicianScopes | TextName::SelfRegistrationScopes => Ok(()),
    }
}

/// Only the form, because a FHIR server may have types that this version does not know.
fn is_resource_type(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str, value: &str) -> Result<String, String> {
        let issuer = Url::parse("https://auth.example.org").unwrap();
        let checked = changed(name.parse().unwrap(), Some(value), &StoredSettings::default(), &issuer);
        checked.map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_value_that_would_stop_a_function_is_refused() {
        for (name, value, why) in [
            ("logo", "<html></html>", "the logo is no SVG file"),
            ("test-accounts", "[{}]", "a list of objects"),
            ("fhir-resources", "Patient,foo, ", r#"no FHIR resource type by "foo, ""#),
            ("patient-scopes", "system/*.rs", "none that begins with system/"),
            ("provider", "[]", "must be a list of one object"),
            ("provider", "nothing", "an object, in JSON"),
        ] {
            let said = said(name, value).unwrap_err();
            assert!(said.contains(why), "{name}: {said}");
        }
    }

    #[test]
    fn a_usual_value_is_accepted() {
        for name in TextName::ALL.into_iter().filter(|name| !name.usual().is_empty()) {
            assert!(said(name.name(), name.usual()).is_ok(), "{name}");
        }
    }
}
