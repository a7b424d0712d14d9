//! Registration by those who are no administrators: RFC 7591, RFC 7592, the queue, and accounts; through the gateway.

use std::collections::BTreeSet;

use http::Method;
use local::Options;
use serde_json::{Value, json};

use crate::registration_api;
use crate::support::{Answer, App, Browser, form, http, own_service, own_service_with, service};

async fn admin(method: Method, path: &str, tag: Option<&str>, body: Option<&Value>) -> Answer {
    let tag = tag.map(|tag| ("if-match", tag));
    registration_api::send(method, path, tag.as_slice(), body).await
}

async fn register(body: &Value) -> Answer {
    let request = http().post(service().at("/register")).header("content-type", "application/json");
    Answer::of(request.body(body.to_string())).await
}

fn an_app() -> Value {
    json!({
        "client_name": "Own app",
        "redirect_uris": ["https://app.example.org/cb"],
        "token_endpoint_auth_method": "none",
        "scope": "launch/patient openid fhirUser patient/*.rs",
        "logo_uri": "https://app.example.org/logo.png",
        "policy_uri": "https://app.example.org/privacy",
    })
}

fn with_mode(mode: &str) -> Options {
    let parameters = vec![("SelfRegistration".to_owned(), mode.to_owned())];
    Options { parameters, ..Options::default() }
}

#[tokio::test]
async fn rg_4_rg_10_g12_an_app_registers_signs_somebody_in_and_ends_itself() {
    own_service();
    let registered = register(&an_app()).await;
    assert_eq!(registered.status, 201, "{}", registered.text);
    let body = registered.json();
    for page in ["logo_uri", "policy_uri"] {
        assert_eq!(body[page], an_app()[page], "g12: unchanged, and no server has these pages");
    }
    let asked = form(&[
        ("client_id", body["client_id"].as_str().unwrap()),
        ("redirect_uri", "https://app.example.org/cb"),
        ("response_type", "code"),
        ("aud", &service().urls.fhir_base_url),
        ("state", "a-state-that-is-long-enough-000000"),
        ("scope", "launch/patient patient/*.rs"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ]);
    let page = service().get(&format!("/authorize?{asked}")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("Own app"), "the sign-in page names the app");
    let url = body["registration_client_uri"].as_str().unwrap();
    let token = body["registration_access_token"].as_str().unwrap();
    let gone = Answer::of(http().delete(url).bearer_auth(token)).await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    let after = Answer::of(http().get(url).bearer_auth(token)).await;
    assert_eq!(after.status, 401);
}

#[tokio::test]
async fn rg_6_where_it_is_off_an_initial_access_token_is_needed() {
    own_service_with(with_mode("off"));
    assert_eq!(register(&an_app()).await.status, 401);
    let wanted = json!({ "description": "For a vendor", "scope": "patient/*.rs launch/patient" });
    let made = admin(Method::POST, "/register-tokens", None, Some(&wanted)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let token = made.json()["token"].as_str().unwrap().to_owned();
    let once = async || {
        let request = http().post(service().at("/register")).bearer_auth(&token);
        Answer::of(request.header("content-type", "application/json").body(an_app().to_string())).await
    };
    let (one, other) = tokio::join!(once(), once());
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 201, "one is registered by a token for one: {} {}", one.text, other.text);
    assert!([401, 503].contains(&statuses[1]), "{statuses:?}");
    assert_eq!(once().await.status, 401);
}

#[tokio::test]
async fn with_a_queue_a_registration_works_once_it_is_approved() {
    own_service_with(with_mode("approval"));
    let registered = register(&an_app()).await.json();
    assert_eq!(registered["status"], "pending");
    let id = registered["client_id"].as_str().unwrap();
    let asked = async || {
        let query = form(&[("client_id", id), ("redirect_uri", "https://app.example.org/cb")]);
        service().get(&format!("/authorize?{query}")).await
    };
    assert_eq!(asked().await.status, 400, "nothing can be done with it");
    let path = format!("/approvals/{id}");
    let read = admin(Method::GET, &path, None, None).await;
    assert_eq!(read.json()["state"], "pending");
    let approve = format!("{path}/approve");
    let one = admin(Method::POST, &approve, Some(read.header("etag")), None);
    let other = admin(Method::POST, &approve, Some(read.header("etag")), None);
    let (one, other) = tokio::join!(one, other);
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200, "{} {}", one.text, other.text);
    assert!([409, 412].contains(&statuses[1]), "g16: decided once, {statuses:?}");
    let client = admin(Method::GET, &format!("/clients/{id}"), None, None).await;
    assert_eq!(client.json()["status"], "active");
}

#[tokio::test]
async fn an_account_is_made_disabled_and_gets_a_link_through_the_gateway() {
    let name = format!("ann-{}", testkit::fixtures::fresh_name().to_lowercase());
    let name: String = name.chars().filter(|character| *character != '_').collect();
    let body = json!({ "name": name, "display_name": "Ann Sample", "role": "clinician", "fhirUser": "Practitioner/ann" });
    let made = admin(Method::POST, "/users", None, Some(&body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let path = format!("/users/{name}");
    let patch = json!({ "administrator": true });
    let changed = admin(Method::PATCH, &path, Some(made.header("etag")), Some(&patch)).await;
    assert_eq!((changed.status, changed.json()["administrator"].clone()), (200, true.into()));
    let link = admin(Method::POST, &format!("{path}/set-password-link"), None, None).await;
    assert_eq!(link.status, 201, "{}", link.text);
    let stopped = admin(Method::POST, &format!("{path}/disable"), None, None).await;
    assert_eq!(stopped.json()["disabled"], true);
    let listed = admin(Method::GET, &format!("/users?q={name}"), None, None).await;
    assert_eq!(listed.json()["items"].as_array().unwrap().len(), 1);
    assert!(!listed.text.contains("argon2"));
    let gone = admin(Method::DELETE, &path, Some(stopped.header("etag")), None).await;
    assert_eq!(gone.status, 204);
    assert_eq!(admin(Method::GET, &path, None, None).await.status, 404);
    assert_eq!(admin(Method::GET, "/users/upstream%3Anobody", None, None).await.status, 404);
}

#[tokio::test]
async fn api_9_what_is_described_is_what_the_gateway_routes() {
    let document = service().get("/openapi.json").await.json();
    let described: BTreeSet<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
    let functions = service().template.functions().unwrap();
    let function = functions.iter().find(|function| function.binary == "registration").unwrap();
    let routes = service().template.routes().unwrap();
    let routed: BTreeSet<String> = routes
        .into_iter()
        .filter(|route| route.function == function.logical_id)
        .map(|route| route.path)
        // Pages for people are no part of the API.
        .filter(|path| path != "/account" && !path.starts_with("/account/"))
        .collect();
    assert_eq!(described, routed);
}

/// What a person is asked when a client wants to see their record.
async fn asked_by(client: &Value) -> String {
    let id = client["client_id"].as_str().unwrap();
    let address = App::asking("launch/patient patient/*.rs")
        .address(&[("client_id", id), ("redirect_uri", "https://app.example.org/cb")]);
    Browser::default().reach_consent(&address, "chidi", None).await.answer.text
}

#[tokio::test]
async fn pg_16_people_are_told_where_nobody_has_checked_an_app() {
    let warning = "has checked this app.";
    // Each time another client, which nothing remembers as it was before.
    let fresh = async || register(&an_app()).await.json();
    let text = asked_by(&fresh().await).await;
    assert!(text.contains("by a developer on this test server") && text.contains(warning), "{text}");

    let checked = async || {
        let client = fresh().await;
        let path = format!("/clients/{}", client["client_id"].as_str().unwrap());
        let tag = admin(Method::GET, &path, None, None).await.header("etag").to_owned();
        let patch = json!({ "client_name": "Checked" });
        assert_eq!(admin(Method::PATCH, &path, Some(&tag), Some(&patch)).await.status, 200);
        client
    };
    let text = asked_by(&checked().await).await;
    assert!(text.contains("by the administrator") && !text.contains(warning), "{text}");

    // RFC 7592: a client that changes itself after that is no longer what the administrator checked.
    let client = checked().await;
    let mut members = an_app();
    members["client_id"] = client["client_id"].clone();
    members["client_name"] = json!("Something else");
    let (url, token) = (&client["registration_client_uri"], &client["registration_access_token"]);
    let request = http().put(url.as_str().unwrap()).bearer_auth(token.as_str().unwrap());
    let request = request.header("content-type", "application/json").body(members.to_string());
    assert_eq!(Answer::of(request).await.status, 200);
    let text = asked_by(&client).await;
    assert!(text.contains("Something else") && text.contains(warning), "{text}");
}
