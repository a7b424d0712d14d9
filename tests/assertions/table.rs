//! Every case of a backend service, sent to both doors with the same bytes: the same answer, and the one that is meant.

use serde_json::{Value, json};
use smart_verify::time::UnixSeconds;
use testkit::fixtures::{BackendKey, NOW};

use super::doors::{Cast, DOORS, JWKS_URI, KIND, Told, body};
use crate::support::form;

fn header() -> Value {
    json!({ "alg": "ES384", "typ": "JWT", "kid": "k1" })
}

fn claims() -> Value {
    json!({
        "iss": "backend", "sub": "backend", "aud": "https://auth.example.org/token",
        "exp": NOW.0 + 300, "iat": NOW.0, "jti": "j1",
    })
}

/// The given members set, those given as null by `absent` left out.
fn with(mut value: Value, members: &Value) -> Value {
    for (name, set) in members.as_object().unwrap() {
        if set == "absent" {
            value.as_object_mut().unwrap().remove(name);
        } else {
            value[name] = set.clone();
        }
    }
    value
}

/// A good assertion but for these members of its header and its claims.
fn spoiled(key: &BackendKey, in_header: &Value, in_claims: &Value) -> String {
    key.sign_with(&with(header(), in_header), &with(claims(), in_claims))
}

/// Sends a body to both doors, each over a memory of its own. They must say the same.
async fn at_both(cast: &Cast, id: &str, body: &str, now: UnixSeconds) -> Told {
    let mut told = Vec::new();
    for door in DOORS {
        told.push(cast.doors().ask(door, body, now).await);
    }
    assert_eq!(told[0], told[1], "{id}");
    told.remove(0)
}

/// Each refused assertion: requirement and threat ids, what is set in the header, what in the claims, and the reason.
fn refused() -> Vec<(&'static str, Value, Value, &'static str)> {
    let none = || json!({});
    vec![
        ("b05 ca_7 none", json!({ "alg": "none" }), none(), "assertion_alg"),
        ("b05 NoNe", json!({ "alg": "NoNe" }), none(), "assertion_alg"),
        ("b05 alg missing", json!({ "alg": "absent" }), none(), "assertion_alg"),
        ("b05 HS384", json!({ "alg": "HS384" }), none(), "assertion_alg"),
        ("b05 HS256", json!({ "alg": "HS256" }), none(), "assertion_alg"),
        ("b05 RS256", json!({ "alg": "RS256" }), none(), "assertion_alg"),
        ("b05 ES256", json!({ "alg": "ES256" }), none(), "assertion_alg"),
        ("b05 PS384", json!({ "alg": "PS384" }), none(), "assertion_alg"),
        ("b05 ES512", json!({ "alg": "ES512" }), none(), "assertion_alg"),
        ("b05 EdDSA", json!({ "alg": "EdDSA" }), none(), "assertion_alg"),
        ("b05 unknown", json!({ "alg": "X" }), none(), "assertion_alg"),
        ("b06 ca_7 RS384 by an EC key", json!({ "alg": "RS384" }), none(), "assertion_key"),
        ("b07 ca_8 kid missing", json!({ "kid": "absent" }), none(), "assertion_kid_missing"),
        ("b07 kid unknown", json!({ "kid": "k2" }), none(), "assertion_key"),
        ("b07 kid a number", json!({ "kid": 1 }), none(), "assertion_kid_missing"),
        ("b07 kid a path", json!({ "kid": "../../x" }), none(), "assertion_key"),
        ("b07 kid of 10 kB", json!({ "kid": "k".repeat(10_000) }), none(), "assertion_kid_missing"),
        ("b08 ca_14 jku of a stranger", json!({ "jku": "https://evil.test/jwks" }), none(), "assertion_jku"),
        ("b08 jku where keys are by value", json!({ "jku": JWKS_URI }), none(), "assertion_jku"),
        ("b10 crit", json!({ "crit": ["exp"] }), none(), "assertion_malformed"),
        ("b10 b64", json!({ "b64": false, "crit": ["b64"] }), none(), "assertion_malformed"),
        ("b11 ca_8 an access token", json!({ "typ": "at+jwt" }), none(), "assertion_typ"),
        ("ca_8 typ missing", json!({ "typ": "absent" }), none(), "assertion_typ"),
        ("b12 ca_9 sub differs", none(), json!({ "sub": "other" }), "assertion_iss_sub"),
        ("b12 iss missing", none(), json!({ "iss": "absent" }), "assertion_claims"),
        ("b12 sub a number", none(), json!({ "sub": 7 }), "assertion_claims"),
        ("b12 unknown client", none(), json!({ "iss": "nobody", "sub": "nobody" }), "assertion_client"),
        ("b12 no client id", none(), json!({ "iss": "a b", "sub": "a b" }), "assertion_client"),
        ("f14 disabled client", none(), json!({ "iss": "disabled", "sub": "disabled" }), "assertion_client"),
        ("b07 of another client", none(), json!({ "iss": "other", "sub": "other" }), "assertion_signature"),
        ("b13 ca_10 aud missing", none(), json!({ "aud": "absent" }), "assertion_claims"),
        ("b13 aud other", none(), json!({ "aud": "https://other.example.org/token" }), "assertion_aud"),
        (
            "b13 several",
            none(),
            json!({ "aud": ["https://auth.example.org/token", "https://auth.example.org"] }),
            "assertion_aud",
        ),
        ("b13 slash", none(), json!({ "aud": "https://auth.example.org/token/" }), "assertion_aud"),
        ("b13 upper case", none(), json!({ "aud": "https://AUTH.example.org/token" }), "assertion_aud"),
        ("b13 http", none(), json!({ "aud": "http://auth.example.org/token" }), "assertion_aud"),
        ("b14 ca_11 exp missing", none(), json!({ "exp": "absent" }), "assertion_claims"),
        ("b14 past by leeway and one", none(), json!({ "exp": NOW.0 - 31 }), "assertion_expired"),
        ("b14 331 s ahead", none(), json!({ "exp": NOW.0 + 331 }), "assertion_exp_far"),
        ("b15 exp a text", none(), json!({ "exp": "1800000100" }), "assertion_claims"),
        ("b15 exp a float", none(), json!({ "exp": 1_800_000_100.5 }), "assertion_claims"),
        ("b15 exp 1e30", none(), json!({ "exp": 1e30 }), "assertion_claims"),
        ("b15 nbf null", none(), json!({ "nbf": null }), "assertion_claims"),
        ("b15 iat negative", none(), json!({ "iat": -1 }), "assertion_claims"),
        ("b15 iat true", none(), json!({ "iat": true }), "assertion_claims"),
        ("b16 ca_12 nbf 61 s ahead", none(), json!({ "nbf": NOW.0 + 61 }), "assertion_not_yet"),
        ("b16 iat 61 s ahead", none(), json!({ "iat": NOW.0 + 61 }), "assertion_not_yet"),
        ("ca_12 iat 601 s ago", none(), json!({ "iat": NOW.0 - 601 }), "assertion_iat_old"),
        ("b17 ca_13 jti missing", none(), json!({ "jti": "absent" }), "assertion_claims"),
        ("b17 jti empty", none(), json!({ "jti": "" }), "assertion_jti"),
        ("b17 jti a number", none(), json!({ "jti": 7 }), "assertion_claims"),
        ("b17 jti of 10 kB", none(), json!({ "jti": "j".repeat(10_000) }), "assertion_jti"),
        ("b26 no keys", none(), json!({ "iss": "empty-handed", "sub": "empty-handed" }), "assertion_key"),
        ("b26 public", none(), json!({ "iss": "public", "sub": "public" }), "assertion_method"),
        ("be_1 by secret", none(), json!({ "iss": "by-secret", "sub": "by-secret" }), "assertion_method"),
        ("j07 silent", none(), json!({ "iss": "silent", "sub": "silent" }), "assertion_jwks_unavailable"),
    ]
}

#[tokio::test]
async fn both_doors_refuse_each_bad_assertion_for_the_same_reason_in_the_same_words() {
    let cast = Cast::new();
    for (id, in_header, in_claims, reason) in refused() {
        let told = at_both(&cast, id, &body(&spoiled(&cast.key, &in_header, &in_claims), &[]), NOW).await;
        assert_eq!((told.status, told.error(), told.reason), (401, "invalid_client", reason), "{id}");
    }
}

#[tokio::test]
async fn unknown_and_disabled_clients_share_one_sentence() {
    let cast = Cast::new();
    let mut said = Vec::new();
    for id in ["nobody", "disabled"] {
        let assertion = spoiled(&cast.key, &json!({}), &json!({ "iss": id, "sub": id }));
        said.push(at_both(&cast, id, &body(&assertion, &[]), NOW).await);
    }
    assert_eq!(said[0], said[1]);
}

#[tokio::test]
async fn cheap_rules_come_before_any_record_is_read() {
    let cast = Cast::new();
    // Both faults at once: the one that needs no record is told, for a client that exists and one that does not.
    for id in ["backend", "nobody", "silent"] {
        let assertion = spoiled(&cast.key, &json!({}), &json!({ "iss": id, "sub": id, "exp": NOW.0 + 3600 }));
        let told = at_both(&cast, id, &body(&assertion, &[]), NOW).await;
        assert_eq!(told.sentence(), "exp is 3600 s ahead; at most 300 s is allowed.", "{id}");
    }
    assert_eq!(cast.reads(), 0, "no key was fetched");
}

#[tokio::test]
async fn both_doors_give_the_same_token_for_each_good_assertion() {
    let cast = Cast::new();
    let sign = |in_header: Value, in_claims: Value| spoiled(&cast.key, &in_header, &in_claims);
    let by_url = json!({ "iss": "by-url", "sub": "by-url" });
    let rsa_claims = with(claims(), &json!({ "iss": "by-rsa", "sub": "by-rsa" }));
    for (id, assertion) in [
        ("plain", sign(json!({}), json!({}))),
        (
            "ca_7 rs384",
            cast.rsa.sign_with(&json!({ "alg": "RS384", "typ": "JWT", "kid": "r1" }), &rsa_claims),
        ),
        ("ca_8 typ in lower case", sign(json!({ "typ": "jwt" }), json!({}))),
        (
            "b09 keys of the sender are not looked at",
            sign(json!({ "jwk": { "kty": "oct" }, "x5u": "https://evil.test" }), json!({})),
        ),
        ("b13 issuer", sign(json!({}), json!({ "aud": "https://auth.example.org" }))),
        ("b13 the other door", sign(json!({}), json!({ "aud": "https://auth.example.org/backend-token" }))),
        ("b13 array of one", sign(json!({}), json!({ "aud": ["https://auth.example.org/token"] }))),
        ("b14 ca_11 now and 300 s", sign(json!({}), json!({ "exp": NOW.0 + 330 }))),
        ("b14 past within the leeway", sign(json!({}), json!({ "exp": NOW.0 - 29 }))),
        ("b16 8 s ahead", sign(json!({}), json!({ "nbf": NOW.0 + 8, "iat": NOW.0 + 8 }))),
        ("ca_12 without iat", sign(json!({}), json!({ "iat": "absent" }))),
        ("ca_14 keys by url", sign(json!({}), by_url.clone())),
        ("b08 jku equal", sign(json!({ "jku": JWKS_URI }), by_url)),
        ("claims that nobody knows", sign(json!({}), json!({ "x": { "y": [1] } }))),
    ] {
        let told = at_both(&cast, id, &body(&assertion, &[]), NOW).await;
        assert_eq!(told.status, 200, "{id}: {}", told.sentence());
        let expected = json!({
            "access_token": "a token", "token_type": "Bearer", "expires_in": 300, "scope": "system/*.rs",
        });
        assert_eq!(told.body, expected, "b25 be_5 be_6 be_7 {id}");
    }
}

#[tokio::test]
async fn a_stranger_cannot_have_an_address_fetched() {
    let cast = Cast::new();
    for (id, jku) in [("backend", JWKS_URI), ("by-url", "https://evil.test/jwks"), ("nobody", JWKS_URI)] {
        let assertion = spoiled(&cast.key, &json!({ "jku": jku }), &json!({ "iss": id, "sub": id }));
        assert_eq!(at_both(&cast, id, &body(&assertion, &[]), NOW).await.status, 401, "b08 {id}");
    }
    assert_eq!(cast.reads(), 0, "b08");
}

#[tokio::test]
async fn both_doors_answer_the_rest_of_a_request_alike() {
    let cast = Cast::new();
    let good = spoiled(&cast.key, &json!({}), &json!({}));
    let of = |id: &str| spoiled(&cast.key, &json!({}), &json!({ "iss": id, "sub": id }));
    let (of_app, of_nothing) = (of("app"), of("nothing-granted"));
    let without = |left_out: &str| {
        let pairs = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", KIND),
            ("client_assertion", good.as_str()),
        ];
        form(&pairs.into_iter().filter(|(name, _)| *name != left_out).collect::<Vec<_>>())
    };
    let kind = |kind: &str| {
        form(&[
            ("grant_type", "client_credentials"),
            ("client_assertion_type", kind),
            ("client_assertion", &good),
        ])
    };
    for (id, body, status, error) in [
        ("b01 ca_6 type missing", without("client_assertion_type"), 401, "invalid_client"),
        ("b01 type wrong", kind("urn:ietf:params:oauth:grant-type:jwt-bearer"), 401, "invalid_client"),
        ("b02 assertion missing", without("client_assertion"), 401, "invalid_client"),
        ("t07 grant_type missing", without("grant_type"), 400, "invalid_request"),
        (
            "be_8 unknown grant",
            form(&[("grant_type", "password"), ("client_assertion", &good)]),
            400,
            "unsupported_grant_type",
        ),
        ("ca_9 client_id differs", body(&good, &[("client_id", "other")]), 401, "invalid_client"),
        ("ca_9 client_id equal", body(&good, &[("client_id", "backend")]), 200, ""),
        ("ca_3 a secret beside it", body(&good, &[("client_secret", "x")]), 400, "invalid_request"),
        ("be_1 an app", body(&of_app, &[]), 400, "unauthorized_client"),
        (
            "b26 a public client",
            form(&[("grant_type", "client_credentials"), ("client_id", "public")]),
            400,
            "unauthorized_client",
        ),
        (
            "be_1 by secret",
            form(&[("grant_type", "client_credentials"), ("client_id", "by-secret"), ("client_secret", "x")]),
            401,
            "invalid_client",
        ),
        ("b24 be_4 user/", body(&good, &[("scope", "user/*.rs")]), 400, "invalid_scope"),
        ("b24 patient/", body(&good, &[("scope", "patient/*.rs")]), 400, "invalid_scope"),
        (
            "b24 launch openid",
            body(&good, &[("scope", "launch openid offline_access")]),
            400,
            "invalid_scope",
        ),
        ("b24 nothing pre-granted", body(&of_nothing, &[]), 400, "invalid_scope"),
        (
            "b24 be_3 partly",
            body(&good, &[("scope", "system/Patient.cruds user/*.rs")]),
            200,
            "system/Patient.rs",
        ),
        (
            "be_4 launch dropped",
            body(&good, &[("scope", "system/Patient.rs launch openid")]),
            200,
            "system/Patient.rs",
        ),
        ("t05 twice", format!("{}&scope=a&scope=b", body(&good, &[])), 400, "invalid_request"),
    ] {
        let told = at_both(&cast, id, &body, NOW).await;
        assert_eq!(told.status, status, "{id}: {}", told.body);
        if status != 200 {
            assert_eq!(told.error(), error, "{id}");
            assert!(!told.sentence().is_empty(), "be_9 {id}");
        } else if !error.is_empty() {
            assert_eq!(told.body["scope"], error, "{id}");
        }
    }
}

#[tokio::test]
async fn b20_b22_ca_13_one_replay_table_stands_behind_both_doors() {
    let cast = Cast::new();
    for (first, second) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let doors = cast.doors();
        let assertion = spoiled(&cast.key, &json!({}), &json!({}));
        assert_eq!(doors.present(DOORS[first], &assertion).await.status, 200);
        for later in [0, 300, 329] {
            let again = doors.ask(DOORS[second], &body(&assertion, &[]), UnixSeconds(NOW.0 + later)).await;
            assert_eq!((again.status, again.reason), (401, "assertion_jti_replayed"), "{later}");
            assert!(again.sentence().contains("jti"));
        }
    }
}

#[tokio::test]
async fn b21_b23_a_jti_is_a_clients_own_and_only_its_signature_spends_it() {
    let cast = Cast::new();
    for door in DOORS {
        let doors = cast.doors();
        let good = spoiled(&cast.key, &json!({}), &json!({}));
        let forged = spoiled(&cast.other, &json!({}), &json!({}));
        assert_eq!(doors.present(door, &forged).await.reason, "assertion_signature");
        let of_other = spoiled(&cast.other, &json!({}), &json!({ "iss": "other", "sub": "other" }));
        assert_eq!(doors.present(door, &of_other).await.status, 200, "b21");
        assert_eq!(doors.present(door, &good).await.status, 200, "b23");
    }
}
