//! Keys that say of themselves what they are for.

use serde_json::{Value, json};
use smart::client::{KeySet, KeysRefused};

use super::doors::Cast;

fn set(keys: &[Value]) -> Result<KeySet, KeysRefused> {
    KeySet::check(&json!({ "keys": keys }))
}

fn with(mut key: Value, member: &str, value: Value) -> Value {
    key[member] = value;
    key
}

#[test]
fn b06_ca_15_ca_20_a_key_for_something_else_is_not_chosen_though_its_kid_is_right() {
    let cast = Cast::new();
    let (good, rsa) = (cast.key.public_jwk(), cast.rsa.public_jwk("r1"));
    let chosen = |key: Value| {
        let keys = set(&[key, rsa.clone()]).unwrap();
        keys.choose("k1", jsonwebtoken::Algorithm::ES384).map(drop).map_err(|why| why.to_string())
    };
    assert_eq!(chosen(good.clone()), Ok(()));
    assert_eq!(chosen(with(with(good.clone(), "use", json!("sig")), "alg", json!("ES384"))), Ok(()));
    for (member, value, said) in [
        ("use", json!("enc"), "use or key_ops"),
        ("key_ops", json!(["sign"]), "use or key_ops"),
        ("alg", json!("RS384"), "kty, crv or alg"),
        ("kid", json!("k2"), "none has that kid"),
    ] {
        let why = chosen(with(good.clone(), member, value)).unwrap_err();
        assert!(why.contains(said), "{member}: {why}");
    }
}

#[test]
fn b19_weak_and_broken_keys_are_refused_when_they_are_registered() {
    let cast = Cast::new();
    let good = cast.key.public_jwk();
    let zero = "A".repeat(64);
    for broken in [
        with(good.clone(), "x", json!(zero)),
        with(with(good.clone(), "x", json!(zero)), "y", json!(zero)),
        with(good.clone(), "x", json!("AA")),
        with(good.clone(), "d", json!(zero)),
        with(cast.rsa.public_jwk("r1"), "e", json!("AQ")),
        with(cast.rsa.public_jwk("r1"), "n", json!("A".repeat(172))),
        json!({ "kty": "oct", "kid": "o", "k": zero }),
    ] {
        assert!(set(&[broken.clone(), good.clone()]).is_err(), "{broken}");
    }
}
