//! Clients that an administrator registers: requests that race, and which credentials the token endpoint still accepts.
//!
//! `tests` owns the walks of administrators, developers and apps through the gateway with real tables. How a request to
//! the API is answered is checked in `functions/registration/src/tests`, who may do what in
//! `shared/testkit/tests/operations`, and bad members next to their types in `shared/smart`.

use http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, http, service};

pub(crate) async fn admin_token() -> String {
    let assertion = service().seeded.admin.assertion(&service().at("/backend-token"), service().now());
    let answer = service().backend_token("/backend-token", &assertion, Some("__registration")).await;
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

pub(crate) async fn send(
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Answer {
    let mut request = http().request(method, service().at(path)).bearer_auth(admin_token().await);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    let answer = Answer::of(request).await;
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    answer
}

fn an_app() -> Value {
    json!({
        "client_name": "Registered app",
        "redirect_uris": ["https://app.example.org/cb"],
        "scope": "launch/patient openid fhirUser patient/*.rs",
    })
}

async fn register(body: &Value) -> Answer {
    let answer = send(Method::POST, "/clients", &[], Some(body)).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer
}

fn path_of(registered: &Answer) -> String {
    format!("/clients/{}", registered.json()["client_id"].as_str().unwrap())
}

#[tokio::test]
async fn rg_11_g15_a_registered_service_gets_tokens_until_it_is_stopped_or_gone() {
    let pair = local::seed::KeyPair::generate("x").unwrap();
    let body = json!({
        "client_name": "Registered service",
        "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": { "keys": [pair.public_jwk()] },
        "scope": "system/Patient.rs",
    });
    let registered = register(&body).await;
    let path = path_of(&registered);
    let pair = pair.of_client(registered.json()["client_id"].as_str().unwrap());
    let token = async |door: &str| {
        let assertion = pair.assertion(&service().at("/token"), aws::lambda::now());
        service().backend_token(door, &assertion, None).await
    };
    assert_eq!(token("/token").await.json()["scope"], "system/Patient.rs");
    // Another function, which has not read the client yet: one that has may remember it for 30 seconds.
    let stopped = send(Method::POST, &format!("{path}/disable"), &[], None).await;
    assert_eq!((stopped.status, stopped.json()["status"].clone()), (200, "disabled".into()));
    assert_eq!(token("/backend-token").await.error(), "invalid_client");
    let gone = send(Method::DELETE, &path, &[("if-match", stopped.header("etag"))], None).await;
    assert_eq!(gone.status, 204);
    assert_eq!(send(Method::GET, &path, &[], None).await.status, 404);
    assert_eq!(token("/backend-token").await.error(), "invalid_client");
}

#[tokio::test]
async fn rg_12_g14_a_second_secret_works_beside_the_first_and_an_ended_one_does_not() {
    let registered = register(&an_app()).await;
    let path = path_of(&registered);
    let id = registered.json()["client_id"].as_str().unwrap().to_owned();
    let first = registered.json()["client_secret"].as_str().unwrap().to_owned();
    let basic = async |secret: &str| {
        let form = crate::support::form(&[
            ("grant_type", "authorization_code"),
            ("code", "code_1_AAAA"),
            ("redirect_uri", "https://app.example.org/cb"),
            ("code_verifier", crate::support::VERIFIER),
        ]);
        let request = http().post(service().at("/token")).basic_auth(&id, Some(secret)).body(form);
        let kind = "application/x-www-form-urlencoded";
        Answer::of(request.header("content-type", kind)).await.error()
    };
    let added = send(Method::POST, &format!("{path}/secrets"), &[], None).await;
    assert_eq!(added.status, 201, "{}", added.text);
    let second = added.json()["client_secret"].as_str().unwrap().to_owned();
    let end = format!("{path}/secrets/{}", registered.json()["secrets"][0]["id"].as_str().unwrap());
    assert_eq!(send(Method::DELETE, &end, &[("if-match", added.header("etag"))], None).await.status, 204);
    assert_eq!(basic(&second).await, "invalid_grant", "the secret is right, the code is not");
    assert_eq!(basic(&first).await, "invalid_client");
}

// These two own the races at DynamoDB; `functions/registration/src/tests` owns the form of the answers.

#[tokio::test]
async fn g16_of_two_changes_at_once_one_is_refused() {
    let registered = register(&an_app()).await;
    let path = path_of(&registered);
    let change = async |name: &str| {
        let mut body = an_app();
        body["client_name"] = json!(name);
        send(Method::PUT, &path, &[("if-match", registered.header("etag"))], Some(&body)).await
    };
    let (one, other) = tokio::join!(change("One"), change("Other"));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412], "{} {}", one.text, other.text);
}

#[tokio::test]
async fn api_4_the_same_request_at_once_registers_one_client() {
    let key = [("idempotency-key", "f1a4b0a2-5d1f-4c58-9a7e-5c6d8e9f0a1b")];
    let body = an_app();
    let post = async || send(Method::POST, "/clients", &key, Some(&body)).await;
    let (one, other) = tokio::join!(post(), post());
    assert_eq!((one.status, other.status), (201, 201), "{} {}", one.text, other.text);
    assert_eq!(one.json(), other.json(), "the secret too");
}
