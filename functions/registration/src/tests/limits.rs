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
        let registered = stage.register(None, &app("none")).await;
        assert_eq!(registered.status(), StatusCode::CREATED);
    }
    let refused = stage.register(None, &app("none")).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()[header::CONTENT_TYPE], "application/json");
}

#[tokio::test]
async fn api_4_the_same_request_registers_once_and_its_secret_comes_again_for_ten_minutes() {
    let mut stage = Stage::new().await;
    let body = app("client_secret_basic").to_string();
    let post = async |stage: &Stage| stage.send(Method::POST, "/clients", &[JSON, KEY], body.clone()).await;
    let (first, again) = tokio::join!(post(&stage), post(&stage));
    assert_eq!((again.status(), body_of(&again)), (first.status(), body_of(&first)), "both at once");
    let replayed = |answer: &Response| answer.headers().contains_key("idempotency-replayed");
    assert_eq!([&first, &again].iter().filter(|answer| replayed(answer)).count(), 1);
    assert_eq!(again.headers()[header::LOCATION], first.headers()[header::LOCATION]);
    stage.later(600).await;
    let late = post(&stage).await;
    assert!(replayed(&late));
    let late = body_of(&late);
    assert_eq!(late["client_id"], body_of(&first)["client_id"]);
    assert!(late.get("client_secret").is_none() && late["client_secret_note"].is_string());
    assert_eq!(stage.items("/clients").await.len(), 1);
    stage.later(24 * 3600).await;
    let forgotten = body_of(&post(&stage).await);
    assert_ne!(forgotten["client_id"], body_of(&first)["client_id"], "after a day");
}

#[tokio::test]
async fn api_4_another_body_under_the_same_key_is_refused_and_a_bad_key_too() {
    let stage = Stage::new().await;
    let post = async |key, method| {
        stage.send(Method::POST, "/clients", &[JSON, ("idempotency-key", key)], app(method).to_string()).await
    };
    post(KEY.1, "none").await;
    assert_eq!(why(&post(KEY.1, "client_secret_post").await), (422, "idempotency_key_reused"));
    assert_eq!(why(&post("short", "none").await), (400, "idempotency_key_malformed"));
}

/// That nothing is written is a rule of the operations.
#[tokio::test]
async fn a_dry_run_answers_200_with_what_would_be() {
    let stage = Stage::new().await;
    let read = stage.post(&app("none")).await;
    for (method, path, status) in [
        (Method::POST, "/clients".to_owned(), StatusCode::OK),
        (Method::PATCH, path_of(&read), StatusCode::OK),
        (Method::DELETE, path_of(&read), StatusCode::NO_CONTENT),
    ] {
        let dry = stage.json(method, &format!("{path}?dry_run=true"), Some(&read), &app("none")).await;
        assert_eq!(dry.status(), status);
    }
    assert_eq!(stage.get(&path_of(&read)).await.headers()[header::ETAG], read.headers()[header::ETAG]);
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
