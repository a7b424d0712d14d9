//! The secrets of a client.

use http::{Method, StatusCode};
use serde_json::json;

use super::*;

#[tokio::test]
async fn rg_12_a_secret_is_replaced_without_a_gap() {
    let mut stage = Stage::new().await;
    let registered = stage.post(&app("client_secret_basic")).await;
    let old = body_of(&registered)["client_secret"].as_str().unwrap().to_owned();
    let path = format!("{}/secrets", path_of(&registered));
    let added = stage.json(Method::POST, &path, None, &json!({ "others_expire_in": 3600 })).await;
    assert_eq!(added.status(), StatusCode::CREATED);
    let new = body_of(&added)["client_secret"].as_str().unwrap().to_owned();
    assert_eq!(body_of(&added)["client_secret_expires_at"], 0);
    let third = stage.json(Method::POST, &path, None, &json!({})).await;
    assert_eq!((third.status(), reason(&third).1), (StatusCode::CONFLICT, "two_secrets_live"));
    let listed = stage.get(&path).await;
    let text = String::from_utf8(listed.body().to_vec()).unwrap();
    assert!(!text.contains(&old) && !text.contains(&new), "g14");
    assert_eq!(body_of(&listed)["items"][0]["last_four"], old[old.len() - 4..]);
    assert_eq!(body_of(&listed)["items"][0]["expires_at"], "2027-01-15T09:00:00Z");
    let good = |client: &Client, secret: &str, at| client.secrets.iter().any(|known| known.is(secret, at));
    let stored = stage.stored(&registered).await;
    stage.later(3599).await;
    assert!(good(&stored, &old, stage.now) && good(&stored, &new, stage.now));
    stage.later(1).await;
    assert!(!good(&stored, &old, stage.now) && good(&stored, &new, stage.now));
    assert_eq!(body_of(&stage.get(&path).await)["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn rg_12_a_secret_is_ended_by_who_has_read_the_client() {
    let stage = Stage::new().await;
    let registered = stage.post(&app("client_secret_basic")).await;
    let path = format!("{}/secrets", path_of(&registered));
    let first = body_of(&registered)["secrets"][0]["id"].as_str().unwrap().to_owned();
    let of_first = format!("{path}/{first}");
    let only = stage.json(Method::DELETE, &of_first, Some(&registered), &json!({})).await;
    assert_eq!((only.status(), reason(&only).1), (StatusCode::CONFLICT, "only_secret"));
    let added = stage.json(Method::POST, &path, None, &json!({})).await;
    let blind = stage.json(Method::DELETE, &of_first, None, &json!({})).await;
    assert_eq!(blind.status(), StatusCode::PRECONDITION_REQUIRED);
    let later = stage.json(Method::DELETE, &format!("{of_first}?in=3600"), Some(&added), &json!({})).await;
    assert_eq!(later.status(), StatusCode::NO_CONTENT);
    let listed = stage.get(&path).await;
    assert_eq!(body_of(&listed)["items"].as_array().unwrap().len(), 2, "it ends in an hour");
    let ended = stage.json(Method::DELETE, &of_first, Some(&listed), &json!({})).await;
    assert_eq!(ended.status(), StatusCode::NO_CONTENT);
    let left = stage.get(&path).await;
    assert_eq!(body_of(&left)["items"][0]["id"], body_of(&added)["id"]);
    let unknown = stage.json(Method::DELETE, &format!("{path}/nothing"), Some(&left), &json!({})).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    let public = stage.post(&app("none")).await;
    let path = format!("{}/secrets", path_of(&public));
    assert_eq!(stage.json(Method::POST, &path, None, &json!({})).await.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn g15_disabling_a_client_is_one_call_and_twice_is_once() {
    let stage = Stage::new().await;
    let registered = stage.post(&app("none")).await;
    let path = path_of(&registered);
    for _ in 0..2 {
        let stopped = stage.json(Method::POST, &format!("{path}/disable"), None, &json!({})).await;
        assert_eq!(
            (stopped.status(), body_of(&stopped)["status"].clone()),
            (StatusCode::OK, json!("disabled"))
        );
    }
    assert_eq!(stage.stored(&registered).await.version, 2);
    let listed = body_of(&stage.get("/clients?status=disabled").await);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let works = stage.json(Method::POST, &format!("{path}/enable"), None, &json!({})).await;
    assert_eq!(body_of(&works)["status"], "active");
    let nobody = stage.json(Method::POST, "/clients/nobody/disable", None, &json!({})).await;
    assert_eq!(nobody.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn rg_2_check_says_what_is_wrong_and_changes_nothing() {
    let stage = Stage::new().await;
    let registered = stage.post(&app("none")).await;
    let path = format!("{}/check", path_of(&registered));
    let good = stage.send(Method::POST, &path, &[], "").await;
    assert_eq!((good.status(), body_of(&good)["ok"].clone()), (StatusCode::OK, json!(true)));
    let wanted = json!({
        "redirect_uris": ["https://app.example.org/cb", "http://app.example.org/cb"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": { "keys": [{ "kty": "oct", "k": "AAAA", "kid": "a" }] },
    });
    let bad = body_of(&stage.json(Method::POST, &path, None, &wanted).await);
    assert_eq!(bad["ok"], false);
    assert_eq!(
        (&bad["redirect_uris"][0]["ok"], &bad["redirect_uris"][1]["ok"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(bad["keys"]["ok"], false);
    let unread = json!({
        "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://app.example.org/jwks.json",
    });
    let unread = body_of(&stage.json(Method::POST, &path, None, &unread).await);
    assert_eq!(unread["keys"]["message"], "no usable key set could be read at this address.");
    assert_eq!(stage.stored(&registered).await.version, 1);
}

#[tokio::test]
async fn api_7_a_patch_changes_what_it_names() {
    let stage = Stage::new().await;
    let mut body = app("none");
    body["client_uri"] = json!("https://app.example.org/");
    body["owner"] = json!("sub-ann");
    let registered = stage.post(&body).await;
    let patch = json!({ "client_name": "Renamed", "client_uri": null });
    let patched = stage.json(Method::PATCH, &path_of(&registered), Some(&registered), &patch).await;
    assert_eq!(patched.status(), StatusCode::OK, "{:?}", patched.body());
    let body = body_of(&patched);
    assert_eq!((&body["client_name"], &body["owner"]), (&json!("Renamed"), &json!("sub-ann")));
    assert!(body.get("client_uri").is_none());
    let typo =
        stage.json(Method::PATCH, &path_of(&registered), Some(&patched), &json!({ "nmae": "x" })).await;
    assert_eq!(body_of(&typo)["errors"][0]["pointer"], "/nmae");
    let named = stage.get("/clients?owner=sub-ann&kind=public&q=RENAM").await;
    assert_eq!(body_of(&named)["items"].as_array().unwrap().len(), 1);
    for none in ["owner=sub-ben", "kind=backend", "q=other", "status=disabled"] {
        assert_eq!(body_of(&stage.get(&format!("/clients?{none}")).await)["items"], json!([]), "{none}");
    }
    for bad in ["kind=king", "status=gone"] {
        assert_eq!(stage.get(&format!("/clients?{bad}")).await.status(), StatusCode::BAD_REQUEST, "{bad}");
    }
}
