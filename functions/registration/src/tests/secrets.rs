//! The secrets of a client. What may be added and ended, and when a secret works, is a rule of `smart::registration`.

use http::{Method, StatusCode};
use serde_json::json;

use super::*;

#[tokio::test]
async fn rg_12_a_secret_is_added_listed_and_ended() {
    let mut stage = Stage::new().await;
    let registered = stage.post(&app("client_secret_basic")).await;
    let path = format!("{}/secrets", path_of(&registered));
    let end = async |stage: &Stage, id: &str, read| {
        stage.json(Method::DELETE, &format!("{path}/{id}"), read, &json!({})).await
    };
    let old = text(&body_of(&registered), "client_secret");
    let first = text(&body_of(&registered)["secrets"][0], "id");
    assert_eq!(why(&end(&stage, &first, Some(&registered)).await), (409, "only_secret"));
    let added = stage.json(Method::POST, &path, None, &json!({ "others_expire_in": 3600 })).await;
    assert_eq!(
        (added.status(), &body_of(&added)["client_secret_expires_at"]),
        (StatusCode::CREATED, &json!(0))
    );
    let new = text(&body_of(&added), "client_secret");
    assert_eq!(why(&stage.act(&path).await), (409, "two_secrets_live"));

    let listed = stage.get(&path).await;
    assert!(!text_of(&listed).contains(&old) && !text_of(&listed).contains(&new), "g14");
    let shown = &body_of(&listed)["items"][0];
    assert_eq!(shown["last_four"], old[old.len() - 4..]);
    assert_eq!(shown["expires_at"], "2027-01-15T09:00:00Z");
    assert_eq!(why(&end(&stage, &first, None).await), (428, "if_match_missing"));
    assert_eq!(end(&stage, &first, Some(&registered)).await.status(), StatusCode::PRECONDITION_FAILED);
    let later = end(&stage, &format!("{first}?in=1800"), Some(&added)).await;
    assert_eq!(later.status(), StatusCode::NO_CONTENT);
    assert_eq!(stage.items(&path).await[0]["expires_at"], "2027-01-15T08:30:00Z");
    stage.later(1800).await;
    assert_eq!(stage.items(&path).await.len(), 1, "one that has ended is not listed");
    let read = stage.get(&path_of(&registered)).await;
    assert_eq!(why(&end(&stage, "nothing", Some(&read)).await), (404, "secret_not_found"));

    let third = stage.act(&path).await;
    let second = text(&stage.items(&path).await[0], "id");
    assert_eq!(end(&stage, &second, Some(&third)).await.status(), StatusCode::NO_CONTENT);
    let left = stage.stored(&registered).await;
    assert!(left.secrets.iter().any(|known| known.is(&text(&body_of(&third), "client_secret"), stage.now)));
    let public = stage.post(&app("none")).await;
    assert_eq!(stage.act(&format!("{}/secrets", path_of(&public))).await.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn g15_disabling_a_client_is_one_call_and_twice_is_once() {
    let stage = Stage::new().await;
    let registered = stage.post(&app("none")).await;
    let path = path_of(&registered);
    for (action, status, version) in
        [("disable", "disabled", 2), ("disable", "disabled", 2), ("enable", "active", 3)]
    {
        let answer = stage.act(&format!("{path}/{action}")).await;
        assert_eq!((answer.status(), &body_of(&answer)["status"]), (StatusCode::OK, &json!(status)));
        assert_eq!(stage.stored(&registered).await.version, version);
        assert_eq!(stage.items(&format!("/clients?status={status}")).await.len(), 1);
    }
    assert_eq!(stage.act("/clients/unknown/disable").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn rg_2_check_says_what_is_wrong_and_changes_nothing() {
    let stage = Stage::new().await;
    let registered = stage.post(&app("none")).await;
    let path = format!("{}/check", path_of(&registered));
    let good = stage.send(Method::POST, &path, &[], "").await;
    assert_eq!((good.status(), &body_of(&good)["ok"]), (StatusCode::OK, &json!(true)));
    let wanted = json!({
        "redirect_uris": ["https://app.example.org/cb", "http://app.example.org/cb"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": { "keys": [{ "kty": "oct", "k": "AAAA", "kid": "a" }] },
    });
    let bad = body_of(&stage.json(Method::POST, &path, None, &wanted).await);
    let uris = [0, 1].map(|place| &bad["redirect_uris"][place]["ok"]);
    assert_eq!((&bad["ok"], uris), (&json!(false), [&json!(true), &json!(false)]));
    assert_eq!(bad["keys"]["ok"], false);
    let unread = json!({
        "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://app.example.org/jwks.json",
    });
    let unread = body_of(&stage.json(Method::POST, &path, None, &unread).await);
    assert_eq!(unread["keys"]["message"], "no usable key set could be read at this address.");
    assert_eq!(stage.stored(&registered).await.version, 1);
}
