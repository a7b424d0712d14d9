//! One good request, and each rule broken by exactly one change.

use super::*;

const GOOD: &[(&str, &str)] = &[
    ("response_type", "code"),
    ("client_id", "app"),
    ("redirect_uri", "https%3A%2F%2Fapp.example.org%2Fcb"),
    ("scope", "launch%2Fpatient+patient%2F*.rs"),
    ("state", "s"),
    ("aud", "https%3A%2F%2Ffhir.example.org%2Fr4"),
    ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
    ("code_challenge_method", "S256"),
];

/// A good request with some parameters replaced, or left out where the value is empty; others are added.
fn refused(changes: &[(&str, &str)]) -> Option<(&'static str, &'static str)> {
    let service = Service::new("https://auth.example.org", "https://fhir.example.org/r4");
    let kept = GOOD.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let pairs: Vec<_> = kept.chain(changes).map(|(name, value)| format!("{name}={value}")).collect();
    let form = Parameters::query(&pairs.join("&")).unwrap();
    let error = AuthorizationRequest::check(&form, &service).err()?;
    Some((error.code().wire().0, error.reason()))
}

#[test]
fn a_good_request_is_good() {
    assert_eq!(refused(&[]), None);
    assert_eq!(refused(&[("aud", "https://fhir.example.org/r4/")]), None);
    assert_eq!(refused(&[("response_mode", "query"), ("unknown", "x"), ("unknown", "y")]), None);
}

#[test]
fn az_2_a08_a17_only_a_code_by_query_is_answered() {
    assert_eq!(refused(&[("response_type", "")]).unwrap().0, "invalid_request");
    for other in ["token", "id_token", "code+token", "none", "Code"] {
        assert_eq!(refused(&[("response_type", other)]).unwrap().0, "unsupported_response_type", "{other}");
    }
    assert_eq!(refused(&[("response_mode", "fragment")]).unwrap().0, "invalid_request");
}

#[test]
fn az_6_az_7_az_8_a10_state_and_aud_are_required_and_aud_is_ours() {
    assert_eq!(refused(&[("state", "")]), Some(("invalid_request", "state_missing")));
    assert_eq!(refused(&[("aud", "")]), Some(("invalid_request", "aud_missing")));
    for other in [
        "https://fhir.example.org/r4//",
        "https://fhir.example.org",
        "https://fhir.example.org/r4x",
        "http://fhir.example.org/r4",
        "https://fhir.example.org:8443/r4",
        "https://evil.test/r4",
        "https://FHIR.example.org/r4",
        "https://fhir.example.org/R4",
    ] {
        assert_eq!(refused(&[("aud", other)]), Some(("invalid_request", "aud_foreign")), "{other}");
    }
    assert_eq!(refused(&[("resource", "https://evil.test/")]).unwrap().0, "invalid_target");
    assert_eq!(refused(&[("aud", ""), ("resource", "https://fhir.example.org/r4")]), None);
}

#[test]
fn a14_a_parameter_twice_is_refused() {
    for name in PARAMETERS {
        let error = refused(&[(name, "x"), (name, "x")]);
        assert_eq!(error, Some(("invalid_request", "parameter_twice")), "{name}");
    }
}

#[test]
fn az_10_a11_a12_scope_is_needed_and_readable() {
    assert_eq!(refused(&[("scope", "")]).unwrap().0, "invalid_scope");
    assert_eq!(refused(&[("scope", "a%22b")]).unwrap().0, "invalid_scope");
    assert_eq!(refused(&[("scope", &"a".repeat(9000))]).unwrap().0, "invalid_request");
}

#[test]
fn a15_lc_3_a_launch_needs_a_handle_that_was_given_here() {
    assert_eq!(refused(&[("scope", "launch+patient/*.rs")]), Some(("invalid_request", "launch_missing")));
    assert_eq!(
        refused(&[("scope", "launch"), ("launch", "x")]),
        Some(("invalid_request", "launch_malformed"))
    );
    assert_eq!(refused(&[("launch", "x")]), None);
    assert_eq!(refused(&[("launch", &"x".repeat(5000))]), Some(("invalid_request", "parameter_too_long")));
}

#[test]
fn a16_prompt_and_max_age_are_read_strictly() {
    assert_eq!(refused(&[("prompt", "none+login")]), Some(("invalid_request", "prompt_contradiction")));
    assert_eq!(refused(&[("prompt", "create")]), Some(("invalid_request", "prompt_unknown")));
    for bad in ["-1", "1e400", "1.5", "x", "99999999999"] {
        assert_eq!(refused(&[("max_age", bad)]), Some(("invalid_request", "max_age")), "{bad}");
    }
    assert_eq!(refused(&[("max_age", "0"), ("prompt", "login+consent")]), None);
}

#[test]
fn a20_an_id_token_hint_is_not_overlooked() {
    assert_eq!(refused(&[("id_token_hint", "x.y.z")]), Some(("invalid_request", "id_token_hint")));
}

#[test]
fn az_20_a19_request_objects_are_refused_by_their_own_codes() {
    assert_eq!(refused(&[("request", "x")]).unwrap().0, "request_not_supported");
    assert_eq!(
        refused(&[("request_uri", "http://169.254.169.254/")]).unwrap().0,
        "request_uri_not_supported"
    );
    assert_eq!(refused(&[("registration", "{}")]).unwrap().0, "registration_not_supported");
}
