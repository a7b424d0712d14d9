//! One good assertion, and each rule broken by exactly one change.

use serde_json::{Value, json};
use smart_verify::base64url;

use super::*;
use crate::client::AssertionAlgorithms;
use crate::service::Service;

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

fn header() -> Value {
    json!({ "alg": "ES384", "typ": "JWT", "kid": "k1" })
}

fn claims() -> Value {
    json!({
        "iss": "backend", "sub": "backend", "aud": "https://auth.example.org/token",
        "exp": NOW.0 + 300, "iat": NOW.0, "jti": "j1",
    })
}

fn service() -> Service {
    Service::new("https://auth.example.org", "https://fhir.example.org/r4")
}

fn read_text(text: &str) -> Result<UnverifiedAssertion, OAuthError> {
    UnverifiedAssertion::read(Some(text), Some(ASSERTION_TYPE), &ExpectedAssertion::by(&service(), NOW))
}

fn read(header: &Value, claims: &Value) -> Result<(), &'static str> {
    let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
    let text = format!("{}.{}.c2ln", part(header), part(claims));
    read_text(&text).map(drop).map_err(|error| {
        assert_eq!(error.code(), ErrorCode::InvalidClient);
        error.reason()
    })
}

fn with(mut value: Value, member: &str, to: Value) -> Value {
    value[member] = to;
    value
}

fn without(mut value: Value, member: &str) -> Value {
    value.as_object_mut().unwrap().remove(member);
    value
}

#[test]
fn a_good_assertion_keeps_every_rule_it_can_keep_by_itself() {
    assert_eq!(read(&header(), &claims()), Ok(()));
}

#[test]
fn b01_the_type_is_named_exactly() {
    let (service, now) = (service(), NOW);
    let expected = ExpectedAssertion::by(&service, now);
    for named in [None, Some("urn:ietf:params:oauth:grant-type:jwt-bearer")] {
        let error = UnverifiedAssertion::read(Some("a.b.c"), named, &expected).unwrap_err();
        assert_eq!(error.reason(), "assertion_type");
    }
    let missing = UnverifiedAssertion::read(None, Some(ASSERTION_TYPE), &expected).unwrap_err();
    assert_eq!(missing.reason(), "assertion_missing");
}

#[test]
fn b02_b03_what_is_not_three_parts_of_strict_base64url_is_refused() {
    for text in [
        "a",
        "a.b",
        "a.b.c.d",
        "..",
        "a..c",
        "e30=.e30.c2ln",
        "e30.e30.c2l+",
        "e30.e30.",
        " e30.e30.c2ln",
        "e30.e30.c2lo_",
        "e30.e30.c2l",
    ] {
        assert_eq!(read_text(text).unwrap_err().reason(), "assertion_malformed", "{text}");
    }
    assert_eq!(
        read_text(&format!("{}.e30.c2ln", "A".repeat(20_000))).unwrap_err().reason(),
        "assertion_malformed"
    );
}

#[test]
fn b04_json_of_another_shape_is_refused() {
    let part = |text: &str| base64url::encode(text.as_bytes());
    let good = part(&header().to_string());
    let deep = "[".repeat(10_000);
    let listed = format!(
        "[\"backend\",\"backend\",\"https://auth.example.org/token\",{0},{1},{1},\"j\"]",
        NOW.0 + 300,
        NOW.0
    );
    for claims in [listed.as_str(), "null", "[]", "7", "{\"iss\":\"a\",\"iss\":\"b\"}", deep.as_str()] {
        let text = format!("{good}.{}.c2ln", part(claims));
        assert_eq!(read_text(&text).unwrap_err().reason(), "assertion_claims", "{claims:.20}");
    }
    let good_claims = part(&claims().to_string());
    for header in
        ["{\"alg\":\"ES384\",\"alg\":\"none\"}", "{\"x\":1,\"x\":2}", "[]", "null", "7", deep.as_str()]
    {
        let text = format!("{}.{good_claims}.c2ln", part(header));
        assert_eq!(read_text(&text).unwrap_err().reason(), "assertion_malformed", "{header:.20}");
    }
}

#[test]
fn b05_only_rs384_and_es384_are_accepted() {
    assert_eq!(read(&with(header(), "alg", json!("RS384")), &claims()), Ok(()));
    for alg in
        ["none", "NONE", "None", "", "HS256", "HS384", "RS256", "ES256", "PS384", "ES512", "EdDSA", "es384"]
    {
        assert_eq!(read(&with(header(), "alg", json!(alg)), &claims()), Err("assertion_alg"), "{alg}");
    }
    assert_eq!(read(&without(header(), "alg"), &claims()), Err("assertion_alg"));
}

#[test]
fn b07_b10_ca_8_the_header_names_type_and_key_and_no_extension() {
    assert_eq!(read(&without(header(), "kid"), &claims()), Err("assertion_kid_missing"));
    assert_eq!(read(&with(header(), "kid", json!(7)), &claims()), Err("assertion_kid_missing"));
    assert_eq!(
        read(&with(header(), "kid", json!("x".repeat(10_000))), &claims()),
        Err("assertion_kid_missing")
    );
    assert_eq!(read(&without(header(), "typ"), &claims()), Err("assertion_typ"));
    assert_eq!(read(&with(header(), "typ", json!("at+jwt")), &claims()), Err("assertion_typ"));
    for crit in [json!(["b64"]), json!(null), json!([])] {
        assert_eq!(read(&with(header(), "crit", crit), &claims()), Err("assertion_malformed"));
    }
}

#[test]
fn b12_iss_and_sub_are_the_client() {
    assert_eq!(read(&header(), &with(claims(), "sub", json!("other"))), Err("assertion_iss_sub"));
    assert_eq!(read(&header(), &without(claims(), "iss")), Err("assertion_claims"));
    assert_eq!(read(&header(), &with(claims(), "iss", json!(7))), Err("assertion_claims"));
}

#[test]
fn b13_the_audience_is_one_of_ours_and_no_other_beside_it() {
    for good in [
        json!("https://auth.example.org"),
        json!("https://auth.example.org/backend-token"),
        json!(["https://auth.example.org/token"]),
    ] {
        assert_eq!(read(&header(), &with(claims(), "aud", good)), Ok(()));
    }
    for bad in [
        json!("https://auth.example.org/token/"),
        json!("https://AUTH.example.org/token"),
        json!("http://auth.example.org/token"),
        json!(["https://auth.example.org/token", "https://evil.test/token"]),
        json!([]),
        json!("https://fhir.example.org/r4"),
        json!(""),
    ] {
        assert_eq!(read(&header(), &with(claims(), "aud", bad)), Err("assertion_aud"));
    }
    assert_eq!(read(&header(), &without(claims(), "aud")), Err("assertion_claims"));
}

#[test]
fn b14_b16_times_are_near_and_a_client_may_stray_by_30_seconds() {
    let at = |member: &str, ahead: i64| with(claims(), member, json!(NOW.0.saturating_add_signed(ahead)));
    assert_eq!(read(&header(), &at("exp", 330)), Ok(()));
    assert_eq!(read(&header(), &at("exp", 331)), Err("assertion_exp_far"));
    assert_eq!(read(&header(), &at("exp", -29)), Ok(()));
    assert_eq!(read(&header(), &at("exp", -30)), Err("assertion_expired"));
    assert_eq!(read(&header(), &without(claims(), "exp")), Err("assertion_claims"));
    for member in ["nbf", "iat"] {
        assert_eq!(read(&header(), &at(member, 8)), Ok(()));
        assert_eq!(read(&header(), &at(member, 61)), Err("assertion_not_yet"));
    }
}

#[test]
fn ca_12_an_assertion_made_over_ten_minutes_ago_is_refused_and_says_how_long_ago() {
    let made = |ago: u64| with(claims(), "iat", json!(NOW.0 - ago));
    assert_eq!(read(&header(), &made(600)), Ok(()));
    assert_eq!(read(&header(), &made(601)), Err("assertion_iat_old"));
    assert_eq!(read(&header(), &with(claims(), "iat", json!(0))), Err("assertion_iat_old"));
}

#[test]
fn ca_7_a_setting_accepts_more_algorithms_and_the_sentence_names_them() {
    let service = service().accepting(AssertionAlgorithms::with("PS384").unwrap());
    let expected = ExpectedAssertion::by(&service, NOW);
    let read = |alg: &str| {
        let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
        let text = format!("{}.{}.c2ln", part(&with(header(), "alg", json!(alg))), part(&claims()));
        UnverifiedAssertion::read(Some(&text), Some(ASSERTION_TYPE), &expected).map(drop)
    };
    assert!(read("PS384").is_ok() && read("ES384").is_ok());
    assert_eq!(read("PS256").unwrap_err().sentence(), "alg is not accepted; use RS384 or ES384 or PS384.");
}

#[test]
fn reasons_name_the_rule_and_our_figure_and_never_what_was_sent() {
    let sentence = |header: &Value, claims: &Value| {
        let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
        read_text(&format!("{}.{}.c2ln", part(header), part(claims))).unwrap_err().sentence().to_owned()
    };
    let far = sentence(&header(), &with(claims(), "exp", json!(NOW.0 + 3600)));
    assert_eq!(far, "exp is 3600 s ahead; at most 300 s is allowed.");
    let late = sentence(&header(), &with(claims(), "exp", json!(NOW.0 - 90)));
    assert_eq!(late, "exp is 90 s past by our clock.");
    for name in ["iss", "sub", "aud", "jti", "exp", "nbf", "iat"] {
        let said = sentence(&header(), &with(claims(), name, json!({ "canary": "c4n4ry" })));
        assert!(said.contains(name) && !said.contains("4n4"), "{said}");
    }
    for name in ["typ", "alg", "kid", "jku"] {
        let said = sentence(&with(header(), name, json!(["c4n4ry"])), &claims());
        assert!(said.contains(name) && !said.contains("4n4"), "{said}");
    }
}

#[test]
fn b09_keys_and_key_addresses_of_the_sender_are_not_looked_at() {
    for name in ["jwk", "x5c", "x5u", "x5t"] {
        assert_eq!(read(&with(header(), name, json!("https://evil.test/keys")), &claims()), Ok(()));
    }
}

#[test]
fn b15_times_of_another_type_are_refused() {
    for member in ["exp", "nbf", "iat"] {
        for value in
            [json!("1800000100"), json!(1_800_000_100.5), json!(null), json!(-1), json!(1e30), json!(true)]
        {
            assert_eq!(
                read(&header(), &with(claims(), member, value.clone())),
                Err("assertion_claims"),
                "{member} {value}"
            );
        }
    }
}

#[test]
fn b17_jti_is_a_text_of_bounded_length() {
    assert_eq!(read(&header(), &without(claims(), "jti")), Err("assertion_claims"));
    assert_eq!(read(&header(), &with(claims(), "jti", json!(7))), Err("assertion_claims"));
    assert_eq!(read(&header(), &with(claims(), "jti", json!(""))), Err("assertion_jti"));
    assert_eq!(read(&header(), &with(claims(), "jti", json!("x".repeat(10_000)))), Err("assertion_jti"));
}
