//! The permission scopes that people know, from the request to what the FHIR API lets through.

use http::Method;
use serde_json::{Value, json};
use smart::consent::Decided;
use smart::ids::GrantKey;
use smart::ports::ConsentStore as _;
use smart_verify::base64url;

use crate::support::tables::tables;
use crate::support::{Answer, App, Browser, http, service};

async fn token_of(scope: &str) -> String {
    let app = App::asking(scope);
    let patient = scope.contains("patient").then_some("emre");
    let answered = Browser::default().allow(&app.address(&[]), "clara", patient).await;
    let body = app.exchange(&app.code(&answered), &[]).await.json();
    assert_eq!(body["scope"], scope, "sc_4 tr_6: what was asked comes back as it was asked");
    body["access_token"].as_str().unwrap().to_owned()
}

/// What the FHIR API answers to a read, a search, and a creation. It keeps nothing, so a creation that is allowed is
/// refused as not offered (405), and one that is not as forbidden (403).
async fn answers(token: &str, patient: &str) -> [u16; 3] {
    let base = &service().urls.fhir_base_url;
    let read = service().fhir(&format!("Patient/{patient}"), token).await.status;
    let search = service().fhir("Observation", token).await.status;
    let creation = http().request(Method::POST, format!("{base}/Observation")).bearer_auth(token).body("{}");
    [read, search, Answer::of(creation).await.status]
}

#[tokio::test]
async fn sc_4_patient_scopes_open_the_patient_in_context() {
    for scope in ["launch/patient patient/*.read", "launch/patient patient/*.*"] {
        let token = token_of(scope).await;
        let creation = if scope.ends_with(".*") { 405 } else { 403 };
        assert_eq!(answers(&token, "emre").await, [200, 200, creation], "{scope}");
        assert_eq!(answers(&token, "alma").await[0], 404, "{scope}");
    }
}

#[tokio::test]
async fn sc_4_user_scopes_open_what_the_user_may_see() {
    for scope in ["user/*.read", "user/*.*"] {
        let token = token_of(scope).await;
        let creation = if scope.ends_with(".*") { 405 } else { 403 };
        assert_eq!(answers(&token, "alma").await, [200, 200, creation], "{scope}");
    }
}

#[tokio::test]
async fn sc_4_be_3_system_scopes_open_all_to_a_service_that_is_registered_for_them() {
    let admin = service().seeded.admin.assertion(&service().at("/token"), aws::lambda::now());
    let admin = service().backend_token("/token", &admin, Some("__registration")).await.json();
    for scope in ["system/*.read", "system/*.*"] {
        let pair = local::seed::KeyPair::generate("x").unwrap();
        let metadata = json!({
            "client_name": "A service", "grant_types": ["client_credentials"],
            "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [pair.public_jwk()] }, "scope": scope,
        });
        let request =
            http().post(service().at("/clients")).bearer_auth(admin["access_token"].as_str().unwrap());
        let registered =
            Answer::of(request.header("content-type", "application/json").body(metadata.to_string())).await;
        let pair = pair.of_client(registered.json()["client_id"].as_str().unwrap());
        let assertion = pair.assertion(&service().at("/token"), aws::lambda::now());
        let body = service().backend_token("/token", &assertion, Some(scope)).await.json();
        assert_eq!(body["scope"], scope);
        let creation = if scope.ends_with(".*") { 405 } else { 403 };
        assert_eq!(
            answers(body["access_token"].as_str().unwrap(), "alma").await,
            [200, 200, creation],
            "{scope}"
        );
    }
}

#[tokio::test]
async fn sc_14_openid_and_fhir_user_alone_identify_and_open_nothing() {
    let token = token_of("openid fhirUser").await;
    assert_eq!(answers(&token, "alma").await, [403, 403, 403]);
}

#[tokio::test]
async fn lc_5_launch_patient_alone_names_the_patient_and_opens_nothing() {
    let token = token_of("launch/patient").await;
    assert_eq!(answers(&token, "emre").await[..2], [403, 403]);
}

#[tokio::test]
async fn what_is_asked_for_and_not_given_is_said_on_the_page() {
    let app = App::asking("launch/patient patient/*.rs system/*.rs profile");
    let page = Browser::default().reach_consent(&app.address(&[]), "chidi", None).await;
    assert!(page.answer.text.contains("Asked for and not given (2)"), "{}", page.answer.text);
}

#[tokio::test]
async fn sc_9_the_grant_keeps_why_each_word_was_granted_or_dropped() {
    let asked = "launch/patient patient/Observation.cruds patient/Condition.rs system/*.rs patient/Foo.rs";
    let app = App::asking(asked);
    let mut browser = Browser::default();
    let page = browser.reach_consent(&app.address(&[]), "chidi", None).await;
    let set = [("decision", "allow"), ("scope", "patient/Observation.cruds")];
    let answered = browser.submit(&page, &set).await.away();
    let body = app.exchange(&app.code(&answered), &[]).await.json();
    let payload = body["access_token"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&base64url::decode(payload).unwrap()).unwrap();
    let key = GrantKey(claims["grant"].as_str().unwrap().to_owned());
    let subject = claims["sub"].as_str().unwrap();
    let decided =
        tables().await.decided_by(subject, Some(&"demo-public".parse().unwrap()), None).await.unwrap();
    let report = decided.items.into_iter().find_map(|decided| match decided {
        Decided::Report(report) if report.key == key => Some(report),
        _ => None,
    });
    let report = report.unwrap();
    let outcomes: Vec<_> =
        report.decisions.iter().map(|decision| (decision.asked.as_str(), decision.code())).collect();
    let expected = [
        ("launch/patient", "granted"),
        ("patient/Observation.cruds", "granted"),
        ("patient/Condition.rs", "unticked"),
        ("system/*.rs", "only_for_backends"),
        ("patient/Foo.rs", "unknown_type"),
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(body["scope"], "launch/patient patient/Observation.cruds");
}

#[tokio::test]
async fn sc_15_without_lasting_access_there_is_no_refresh_token_and_the_scope_does_not_claim_it() {
    let app = App::asking("launch/patient patient/*.rs offline_access online_access");
    let mut browser = Browser::default();
    let consent = browser.reach_consent(&app.address(&[]), "chidi", None).await;
    let answered = browser.submit(&consent, &[("decision", "allow"), ("days", "0")]).await.away();
    let body = app.exchange(&app.code(&answered), &[]).await.json();
    assert_eq!(body["scope"], "launch/patient patient/*.rs", "sc_11: what was granted is said, and no more");
    assert!(body.get("refresh_token").is_none());
}

#[tokio::test]
async fn sc_17_a_token_of_forty_granular_scopes_fits_into_a_header() {
    let granular = |number| {
        format!("patient/Observation.rs?category=http://example.org/CodeSystem/categories|kind-{number}")
    };
    let scope: Vec<String> = (0..40).map(granular).collect();
    let app = App::asking(&format!("launch/patient {}", scope.join(" ")));
    let answered = Browser::default().allow(&app.address(&[]), "chidi", None).await;
    let token = app.exchange(&app.code(&answered), &[]).await.json()["access_token"].as_str().unwrap().len();
    assert!(token < 8 * 1024, "{token} bytes");
}
