//! Accounts.

use http::{Method, StatusCode};
use serde_json::json;
use smart::operations::users::{by_link, redeem_link};
use smart::operations::{Missing, OperationRefused};
use smart::ports::UserReader;
use smart::registration::SetPasswordToken;
use smart::user::User;

use super::*;

fn ann() -> Value {
    json!({ "name": "ann", "display_name": "Ann Sample", "role": "patient", "fhirUser": "Patient/ann" })
}

#[tokio::test]
async fn an_account_is_made_read_changed_and_taken_away() {
    let stage = Stage::new().await;
    let made = stage.json(Method::POST, "/users", None, &ann()).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    assert_eq!(made.headers()[header::LOCATION], "/users/ann");
    let body = body_of(&made);
    assert_eq!((&body["has_password"], &body["administrator"]), (&json!(false), &json!(false)));
    assert_eq!(stage.json(Method::POST, "/users", None, &ann()).await.status(), StatusCode::CONFLICT);
    let blind = stage.json(Method::PATCH, "/users/ann", None, &json!({ "administrator": true })).await;
    assert_eq!(blind.status(), StatusCode::PRECONDITION_REQUIRED);
    let changed =
        stage.json(Method::PATCH, "/users/ann", Some(&made), &json!({ "administrator": true })).await;
    assert_eq!((changed.status(), body_of(&changed)["administrator"].clone()), (StatusCode::OK, json!(true)));
    let late = stage.json(Method::PATCH, "/users/ann", Some(&made), &json!({ "administrator": false })).await;
    assert_eq!(
        (late.status(), body_of(&late)["administrator"].clone()),
        (StatusCode::PRECONDITION_FAILED, json!(true))
    );
    let listed = body_of(&stage.get("/users?role=patient&q=SAMP").await);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(body_of(&stage.get("/users?role=clinician").await)["items"], json!([]));
    let gone = stage.json(Method::DELETE, "/users/ann", Some(&changed), &json!({})).await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    assert_eq!(stage.get("/users/ann").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn passwords_are_in_no_answer_and_names_of_the_provider_are_nobodys() {
    let stage = Stage::new().await;
    let hash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned();
    stage.ports.store.put_user(User { password_hash: hash.clone(), ..testkit::fixtures::user("ben") });
    for path in ["/users/ben", "/users"] {
        let text = String::from_utf8(stage.get(path).await.body().to_vec()).unwrap();
        assert!(!text.contains("argon2") && text.contains("\"has_password\":true"), "{text}");
    }
    for (member, value) in [("password", "a long password"), ("password_hash", hash.as_str())] {
        let mut body = ann();
        body[member] = json!(value);
        let refused = stage.json(Method::POST, "/users", None, &body).await;
        assert_eq!(body_of(&refused)["errors"][0]["pointer"], format!("/{member}"));
    }
    let mut upstream = ann();
    upstream["name"] = json!("upstream:abc");
    let refused = stage.json(Method::POST, "/users", None, &upstream).await;
    assert_eq!(
        (refused.status(), body_of(&refused)["errors"][0]["pointer"].clone()),
        (StatusCode::BAD_REQUEST, json!("/name"))
    );
}

#[tokio::test]
async fn disabling_somebody_ends_their_sessions_and_enabling_brings_none_back() {
    let mut stage = Stage::new().await;
    stage.json(Method::POST, "/users", None, &ann()).await;
    stage.later(100).await;
    for _ in 0..2 {
        let stopped = stage.json(Method::POST, "/users/ann/disable", None, &json!({})).await;
        assert_eq!(body_of(&stopped)["disabled"], true);
    }
    let since = stage.now;
    let link = stage.json(Method::POST, "/users/ann/set-password-link", None, &json!({})).await;
    assert_eq!(link.status(), StatusCode::CONFLICT);
    stage.later(100).await;
    stage.json(Method::POST, "/users/ann/enable", None, &json!({})).await;
    let user = stage.ports.store.user("ann").await.unwrap().unwrap();
    assert_eq!((user.disabled, user.sessions_from), (false, since));
}

#[tokio::test]
async fn a_set_password_link_is_good_once_and_for_a_day() {
    let mut stage = Stage::new().await;
    stage.json(Method::POST, "/users", None, &ann()).await;
    let link = async |stage: &Stage| {
        let answer =
            body_of(&stage.json(Method::POST, "/users/ann/set-password-link", None, &json!({})).await);
        let link = answer["link"].as_str().unwrap().to_owned();
        let token = link.strip_prefix("https://auth.example.org/account/set-password?token=").unwrap();
        SetPasswordToken::presented(token).unwrap()
    };
    let (first, second) = (link(&stage).await, link(&stage).await);
    let now = anonymous(&stage);
    assert_eq!(by_link(&now, &first).await.unwrap().name, "ann");
    let (one, other) = tokio::join!(
        redeem_link(&now, &first, "a first password"),
        redeem_link(&now, &first, "another password"),
    );
    assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|ok| **ok).count(), 1);
    let user = stage.ports.store.user("ann").await.unwrap().unwrap();
    assert_eq!(user.sessions_from, stage.now, "every session is over");
    let used = redeem_link(&now, &second, "a third password").await.unwrap_err();
    let is_gone = matches!(used, OperationRefused::NotFound(Missing::SetPasswordLink));
    assert!(is_gone, "a new password ends the other links: {used:?}");
    let third = link(&stage).await;
    stage.later(24 * 3600).await;
    let later = anonymous(&stage);
    assert!(by_link(&later, &third).await.is_err());
    assert!(by_link(&later, &SetPasswordToken::generate()).await.is_err());
}
