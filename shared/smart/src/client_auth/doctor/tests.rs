//! The doctor says of every assertion what the service says, and goes on behind the first fault.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::json;
use smart_verify::base64url;

use super::*;
use crate::client_auth::assertion::UnverifiedAssertion;
use crate::service::Service;

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

struct Signer(EcdsaKeyPair);

impl Signer {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap())
    }

    fn keys(&self) -> KeySet {
        let point = self.0.public_key().as_ref();
        let (x, y) = (base64url::encode(&point[1..49]), base64url::encode(&point[49..]));
        KeySet::check(&json!({ "keys": [{ "kty": "EC", "crv": "P-384", "kid": "k1", "x": x, "y": y }] }))
            .unwrap()
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
        let input = format!("{}.{}", part(header), part(claims));
        let signature = self.0.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", base64url::encode(signature.as_ref()))
    }
}

fn header() -> Value {
    json!({ "alg": "ES384", "typ": "JWT", "kid": "k1" })
}

fn claims() -> Value {
    json!({
        "iss": "backend", "sub": "backend", "aud": "https://auth.example.org/token",
        "exp": NOW.0 + 300, "iat": NOW.0, "jti": "j1",
    })
}

fn diagnosis(assertion: &str, keys: Option<&KeySet>) -> Diagnosis {
    let service = Service::new("https://auth.example.org", "https://fhir.example.org/r4");
    let client_id = "backend".parse().unwrap();
    let expected = ExpectedAssertion::by(&service, NOW);
    examine(&Case { assertion, expected, client_id: Some(&client_id), keys, jwks_uri: None })
}

fn outcomes(diagnosis: &Diagnosis, outcome: CheckOutcome) -> Vec<&str> {
    diagnosis.rows.iter().filter(|row| row.outcome == outcome).map(|row| row.rule).collect()
}

#[test]
fn a_good_assertion_passes_all_that_can_be_known_here() {
    let signer = Signer::new();
    let diagnosis = diagnosis(&signer.sign(&header(), &claims()), Some(&signer.keys()));
    assert!(!diagnosis.fails());
    assert_eq!(outcomes(&diagnosis, CheckOutcome::NotReached), ["replay"]);
    assert_eq!(diagnosis.clock_ahead, Some(0));
}

#[test]
fn every_fault_has_its_row_with_what_was_found_and_what_to_do() {
    let signer = Signer::new();
    let (mut header, mut claims) = (header(), claims());
    header["typ"] = json!("at+jwt");
    claims["aud"] = json!(["https://auth.example.org/token", "https://other.example.org"]);
    claims["exp"] = json!(NOW.0 + 3600);
    claims["iat"] = json!(NOW.0 + 3300);
    let diagnosis = diagnosis(&signer.sign(&header, &claims), Some(&signer.keys()));
    assert_eq!(outcomes(&diagnosis, CheckOutcome::Fail), ["typ", "aud", "exp", "iat"]);
    assert_eq!(diagnosis.clock_ahead, Some(3300));
    let exp = diagnosis.row("exp").unwrap();
    assert_eq!(exp.found, (NOW.0 + 3600).to_string());
    assert_eq!(exp.says.as_deref(), Some("exp is 3600 s ahead; at most 300 s is allowed."));
    assert_eq!(exp.reason, Some("assertion_exp_far"));
    assert!(diagnosis.rows.iter().all(|row| (row.outcome == CheckOutcome::Fail) == row.remedy.is_some()));
    assert_eq!(diagnosis.row("signature").unwrap().outcome, CheckOutcome::Pass);
}

#[test]
fn keys_and_signature_are_explained_or_not_reached() {
    let (signer, other) = (Signer::new(), Signer::new());
    let good = signer.sign(&header(), &claims());
    assert_eq!(outcomes(&diagnosis(&good, None), CheckOutcome::NotReached), ["key", "signature", "replay"]);
    assert_eq!(outcomes(&diagnosis(&good, Some(&other.keys())), CheckOutcome::Fail), ["signature"]);
    let mut renamed = header();
    renamed["kid"] = json!("k2");
    let unknown = diagnosis(&signer.sign(&renamed, &claims()), Some(&signer.keys()));
    assert_eq!(outcomes(&unknown, CheckOutcome::Fail), ["key"]);
    assert_eq!(outcomes(&unknown, CheckOutcome::NotReached), ["signature", "replay"]);
    let mut strange = header();
    strange["jku"] = json!("https://evil.test/keys");
    let strange = diagnosis(&signer.sign(&strange, &claims()), Some(&signer.keys()));
    assert_eq!(outcomes(&strange, CheckOutcome::Fail), ["registered jku"]);
    let unread = diagnosis("not an assertion", Some(&signer.keys()));
    assert_eq!(outcomes(&unread, CheckOutcome::Fail), ["form"]);
    assert_eq!(unread.rows.len(), 1 + RULES.len() + LATER.len());
}

/// The service refuses by the first row that fails, in the same words.
#[test]
fn the_doctor_and_the_service_cannot_disagree() {
    let signer = Signer::new();
    let service = Service::new("https://auth.example.org", "https://fhir.example.org/r4");
    for (half, member, value) in [
        (Half::Header, "alg", json!("none")),
        (Half::Header, "typ", json!(7)),
        (Half::Header, "kid", json!("")),
        (Half::Header, "jku", json!({})),
        (Half::Header, "crit", json!([])),
        (Half::Claims, "iss", json!("other")),
        (Half::Claims, "sub", json!(null)),
        (Half::Claims, "aud", json!([])),
        (Half::Claims, "exp", json!(NOW.0 - 30)),
        (Half::Claims, "nbf", json!("x")),
        (Half::Claims, "iat", json!(NOW.0 + 31)),
        (Half::Claims, "jti", json!("x".repeat(257))),
    ] {
        let (mut header, mut claims) = (header(), claims());
        let spoiled = if half == Half::Header { &mut header } else { &mut claims };
        spoiled[member] = value;
        let assertion = signer.sign(&header, &claims);
        let refusal =
            UnverifiedAssertion::read(Some(&assertion), Some(KIND), &ExpectedAssertion::by(&service, NOW))
                .unwrap_err();
        let diagnosis = diagnosis(&assertion, None);
        let first = diagnosis.rows.iter().find(|row| row.outcome == CheckOutcome::Fail).unwrap();
        assert_eq!(first.says.as_deref(), Some(refusal.sentence()), "{member}");
        assert_eq!(first.reason, Some(refusal.reason()), "{member}");
    }
}
