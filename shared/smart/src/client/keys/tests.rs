//! Good key sets, and each way in which one is no good.

use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::json;
use smart_verify::base64url;

use super::*;

fn ec_key(kid: &str) -> Value {
    let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
    let point = pair.public_key().as_ref();
    json!({ "kty": "EC", "crv": "P-384", "kid": kid, "x": base64url::encode(&point[1..49]), "y": base64url::encode(&point[49..]) })
}

fn rsa_key(modulus: &[u8], exponent: &[u8]) -> Value {
    json!({ "kty": "RSA", "kid": "r", "n": base64url::encode(modulus), "e": base64url::encode(exponent) })
}

fn with(mut key: Value, member: &str, value: Value) -> Value {
    key[member] = value;
    key
}

fn check(keys: impl Into<Vec<Value>>) -> Result<usize, KeysRefused> {
    KeySet::check(&json!({ "keys": keys.into() })).map(|set| set.len())
}

#[test]
fn good_keys_are_kept_and_unknown_kinds_left_out() {
    assert_eq!(check(vec![ec_key("a"), ec_key("b")]), Ok(2));
    assert_eq!(check(vec![ec_key("a"), rsa_key(&[0xFF; 256], &[1, 0, 1])]), Ok(2));
    assert_eq!(check(vec![ec_key("a"), json!({ "kty": "AKP", "kid": "new" })]), Ok(1), "j09");
    let koblitz = json!({ "kty": "EC", "crv": "secp256k1", "kid": "k", "x": "AA", "y": "AA" });
    assert_eq!(check(vec![ec_key("a"), koblitz]), Ok(1), "j09");
}

#[test]
fn rg_3_g06_secret_keys_spoil_the_whole_set() {
    for secret in [json!({ "kty": "oct", "kid": "o", "k": "AAAA" }), with(ec_key("b"), "d", json!("AAAA"))] {
        assert_eq!(check(vec![ec_key("a"), secret]), Err(KeysRefused::Private));
    }
}

#[test]
fn g06_every_key_has_a_kid_of_its_own() {
    assert_eq!(check(vec![ec_key("a"), ec_key("a")]), Err(KeysRefused::KeyId));
    assert_eq!(check(vec![with(ec_key("a"), "kid", Value::Null)]), Err(KeysRefused::KeyId));
}

#[test]
fn b19_keys_that_are_weak_or_no_keys_are_refused() {
    let mut even = [0xFF; 256];
    even[255] = 0xFE;
    let off_curve = with(ec_key("a"), "y", json!(base64url::encode(&[7; 48])));
    let infinity = with(
        with(ec_key("a"), "x", json!(base64url::encode(&[0; 48]))),
        "y",
        json!(base64url::encode(&[0; 48])),
    );
    for weak in [
        rsa_key(&[0xFF; 128], &[1, 0, 1]),
        rsa_key(&even, &[1, 0, 1]),
        rsa_key(&[0xFF; 256], &[1]),
        rsa_key(&[0xFF; 256], &[0, 1]),
        rsa_key(&[0xFF; 256], &[4]),
        off_curve,
        infinity,
        with(ec_key("a"), "x", json!("AA==")),
    ] {
        assert_eq!(check(vec![weak.clone()]), Err(KeysRefused::Weak), "{weak}");
    }
}

#[test]
fn ca_20_a_key_for_something_else_verifies_nothing() {
    for (member, value) in [("use", json!("enc")), ("key_ops", json!(["sign"])), ("crv", json!("P-521"))] {
        assert!(check(vec![with(ec_key("a"), member, value)]).is_err(), "{member}");
    }
    assert_eq!(check(vec![with(ec_key("a"), "alg", json!("ES256"))]), Err(KeysRefused::NoneUsable));
}

#[test]
fn ca_15_the_key_is_chosen_by_kid_and_kind() {
    let set = KeySet::check(&json!({ "keys": [ec_key("a"), rsa_key(&[0xFF; 256], &[1, 0, 1])] })).unwrap();
    assert!(set.choose("a", Algorithm::ES384).is_ok());
    assert!(set.choose("r", Algorithm::RS384).is_ok());
    assert_eq!(set.choose("a", Algorithm::RS384), Err(KeyNotChosen::OtherKind));
    assert_eq!(set.choose("b", Algorithm::ES384), Err(KeyNotChosen::UnknownKid));
}

#[test]
fn j05_g07_key_addresses_are_https_with_a_name() {
    assert!("https://app.example.org/jwks.json".parse::<JwksUri>().is_ok());
    assert!("http://127.0.0.1:4000/jwks.json".parse::<JwksUri>().is_ok());
    for refused in [
        "http://app.example.org/jwks",
        "https://10.0.0.1/jwks",
        "https://[::1]/jwks",
        "https://0x7f.1/jwks",
        "https://2130706433/jwks",
        "file:///etc/passwd",
        "https://localhost./jwks",
        "https://app/jwks",
        "ftp://app.example.org/jwks",
        "https://app.example.org/jwks#f",
        "https://u:p@app.example.org/jwks",
        "https://app.example.org:22/jwks",
        "",
    ] {
        assert!(refused.parse::<JwksUri>().is_err(), "{refused}");
    }
}
