//! Accounts.

use http::{Method, StatusCode};
use serde_json::json;
use smart::ports::UserReader;
use smart::user::User;

use super::*;

fn ann() -> Value {
    json!({ "name": "ann", "display_name": "Ann Sample", "role": "patient", "fhirUser": "Patient/ann" })
}

#[tokio::test]
async fn an_account_is_made_read_changed_and_taken_away() {
    let stage = Stage::new().await;
    let made = stage.json(Method::POST, "/users", None, &ann()).await;
    assert_eq!(
        (made.status(), &made.headers()[header::LOCATION]),
        (StatusCode::CREATED, &"/users/ann".parse().unwrap())
    );
    let body = body_of(&made);
    assert_eq!((&body["has_password"], &body["administrator"]), (&json!(false), &json!(false)));
    assert_eq!(stage.json(Method::POST, "/users", None, &ann()).await.status(), StatusCode::CONFLICT);
    let patch = async |read, is| {
        let patch = json!({ "administrator": is });
        let answer = stage.json(Method::PATCH, "/users/ann", read, &patch).await;
        (answer.status().as_u16(), body_of(&answer)["administrator"].clone(), answer)
    };
    assert_eq!(patch(None, true).await.0, 428);
    let (status, is, changed) = patch(Some(&made), true).await;
    assert_eq!((status, is), (200, json!(true)));
    let (status, is, _) = patch(Some(&made), false).await;
    assert_eq!((status, is), (412, json!(true)), "as it is now");
    for (query, found) in [("role=patient&q=SAMP", 1), ("role=clinician", 0), ("q=other", 0)] {
        assert_eq!(stage.items(&format!("/users?{query}")).await.len(), found, "{query}");
    }
    let stale = stage.json(Method::DELETE, "/users/ann", Some(&made), &json!({})).await;
    assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED);
    let gone = stage.json(Method::DELETE, "/users/ann", Some(&changed), &json!({})).await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    for path in ["/users/ann", "/users/upstream%3Anobody"] {
        assert_eq!(stage.get(path).await.status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn disabling_a_user_ends_their_sessions_and_enabling_brings_none_back() {
    let mut stage = Stage::new().await;
    stage.json(Method::POST, "/users", None, &ann()).await;
    for action in ["disable", "disable", "enable"] {
        stage.later(100).await;
        let answer = body_of(&stage.act(&format!("/users/ann/{action}")).await);
        assert_eq!(answer["disabled"], action == "disable");
        let user = stage.ports.store.user("ann").await.unwrap().unwrap();
        assert_eq!(user.sessions_from, UnixSeconds(NOW.0 + 100), "{action}");
        let link = stage.act("/users/ann/set-password-link").await.status();
        assert_eq!(link == StatusCode::CONFLICT, action == "disable", "{link}");
    }
}

#[tokio::test]
async fn a_password_is_in_no_answer_and_every_bad_member_is_pointed_at() {
    let stage = Stage::new().await;
    let hash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned();
    stage.ports.store.put_user(User { password_hash: hash, ..testkit::fixtures::user("ben") });
    for path in ["/users/ben", "/users"] {
        let text = text_of(&stage.get(path).await);
        assert!(!text.contains("argon2") && text.contains("\"has_password\":true"), "{text}");
    }
    for (member, value) in
        [("password", "a long password"), ("password_hash", "x"), ("name", "upstream:abc"), ("role", "king")]
    {
        let mut body = ann();
        body[member] = json!(value);
        let refused = stage.json(Method::POST, "/users", None, &body).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
        assert_eq!(body_of(&refused)["errors"][0]["pointer"], format!("/{member}"));
    }
}

#[tokio::test]
async fn a_set_password_link_leads_to_our_page() {
    let stage = Stage::new().await;
    stage.json(Method::POST, "/users", None, &ann()).await;
    let made = stage.act("/users/ann/set-password-link").await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let link = text(&body_of(&made), "link");
    assert!(link.starts_with(&format!("{ISSUER}/account/set-password?token=")), "{link}");
}
