//! How often somebody may ask, and what happens to a request that comes again.

use http::{Method, StatusCode, header};
use serde_json::json;

use super::*;

const KEY: (&str, &str) = ("idempotency-key", "8e03978e-40d5-43e8-bc93-6894a57f9324");

#[tokio::test]
async fn api_11_after_1200_requests_a_minute_there_is_a_pause() {
    let mut stage = Stage::new().await;
    let first = stage.get("/clients").await;
    assert_eq!(first.headers()["ratelimit-policy"], "\"admin\";q=1200;w=60");
    assert_eq!(first.headers()["ratelimit"], "\"admin\";r=1199;t=60");
    for _ in 1..1200 {
        assert_eq!(stage.get("/clients").await.status(), StatusCode::OK);
    }
    let refused = stage.get("/clients").await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "60");
    assert_eq!(refused.headers()["ratelimit"], "\"admin\";r=0;t=60");
    assert_eq!(body_of(&refused)["error"], "too_many_requests");
    stage.later(60).await;
    assert_eq!(stage.get("/clients").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn api_11_an_address_registers_20_clients_an_hour_without_a_token() {
    let stage = Stage::that_is(SelfRegistration::Open).await;
    for _ in 0..20 {
        assert_eq!(
            stage.outsider(Method::POST, "/register", None, &app("none")).await.status(),
            StatusCode::CREATED
        );
    }
    let refused = stage.outsider(Method::POST, "/register", None, &app("none")).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()[header::CONTENT_TYPE], "application/json");
}

#[tokio::test]
async fn api_4_the_same_request_registers_once_and_its_secret_comes_again_for_ten_minutes() {
    let mut stage = Stage::new().await;
    let body = app("client_secret_basic").to_string();
    let first = stage.send(Method::POST, "/clients", &[JSON, KEY], body.clone()).await;
    stage.later(599).await;
    let again = stage.send(Method::POST, "/clients", &[JSON, KEY], body.clone()).await;
    assert_eq!((again.status(), body_of(&again)), (first.status(), body_of(&first)));
    assert_eq!(again.headers()["idempotency-replayed"], "true");
    assert_eq!(again.headers()[header::LOCATION], first.headers()[header::LOCATION]);
    stage.later(1).await;
    let late = body_of(&stage.send(Method::POST, "/clients", &[JSON, KEY], body.clone()).await);
    assert_eq!(late["client_id"], body_of(&first)["client_id"]);
    assert!(late.get("client_secret").is_none() && late["client_secret_note"].is_string());
    assert_eq!(body_of(&stage.get("/clients").await)["items"].as_array().unwrap().len(), 1);
    stage.later(24 * 3600).await;
    let anew = stage.send(Method::POST, "/clients", &[JSON, KEY], body).await;
    assert_ne!(body_of(&anew)["client_id"], body_of(&first)["client_id"], "it was forgotten after a day");
}

#[tokio::test]
async fn api_4_another_body_under_the_same_key_is_refused_and_a_bad_key_too() {
    let stage = Stage::new().await;
    stage.send(Method::POST, "/clients", &[JSON, KEY], app("none").to_string()).await;
    let other = app("client_secret_post").to_string();
    let refused = stage.send(Method::POST, "/clients", &[JSON, KEY], other.clone()).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(reason(&refused).1, "idempotency_key_reused");
    let short = stage.send(Method::POST, "/clients", &[JSON, ("idempotency-key", "short")], other).await;
    assert_eq!((short.status(), reason(&short).1), (StatusCode::BAD_REQUEST, "idempotency_key_malformed"));
}

#[tokio::test]
async fn api_4_of_two_equal_requests_at_once_one_registers() {
    let stage = Stage::new().await;
    let body = app("client_secret_basic").to_string();
    let (one, other) = tokio::join!(
        stage.send(Method::POST, "/clients", &[JSON, KEY], body.clone()),
        stage.send(Method::POST, "/clients", &[JSON, KEY], body.clone()),
    );
    assert_eq!(body_of(&one), body_of(&other));
    assert_eq!(body_of(&stage.get("/clients").await)["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_and_writes_nothing() {
    let stage = Stage::new().await;
    let dry = stage.json(Method::POST, "/clients?dry_run=true", None, &app("client_secret_basic")).await;
    assert_eq!(dry.status(), StatusCode::OK);
    assert!(body_of(&dry).get("client_secret").is_none());
    assert_eq!(body_of(&stage.get("/clients").await)["items"], json!([]));
    let read = stage.post(&app("none")).await;
    let path = format!("{}?dry_run=true", path_of(&read));
    let renamed = stage.json(Method::PATCH, &path, Some(&read), &json!({ "client_name": "New" })).await;
    assert_eq!(body_of(&renamed)["client_name"], "New");
    let deleted = stage.json(Method::DELETE, &path, Some(&read), &json!({})).await;
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    let now = stage.get(&path_of(&read)).await;
    assert_eq!(
        (body_of(&now)["client_name"].clone(), &now.headers()[header::ETAG]),
        (json!("An app"), &"\"1\"".parse().unwrap())
    );
    let bad = stage.json(Method::POST, "/clients?dry_run=yes", None, &app("none")).await;
    assert_eq!(bad.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_malformed_dry_run_is_refused_in_its_turn() {
    let stage = Stage::new().await;
    let read = stage.post(&app("client_secret_basic")).await;
    let path = path_of(&read);
    let empty = json!({});
    let (renamed, ann) =
        (json!({ "client_name": "New" }), json!({ "name": "a", "display_name": "A", "role": "clinician" }));
    let token = json!({ "scope": "patient/*.rs" });
    let (gone, gone_token) = ("/clients/none", format!("/register-tokens/{}", "a".repeat(43)));
    for (method, path, read, body, expected) in [
        (Method::POST, "/clients", None, &empty, "members"),
        (Method::POST, "/clients", None, &app("none"), "query"),
        (Method::PATCH, gone, Some(&read), &renamed, "client_not_found"),
        (Method::PATCH, &path, None, &renamed, "if_match_missing"),
        (Method::PATCH, &path, Some(&read), &renamed, "query"),
        (Method::DELETE, &path, None, &empty, "if_match_missing"),
        (Method::DELETE, &path, Some(&read), &empty, "query"),
        (Method::POST, &format!("{gone}/disable"), None, &empty, "query"),
        (Method::POST, &format!("{path}/disable"), None, &empty, "query"),
        (Method::POST, &format!("{gone}/secrets"), None, &empty, "client_not_found"),
        (Method::POST, &format!("{path}/secrets"), None, &empty, "query"),
        (Method::DELETE, &format!("{path}/secrets/none"), Some(&read), &empty, "secret_not_found"),
        (Method::POST, "/users", None, &ann, "query"),
        (Method::POST, "/users/none/disable", None, &empty, "query"),
        (Method::POST, "/register-tokens", None, &token, "query"),
        (Method::DELETE, &gone_token, None, &empty, "register_token_not_found"),
    ] {
        for said in ["dry_run=yes", "dry_run=true&dry_run=true"] {
            let refused = stage.json(method.clone(), &format!("{path}?{said}"), read, body).await;
            assert_eq!(reason(&refused).1, expected, "{method} {path}?{said}");
        }
    }
    let now = stage.get(&path).await;
    assert_eq!(body_of(&now)["client_name"], "An app");
}
