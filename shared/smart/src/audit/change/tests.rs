use std::collections::BTreeMap;

use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use smart_verify::base64url;
use smart_verify::time::UnixSeconds;

use super::*;
use crate::client::{ClientMetadata, ClientSecret};
use crate::random;
use crate::registration::NewAccount;

const NOW: UnixSeconds = UnixSeconds(1_790_000_000);

fn hasher() -> AuditHasher {
    AuditHasher::derive(&BTreeMap::from([(1, [7; 32])]), 1).unwrap()
}

fn client(members: &Value) -> Client {
    let mut said = json!({
        "client_name": "Growth chart", "redirect_uris": ["https://app.example.org/cb"],
        "scope": "openid patient/Observation.rs?category=laboratory patient/Patient.rs",
    });
    for (name, value) in members.as_object().unwrap() {
        said[name] = value.clone();
    }
    let metadata = ClientMetadata::check(said.as_object().unwrap()).unwrap();
    Client { owner: Some("sub-of-ann".to_owned()), ..Client::new("app".parse().unwrap(), metadata, NOW) }
}

fn user(members: &Value) -> User {
    let mut said = json!({ "name": "ann", "display_name": "Ann Example", "role": "patient" });
    for (name, value) in members.as_object().unwrap() {
        said[name] = value.clone();
    }
    NewAccount::check(said.as_object().unwrap()).unwrap().into_user(NOW)
}

fn shows_none_of(change: &Change, hidden: &[&str]) {
    let shown = format!("{change:?}");
    for hidden in hidden {
        assert!(!shown.contains(hidden), "{hidden} in {shown}");
    }
}

fn read(text: Option<&str>) -> Value {
    serde_json::from_str(text.unwrap()).unwrap()
}

#[test]
fn api_11_the_change_of_a_client_can_be_read_and_names_nobody() {
    let before = client(&json!({ "contacts": ["mailto:ann@example.org"] }));
    let after = Client {
        owner: Some("sub-of-bob".to_owned()),
        ..client(&json!({ "client_name": "Growth chart 2", "contacts": ["mailto:bob@example.org"] }))
    };
    let change = Change::of_client(Some(&before), Some(&after), &hasher());
    assert_eq!(change.members(), ["client_name", "contacts", "owner"]);
    let (was, is) = (read(change.before()), read(change.after()));
    assert_eq!((&was["client_name"], &is["client_name"]), (&json!("Growth chart"), &json!("Growth chart 2")));
    assert_eq!(was["redirect_uris"], json!(["https://app.example.org/cb"]));
    assert_eq!(
        (&was["status"], &was["owner"]),
        (&json!("active"), &json!(hasher().person("sub-of-ann").as_str()))
    );
    shows_none_of(&change, &["ann@", "bob@", "sub-of"]);
    let made = Change::of_client(None, Some(&after), &hasher());
    assert_eq!((made.members(), made.before(), made.after()), (&[][..], None, change.after()));
    let deleted = Change::of_client(Some(&before), None, &hasher());
    assert_eq!((deleted.before(), deleted.after()), (change.before(), None));
}

#[test]
fn l01_the_query_of_a_scope_is_not_told_but_that_it_changed_is() {
    let before = client(&json!({}));
    let after = client(&json!({
        "scope": "openid patient/Observation.rs?category=social-history patient/Patient.rs",
    }));
    let change = Change::of_client(Some(&before), Some(&after), &hasher());
    assert_eq!(change.members(), ["scope"]);
    assert_eq!(read(change.after())["scope"], "openid patient/Observation.rs patient/Patient.rs");
    shows_none_of(&change, &["?", "laboratory", "social-history"]);
}

#[test]
fn g14_of_a_secret_nothing_is_told_but_that_there_is_one() {
    let secret = ClientSecret::generate();
    let before = client(&json!({}));
    let after = Client { secrets: vec![secret.stored(NOW)], ..before.clone() };
    let change = Change::of_client(Some(&before), Some(&after), &hasher());
    assert_eq!(change.members(), ["secrets"]);
    assert_eq!(read(change.after())["secrets"][0]["created_at"], json!(NOW));
    let bare = secret.reveal();
    let last_four = format!("\"{}\"", &bare[bare.len() - 4..]);
    let hash = random::sha256(bare.as_bytes());
    shows_none_of(&change, &[bare, &hash[..8], &last_four, "hash", "last_four"]);
    assert_eq!(read(change.after())["secrets"][0]["id"], after.secrets[0].id());
}

#[test]
fn of_a_key_its_name_and_its_thumbprint_are_told() {
    let jwk = || {
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(48);
        json!({ "kty": "EC", "crv": "P-384", "kid": "first", "x": base64url::encode(x), "y": base64url::encode(y) })
    };
    let with_key = |jwk: &Value| {
        let method = "private_key_jwt";
        client(&json!({ "token_endpoint_auth_method": method, "jwks": { "keys": [jwk] } }))
    };
    let (one, other) = (jwk(), jwk());
    let change = Change::of_client(Some(&with_key(&one)), Some(&with_key(&other)), &hasher());
    assert_eq!(change.members(), ["jwks"]);
    let (was, is) = (read(change.before())["jwks"].clone(), read(change.after())["jwks"].clone());
    assert_eq!((&was[0][0], &is[0][0]), (&json!("first"), &json!("first")));
    assert_ne!(was[0][1], is[0][1], "a key that took the place of one of the same name");
    shows_none_of(&change, &[one["x"].as_str().unwrap(), other["x"].as_str().unwrap()]);
}

#[test]
fn api_11_the_change_of_a_user_names_what_changed_and_shows_none_of_it() {
    let before = user(&json!({ "fhirUser": "Patient/emre" }));
    let after = User {
        display_name: "Ann Other".to_owned(),
        password_hash: "$argon2id$hash".to_owned(),
        sessions_from: NOW,
        ..before.clone()
    };
    let change = Change::of_user(Some(&before), Some(&after), &hasher());
    assert_eq!(change.members(), ["display_name", "password", "sessions_from"]);
    assert_ne!(change.before(), change.after());
    shows_none_of(&change, &["Ann", "\"ann\"", "emre", "argon2id", &before.subject]);
    let made = Change::of_user(None, Some(&after), &hasher());
    assert_eq!((made.members(), made.before(), made.after()), (&[][..], None, change.after()));
}
