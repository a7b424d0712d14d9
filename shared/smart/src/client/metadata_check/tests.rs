//! What is registered and what is refused.

use serde_json::json;

use super::*;

fn app() -> Value {
    json!({
        "client_name": "An app",
        "redirect_uris": ["https://app.example.org/cb"],
        "token_endpoint_auth_method": "none",
        "scope": "launch/patient openid fhirUser patient/*.rs",
    })
}

/// A good registration with one member spoiled.
fn faults(member: &str, value: Value) -> Vec<(String, &'static str)> {
    let mut json = app();
    json[member] = value;
    let errors = ClientMetadata::check(json.as_object().unwrap()).err().unwrap_or_default();
    errors.into_iter().map(|error| (error.pointer, error.code.wire().0)).collect()
}

#[test]
fn rg_5_defaults_are_those_of_rfc_7591() {
    let mut json = app();
    json.as_object_mut().unwrap().remove("token_endpoint_auth_method");
    let client = ClientMetadata::check(json.as_object().unwrap()).unwrap();
    assert_eq!(client.token_endpoint_auth_method, AuthMethod::ClientSecretBasic);
    assert_eq!(client.grant_types, [GrantType::AuthorizationCode]);
    assert_eq!(client.response_types, ["code"]);
}

#[test]
fn what_is_stored_reads_back_the_same() {
    let client = ClientMetadata::check(app().as_object().unwrap()).unwrap();
    let stored = serde_json::to_value(&client).unwrap();
    assert_eq!(serde_json::from_value::<ClientMetadata>(stored).unwrap(), client);
}

#[test]
fn g02_g03_redirect_uris_are_needed_and_each_bad_one_is_named() {
    let at = |pointer: &str| vec![(pointer.to_owned(), "invalid_redirect_uri")];
    assert_eq!(faults("redirect_uris", json!(null)), at("/redirect_uris"));
    assert_eq!(faults("redirect_uris", json!([])), at("/redirect_uris"));
    assert_eq!(faults("redirect_uris", json!("https://app.example.org/cb")), at("/redirect_uris"));
    assert_eq!(faults("redirect_uris", json!(vec!["https://app.example.org/cb"; 101])), at("/redirect_uris"));
    let two = json!(["https://app.example.org/cb", "http://app.example.org/cb", 7]);
    let named: Vec<_> = faults("redirect_uris", two).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(named, ["/redirect_uris/1", "/redirect_uris/2"]);
}

#[test]
fn g05_g08_members_that_do_not_fit_together_are_refused() {
    let at = |pointer: &str| vec![(pointer.to_owned(), "invalid_client_metadata")];
    assert_eq!(faults("grant_types", json!(["password"])), at("/grant_types"));
    assert_eq!(faults("grant_types", json!(["authorization_code", "implicit"])), at("/grant_types"));
    assert_eq!(
        faults("token_endpoint_auth_method", json!("tls_client_auth")),
        at("/token_endpoint_auth_method")
    );
    assert_eq!(faults("token_endpoint_auth_method", json!("private_key_jwt")), at("/jwks"));
    assert_eq!(faults("jwks_uri", json!("https://10.0.0.1/jwks"))[0], at("/jwks_uri")[0]);
    assert_eq!(faults("scope", json!("system/*.rs")), at("/scope"));
    assert_eq!(faults("scope", json!("patient/Foo.rs patient/*.rs")), at("/scope"));
    assert_eq!(faults("response_types", json!(["token"])), at("/response_types"));
    assert_eq!(faults("client_nmae", json!("x")), at("/client_nmae"));
    let backend = faults("grant_types", json!(["client_credentials"]));
    let pointers: Vec<_> = backend.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(pointers, ["/redirect_uris", "/scope", "/token_endpoint_auth_method"]);
}

#[test]
fn pg_38_the_longest_access_is_a_number_of_days_and_of_apps_alone() {
    let mut json = app();
    let before = ClientMetadata::check(json.as_object().unwrap()).unwrap();
    let stored = serde_json::to_value(&before).unwrap();
    assert!(stored.get("longest_access_days").is_none(), "an item of before reads the same");
    assert_eq!((before.days_of_access(365), before.may_come_back()), (365, true));
    for (days, of_365, of_30) in [(0, 0, 0), (30, 30, 30), (90, 90, 30), (3650, 365, 30)] {
        json["longest_access_days"] = json!(days);
        let client = ClientMetadata::check(json.as_object().unwrap()).unwrap();
        assert_eq!((client.days_of_access(365), client.days_of_access(30)), (of_365, of_30));
        assert_eq!(client.may_come_back(), days != 0);
        let stored = serde_json::to_value(&client).unwrap();
        assert_eq!(serde_json::from_value::<ClientMetadata>(stored).unwrap(), client);
    }
    let at = vec![("/longest_access_days".to_owned(), "invalid_client_metadata")];
    for bad in [json!(-1), json!(3651), json!(1.5), json!("30"), json!([30]), json!(4_294_967_326_u64)] {
        assert_eq!(faults("longest_access_days", bad.clone()), at, "{bad}");
    }
    let mut backend = app();
    backend["grant_types"] = json!(["client_credentials"]);
    backend["longest_access_days"] = json!(30);
    let errors = ClientMetadata::check(backend.as_object().unwrap()).unwrap_err();
    assert!(errors.iter().any(|error| error.pointer == "/longest_access_days"));
}

#[test]
fn pages_that_may_frame_a_launch_are_named_by_their_origins() {
    let origins = json!(["https://ehr.example.org", "https://ehr.example.org:8443", "http://localhost:9105"]);
    let mut json = app();
    assert!(
        ClientMetadata::check(json.as_object().unwrap())
            .is_ok_and(|client| client.embedding_origins.is_empty())
    );
    json["embedding_origins"] = origins.clone();
    let client = ClientMetadata::check(json.as_object().unwrap()).unwrap();
    let stored = serde_json::to_value(&client).unwrap();
    assert_eq!(stored["embedding_origins"], origins);
    assert_eq!(serde_json::from_value::<ClientMetadata>(stored).unwrap(), client);
}

#[test]
fn what_is_no_origin_may_frame_nothing() {
    let refused = [
        "https://ehr.example.org/",
        "https://ehr.example.org/launch",
        "https://ehr.example.org?a",
        "https://ehr.example.org:443",
        "https://EHR.example.org",
        "https://user@ehr.example.org",
        "https://*.example.org",
        "https://ehr.example.org;script-src",
        "http://ehr.example.org",
        "http://[::1]:9105",
        "com.example.ehr:/",
        "'self'",
        "*",
        "null",
        "",
    ];
    for origin in refused {
        let at = vec![("/embedding_origins/1".to_owned(), "invalid_client_metadata")];
        assert_eq!(faults("embedding_origins", json!(["https://ehr.example.org", origin])), at, "{origin}");
    }
    let whole = vec![("/embedding_origins".to_owned(), "invalid_client_metadata")];
    assert_eq!(faults("embedding_origins", json!("https://ehr.example.org")), whole);
    assert_eq!(faults("embedding_origins", json!(vec!["https://ehr.example.org"; 11])), whole);
    assert_eq!(faults("embedding_origins", json!([7]))[0].0, "/embedding_origins/0");
}

#[test]
fn g11_a_name_that_deceives_is_refused() {
    for name in ["", "  ", "a\u{202E}b", "a\nb", &"x".repeat(81)] {
        assert_eq!(faults("client_name", json!(name)).len(), 1, "{name:?}");
    }
    assert!(faults("client_name", json!("<b>Bold & co</b>")).is_empty());
}

#[test]
fn only_a_backend_service_acts_as_a_system_account() {
    let mut service = json!({
        "client_name": "A service", "grant_types": ["client_credentials"], "scope": "system/*.rs",
        "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://app.example.org/jwks",
        "system_account": "nightly",
    });
    let client = ClientMetadata::check(service.as_object().unwrap()).unwrap();
    assert_eq!(client.system_account.as_deref(), Some("nightly"));
    for bad in [json!(7), json!(""), json!("x".repeat(101)), json!("a\u{202e}b")] {
        service["system_account"] = bad;
        let errors = ClientMetadata::check(service.as_object().unwrap()).unwrap_err();
        assert_eq!(errors[0].pointer, "/system_account");
    }
    let mut app = app();
    app["system_account"] = json!("nightly");
    let errors = ClientMetadata::check(app.as_object().unwrap()).unwrap_err();
    assert_eq!(errors[0].pointer, "/system_account");
}
