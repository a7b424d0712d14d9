//! Fields that newer code has stored survive each change by this code, and no answer or record shows them.

use http::{Method, StatusCode};
use serde_json::json;
use smart::operations::users::redeem_link;
use smart::ports::UserReader;
use smart::registration::SetPasswordToken;

use super::*;

const NEWER: &str = "newer_field";
const CANARY: &str = "canary";

fn newer() -> Value {
    json!({ "text": CANARY, "list": [1, -1, true, null] })
}

/// The body of an answer that was given with this status, and in which nothing of newer code shows.
fn body(mut response: Response, status: StatusCode) -> Value {
    let records = web::notes::take(&mut response);
    let records: String = records.iter().map(|record| format!("{:?}", record.parts())).collect();
    let text = String::from_utf8(response.body().to_vec()).unwrap();
    assert_eq!(response.status(), status, "{text}");
    for shown in [&records, &text] {
        assert!(!shown.contains(NEWER) && !shown.contains(CANARY), "{shown}");
    }
    serde_json::from_str(&text).unwrap_or_default()
}

#[tokio::test]
async fn a_client_keeps_fields_of_newer_code_through_every_change() {
    let stage = Stage::new().await;
    let registered = stage.post(&app("client_secret_basic")).await;
    let path = path_of(&registered);
    let mut item = json!(stage.stored(&registered).await);
    item[NEWER] = newer();
    item["secrets"][0][NEWER] = newer();
    stage.ports.store.put_client(serde_json::from_value(item).unwrap());
    let kept = async || {
        let item = json!(stage.stored(&registered).await);
        assert_eq!((&item[NEWER], &item["secrets"][0][NEWER]), (&newer(), &newer()));
        stage.get(&path).await
    };

    let read = kept().await;
    let sent = stage.json(Method::PATCH, &path, Some(&read), &json!({ NEWER: 1 })).await;
    assert_eq!(body_of(&sent)["errors"][0]["pointer"], format!("/{NEWER}"), "no request can set it");
    let named = json!({ "client_name": "Renamed" });
    body(stage.json(Method::PATCH, &path, Some(&read), &named).await, StatusCode::OK);
    body(stage.put(&kept().await, &app("client_secret_basic")).await, StatusCode::OK);
    let secrets = format!("{path}/secrets");
    body(stage.json(Method::POST, &secrets, None, &json!({})).await, StatusCode::CREATED);
    kept().await;
    body(stage.get(&secrets).await, StatusCode::OK);
    for action in ["disable", "enable"] {
        body(stage.json(Method::POST, &format!("{path}/{action}"), None, &json!({})).await, StatusCode::OK);
        kept().await;
    }
    body(stage.get("/clients").await, StatusCode::OK);
    body(kept().await, StatusCode::OK);
    body(stage.json(Method::DELETE, &path, Some(&kept().await), &json!({})).await, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_user_keeps_fields_of_newer_code_through_every_change() {
    let stage = Stage::new().await;
    let ann = json!({ "name": "ann", "display_name": "Ann Sample", "role": "patient" });
    stage.json(Method::POST, "/users", None, &ann).await;
    let store = &stage.ports.store;
    let stored = async || json!(store.user("ann").await.unwrap().unwrap());
    let mut item = stored().await;
    item[NEWER] = newer();
    store.put_user(serde_json::from_value(item).unwrap());

    let read = stage.get("/users/ann").await;
    let sent = stage.json(Method::PATCH, "/users/ann", Some(&read), &json!({ NEWER: 1 })).await;
    assert_eq!(body_of(&sent)["errors"][0]["pointer"], format!("/{NEWER}"), "no request can set it");
    let change = json!({ "administrator": true });
    body(stage.json(Method::PATCH, "/users/ann", Some(&read), &change).await, StatusCode::OK);
    assert_eq!(stored().await[NEWER], newer());
    for action in ["disable", "enable"] {
        let path = format!("/users/ann/{action}");
        body(stage.json(Method::POST, &path, None, &json!({})).await, StatusCode::OK);
        assert_eq!(stored().await[NEWER], newer(), "{action}");
    }
    let link = stage.json(Method::POST, "/users/ann/set-password-link", None, &json!({})).await;
    let link = body(link, StatusCode::CREATED)["link"].as_str().unwrap().to_owned();
    let token = SetPasswordToken::presented(link.rsplit_once("token=").unwrap().1).unwrap();
    redeem_link(&anonymous(&stage), &token, "a new password").await.unwrap();
    assert_eq!(stored().await[NEWER], newer());
    body(stage.get("/users").await, StatusCode::OK);
    body(stage.get("/users/ann").await, StatusCode::OK);
}
