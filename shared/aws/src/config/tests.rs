use super::*;

use smart_verify::time::UnixSeconds;

fn settings(pairs: &[(&str, &str)]) -> Settings {
    with_items(pairs, &[])
}

fn with_items(pairs: &[(&str, &str)], items: &[(SettingsItem, &str)]) -> Settings {
    let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let item = |value: &str| StoredItem { value: value.to_owned(), version: 1, changed_at: UnixSeconds(0) };
    Settings {
        environment: Environment(pairs.collect()),
        stored: items.iter().map(|(name, value)| (*name, item(value))).collect(),
    }
}

const FIRST: &str = "arn:aws:kms:eu-central-1:000000000000:key/1";

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let settings = with_items(
        &[
            ("ISSUER", "http://auth.example.org"),
            ("SIGNING_KEY", FIRST),
            ("SANDBOX", "yes"),
            ("SESSION_MINUTES", "0"),
        ],
        &[
            (SettingsItem::SigningKeys, "{}"),
            (SettingsItem::MacVersions, r#"{"token-mac":{"accept":[1],"mint":2}}"#),
            (SettingsItem::Texts, r#"{"patient-scopes":"patient/*.rs system/*.rs"}"#),
        ],
    );
    let mut reader = settings.reader();
    reader.service();
    reader.signing_keys();
    reader.mac_key(MacName::TokenMac);
    reader.required("CLIENTS_TABLE");
    reader.scopes_of_people(TextName::PatientScopes);
    reader.flag("SANDBOX");
    reader.minutes("SESSION_MINUTES");
    let said = reader.finish().unwrap_err().to_string();
    for name in [
        "SESSION_MINUTES",
        "ISSUER",
        "FHIR_BASE_URL",
        "signing-keys",
        "mac-versions",
        "TOKEN_MAC_KEY",
        "CLIENTS_TABLE",
        "patient-scopes",
        "SANDBOX",
    ] {
        assert!(said.contains(name), "{name} in {said}");
    }
}

#[test]
fn without_an_item_the_first_key_signs_and_version_1_mints() {
    let settings = settings(&[
        ("ISSUER", "https://auth.example.org/"),
        ("FHIR_BASE_URL", "http://127.0.0.1:9103/fhir"),
        ("SIGNING_KEY", FIRST),
        ("TOKEN_MAC_KEY", "arn"),
    ]);
    let mut reader = settings.reader();
    assert_eq!(reader.service().issuer(), "https://auth.example.org");
    assert_eq!(reader.signing_keys().keys()[0].key, FIRST);
    assert_eq!(reader.mac_key(MacName::TokenMac).versions, MacVersions::default());
    assert_eq!(reader.text(TextName::FhirResources), TextName::FhirResources.usual());
    assert_eq!(reader.finish(), Ok(()));
}

#[test]
fn an_item_outranks_what_is_usual() {
    let second = FIRST.replace("key/1", "key/2");
    let settings = with_items(
        &[("SIGNING_KEY", FIRST), ("TOKEN_MAC_KEY", "arn"), ("PAGE_SEAL_KEY", "arn")],
        &[
            (SettingsItem::SigningKeys, &second),
            (SettingsItem::MacVersions, r#"{"token-mac":{"accept":[1,2],"mint":2,"changed_at":7}}"#),
            (SettingsItem::Texts, r#"{"fhir-resources":"Patient","a-later-name":"x"}"#),
        ],
    );
    let mut reader = settings.reader();
    assert_eq!(reader.signing_keys().keys()[0].key, second);
    assert_eq!(reader.mac_key(MacName::TokenMac).versions.minting(), 2);
    assert_eq!(reader.mac_key(MacName::PageSeal).versions.minting(), 1);
    assert_eq!(reader.text(TextName::FhirResources), "Patient");
    assert_eq!(reader.text(TextName::Logo), "");
    assert_eq!(reader.finish(), Ok(()));
}

#[test]
fn every_string_is_found_by_its_name() {
    for text in TextName::ALL {
        assert_eq!(text.name().parse(), Ok(text));
    }
    assert!("organisation".parse::<TextName>().is_err());
}

#[test]
fn keys_on_loopback_are_read_under_a_setting_that_no_public_service_can_have() {
    let reach = |issuer: &str, flag: &str| {
        let settings = settings(&[
            ("ISSUER", issuer),
            ("FHIR_BASE_URL", "https://fhir.example.org"),
            ("LOOPBACK_KEYS", flag),
        ]);
        let mut reader = settings.reader();
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
        let settings = settings(&[
            ("ISSUER", "https://auth.example.org"),
            ("FHIR_BASE_URL", "https://fhir.example.org"),
            ("ASSERTION_ALGORITHMS", names),
        ]);
        let mut reader = settings.reader();
        let service = reader.service();
        reader.finish().map(|()| service.assertion_algorithms().to_string())
    };
    assert_eq!(service("PS384").unwrap(), "RS384 or ES384 or PS384");
    assert!(service("HS256").unwrap_err().to_string().contains("ASSERTION_ALGORITHMS"));
}
