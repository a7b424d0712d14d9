use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::Grant;

/// A grant as older code stored it, without what is optional.
fn least() -> Value {
    json!({
        "key": "k", "client_id": "app", "user_name": "ann", "sub": "s", "scope": "patient/*.rs",
        "redirect_uri": "https://app.example.org/cb", "challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "auth_time": 0, "issued_at": 0, "code_hash": "h", "stage": "issued", "stage_since": 0, "expires_at": 1,
        "version": 1, "last_request": "r",
    })
}

/// The item with more fields, and without those that are null.
fn with(mut item: Value, fields: &Value) -> Value {
    let members = item.as_object_mut().unwrap();
    members.extend(fields.as_object().unwrap().clone());
    members.retain(|_, value| !value.is_null());
    item
}

fn read(item: &Value) -> Result<Grant, serde_json::Error> {
    serde_json::from_value(item.clone())
}

/// The stages, with all that an item of each can have: refresh tokens begin with the code exchange, if the app may come
/// back, and what has been revoked keeps what it had.
fn staged() -> impl Strategy<Value = Value> {
    (any::<u64>(), any::<String>(), any::<[bool; 2]>()).prop_flat_map(|(at, text, [online, renewed])| {
        let lasting = match online {
            true => json!({ "online": { "session": text, "until": at } }),
            false => json!({ "offline": { "until": at } }),
        };
        let mut family = json!({ "generation": 1, "hash": "h", "mac": 1, "since": at });
        if renewed {
            family["before"] = json!({ "hash": "h", "salt": text });
        }
        prop::sample::select(vec![
            json!({ "stage": "issued" }),
            json!({ "stage": "issued", "lasting": lasting }),
            json!({ "stage": "redeemed" }),
            json!({ "stage": "redeemed", "lasting": lasting, "family": family }),
            json!({ "stage": "revoked" }),
            json!({ "stage": "revoked", "lasting": lasting }),
            json!({ "stage": "revoked", "lasting": lasting, "family": family }),
        ])
    })
}

/// Every item that can exist.
fn stored() -> impl Strategy<Value = Value> {
    let optional = vec!["patient", "encounter", "context", "fhir_user", "nonce", "newer"];
    let without = prop::sample::subsequence(optional, 0..=6);
    let basis = prop::sample::select(vec![json!(null), json!("remembered"), json!("organisation")]);
    let numbers = (any::<u64>(), any::<u64>(), any::<u64>());
    let parts = (staged(), without, basis, any::<bool>(), any::<[String; 3]>(), numbers);
    parts.prop_map(|(staged, without, basis, pkce, [text, other, nonce], (at, until, version))| {
        let pkce = match pkce {
            true => json!({ "challenge": other }),
            false => json!({ "challenge": null, "pkce": "none" }),
        };
        let common = json!({
            "key": text, "user_name": other, "sub": text, "patient": text, "encounter": other,
            "context": { "intent": text }, "fhir_user": text, "redirect_uri": other, "nonce": nonce, "auth_time": at,
            "issued_at": until, "code_hash": text, "stage_since": at, "expires_at": until, "version": version,
            "last_request": other, "basis": basis, "newer": { "list": [text, 1, null] },
        });
        let mut item = with(with(with(least(), &common), &staged), &pkce);
        for name in without {
            item.as_object_mut().unwrap().remove(name);
        }
        item
    })
}

proptest! {
    #[test]
    fn a_stored_grant_is_read_and_written_back_unchanged(item in stored()) {
        prop_assert_eq!(json!(read(&item).unwrap()), item);
    }
}

#[test]
fn what_older_code_stored_is_read() {
    assert_eq!(json!(read(&least()).unwrap()), least());
}

#[test]
fn c10_cg_4_a_grant_has_either_a_challenge_or_explicitly_no_pkce() {
    let none = json!({ "challenge": null, "pkce": "none" });
    assert!(read(&with(least(), &none)).is_ok());
    for wrong in [
        json!({ "challenge": null }),
        json!({ "pkce": "none" }),
        json!({ "challenge": null, "pkce": "plain" }),
        json!({ "pkce": "S256" }),
    ] {
        assert!(read(&with(least(), &wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn an_item_whose_fields_contradict_its_stage_is_no_grant() {
    let lasting = json!({ "offline": { "until": 2 } });
    let family = json!({ "generation": 1, "hash": "h", "mac": 1, "since": 0 });
    for wrong in [
        json!({ "stage": "issued", "family": family }),
        json!({ "stage": "issued", "lasting": lasting, "family": family }),
        json!({ "stage": "redeemed", "lasting": lasting }),
        json!({ "stage": "redeemed", "family": family }),
        json!({ "stage": "revoked", "family": family }),
    ] {
        assert!(read(&with(least(), &wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn a_basis_is_stored_unless_a_person_was_asked() {
    let explicit = with(least(), &json!({ "basis": "person" }));
    assert_eq!(json!(read(&explicit).unwrap()), least());
    assert!(read(&with(least(), &json!({ "basis": "guess" }))).is_err());
}
