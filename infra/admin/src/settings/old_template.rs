//! The versions of MAC keys that an older version of this service keeps in the environment of its functions.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use smart::settings::{MacName, MacVersions};
use smart_verify::time::UnixSeconds;

/// The variable of each MAC key.
const VARIABLES: [(&str, MacName); 3] =
    [("TOKEN_MAC", MacName::TokenMac), ("PAGE_SEAL", MacName::PageSeal), ("AUDIT_HASH", MacName::AuditHash)];

/// The members of a variable that are read. The key is that of the stack.
#[derive(Deserialize)]
struct Variable {
    accept: Vec<u32>,
    mint: u32,
}

/// The versions in a template after its transforms; without an entry a key has the usual ones.
///
/// # Errors
/// Which variable cannot be read, or has two values.
pub(super) fn mac_versions(template: &str) -> Result<BTreeMap<MacName, MacVersions>, String> {
    let template: Value =
        serde_json::from_str(template).map_err(|_| "The template of the stack is not JSON.".to_owned())?;
    let mut found: BTreeMap<MacName, MacVersions> = BTreeMap::new();
    for resource in template["Resources"].as_object().into_iter().flat_map(|all| all.values()) {
        let variables = &resource["Properties"]["Environment"]["Variables"];
        for (variable, name) in VARIABLES {
            let Some(value) = variables.get(variable) else { continue };
            let versions =
                read(value).ok_or_else(|| format!("{variable} of the template cannot be read."))?;
            if found.insert(name, versions.clone()).is_some_and(|other| other != versions) {
                return Err(format!("{variable} differs between two functions."));
            }
        }
    }
    found.retain(|_, versions| *versions != MacVersions::default());
    Ok(found)
}

/// A string, or what `Fn::Sub` makes one of.
fn read(value: &Value) -> Option<MacVersions> {
    let text = match &value["Fn::Sub"] {
        Value::Null => value,
        Value::Array(parts) => parts.first()?,
        text => text,
    };
    let Variable { accept, mint } = serde_json::from_str(text.as_str()?).ok()?;
    MacVersions::new(accept, mint, UnixSeconds(0)).ok()
}

/// `token-mac=1,2:2`: the accepted versions, and the one that is issued.
pub(super) fn given(text: &str) -> Result<(MacName, MacVersions), String> {
    let wrong = || "write NAME=ACCEPTED:ISSUED, such as token-mac=1,2:2".to_owned();
    let (name, versions) = text.split_once('=').ok_or_else(wrong)?;
    let (accepted, issued) = versions.split_once(':').ok_or_else(wrong)?;
    let number = |text: &str| text.trim().parse().map_err(|_| wrong());
    let accepted = accepted.split(',').map(number).collect::<Result<Vec<u32>, _>>()?;
    let versions = MacVersions::new(accepted, number(issued)?, UnixSeconds(0));
    Ok((crate::mac_keys::name(name)?, versions.map_err(|error| error.to_string())?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template(values: &[(&str, Value)]) -> String {
        let function = |(name, value): &(&str, Value)| {
            let variables = json!({ *name: value, "ISSUER": "https://auth.example.org" });
            json!({ "Type": "AWS::Lambda::Function", "Properties": { "Environment": { "Variables": variables } } })
        };
        let resources: serde_json::Map<_, _> =
            values.iter().enumerate().map(|(at, one)| (format!("F{at}"), function(one))).collect();
        json!({ "Resources": resources }).to_string()
    }

    fn versions(accept: &[u32], mint: u32) -> MacVersions {
        MacVersions::new(accept.to_vec(), mint, UnixSeconds(0)).unwrap()
    }

    #[test]
    fn versions_are_read_in_each_form() {
        let text = r#"{"key":"${TokenMacKey.Arn}","accept":[1,2],"mint":2}"#;
        for value in [json!({ "Fn::Sub": text }), json!({ "Fn::Sub": [text, { "a": "b" }] }), json!(text)] {
            let found = mac_versions(&template(&[("TOKEN_MAC", value)])).unwrap();
            assert_eq!(found, BTreeMap::from([(MacName::TokenMac, versions(&[1, 2], 2))]));
        }
    }

    #[test]
    fn usual_versions_and_a_template_without_any_are_nothing() {
        let usual = json!({ "Fn::Sub": r#"{"key":"${PageSealKey.Arn}","accept":[1],"mint":1}"# });
        assert!(mac_versions(&template(&[("PAGE_SEAL", usual)])).unwrap().is_empty());
        assert!(mac_versions("{}").unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let one = json!(r#"{"accept":[1],"mint":1}"#);
        let other = json!(r#"{"accept":[2],"mint":2}"#);
        for (text, why) in [
            ("Resources:".to_owned(), "is not JSON"),
            (template(&[("TOKEN_MAC", json!({ "Ref": "TokenMac" }))]), "TOKEN_MAC of the template"),
            (template(&[("PAGE_SEAL", json!(r#"{"accept":[1],"mint":2}"#))]), "PAGE_SEAL of the template"),
            (template(&[("AUDIT_HASH", one), ("AUDIT_HASH", other)]), "differs between two functions"),
        ] {
            let said = mac_versions(&text).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn versions_on_the_command_line_are_checked() {
        assert_eq!(given("token-mac=1,2:2").unwrap(), (MacName::TokenMac, versions(&[1, 2], 2)));
        for wrong in
            ["token-mac", "token-mac=1", "token-mac=1:2", "token=1:1", "page-seal=a:1", "page-seal=:1"]
        {
            assert!(given(wrong).is_err(), "{wrong}");
        }
    }
}
