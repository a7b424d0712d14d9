//! Every answer to a change comes with its record, and no record holds a secret or names a person. Fields that newer
//! code has stored survive each change, and no answer or record shows them.

use http::{Method, StatusCode};
use serde_json::json;
use smart::audit::Event;
use smart::operations::users::redeem_link;
use smart::ports::UserReader;
use smart::registration::SetPasswordToken;
use testkit::Records;

use super::*;

fn read(text: Option<&str>) -> Value {
    serde_json::from_str(text.unwrap()).unwrap()
}

/// The same answer, in which nothing of newer code shows.
fn shows_nothing_newer(answer: Response) -> Response {
    let shown = text_of(&answer);
    assert!(answer.status().is_success() && !shown.contains(NEWER) && !shown.contains(CANARY), "{shown}");
    answer
}

/// Looks for what no record may say.
fn holds_none_of(records: &Records, people: &[&str], secrets: &[Value]) {
    let text = records.text();
    for person in people {
        assert!(!text.contains(person), "{person} is named");
    }
    for secret in secrets {
        let secret = secret.as_str().unwrap();
        let bare = secret.rsplit_once("token=").map_or(secret, |(_, token)| token);
        assert!(!text.contains(bare), "a secret is in the log");
    }
    for never in ["hash\\\"", "last_four", NEWER, CANARY] {
        assert!(!text.contains(never), "{never}");
    }
}

/// Fields that newer code has stored.
const NEWER: &str = "newer_field";
const CANARY: &str = "canary";

fn newer() -> Value {
    json!({ "text": CANARY, "list": [1, -1, true, null] })
}

#[tokio::test]
async fn api_11_g14_a_change_of_a_client_is_recorded_without_secrets_and_keeps_fields_of_newer_code() {
    let stage = Stage::that_is(SelfRegistration::Open).await;
    let (mut records, mut secrets) = (Records::default(), Vec::new());
    let mut body = app("client_secret_basic");
    body["contacts"] = json!(["ann@example.org"]);
    body["owner"] = json!("sub-of-ann");
    let registered = records.of(stage.post(&body).await);
    let path = path_of(&registered);
    secrets.push(body_of(&registered)["client_secret"].clone());
    let mut item = json!(stage.stored(&registered).await);
    let first = text(&body_of(&registered)["secrets"][0], "id");
    item[NEWER] = newer();
    item["secrets"][0][NEWER] = newer();
    stage.ports.store.put_client(serde_json::from_value(item).unwrap());
    let kept = async || {
        let item = json!(stage.stored(&registered).await);
        assert_eq!(item[NEWER], newer());
        let of_first = item["secrets"].as_array().unwrap().iter().find(|secret| secret["id"] == first);
        assert!(of_first.is_none_or(|secret| secret[NEWER] == newer()));
        shows_nothing_newer(stage.get(&path).await)
    };

    let seen = kept().await;
    let sent = stage.json(Method::PATCH, &path, Some(&seen), &json!({ NEWER: 1 })).await;
    assert_eq!(body_of(&sent)["errors"][0]["pointer"], format!("/{NEWER}"), "no request can set it");
    let patch = json!({ "client_name": "New", "contacts": null, "owner": null });
    records.of(stage.json(Method::PATCH, &path, Some(&seen), &patch).await);
    records.of(stage.put(&kept().await, &app("client_secret_basic")).await);
    let added = records.of(stage.act(&format!("{path}/secrets")).await);
    secrets.push(body_of(&added)["client_secret"].clone());
    let (two, first) = (kept().await, format!("{path}/secrets/{first}"));
    records.of(stage.json(Method::DELETE, &first, Some(&two), &json!({})).await);
    for action in ["disable", "enable"] {
        records.of(stage.act(&format!("{path}/{action}")).await);
        shows_nothing_newer(stage.get("/clients").await);
    }
    let enabled = kept().await;
    records.of(stage.json(Method::DELETE, &path, Some(&enabled), &json!({})).await);
    let again = records.of(stage.json(Method::DELETE, &path, Some(&enabled), &json!({})).await);
    assert_eq!(again.status(), StatusCode::NOT_FOUND);
    let own = stage.register(None, &app("client_secret_post")).await;
    let own = body_of(&records.of(own));
    secrets.extend([own["client_secret"].clone(), own["registration_access_token"].clone()]);

    let expected = "client.registered client.changed client.changed secret.made secret.revoked \
                    client.disabled client.enabled client.deleted refused client.registered";
    assert_eq!(records.events().join(" "), expected);
    for record in &records.0[..8] {
        let parts = record.parts();
        let (by, of) = (Some("admin"), path.strip_prefix("/clients/"));
        assert_eq!((parts.by, parts.client_id), (by, of), "{record:?}");
    }
    let changed = records.one(Event::ClientChanged).parts();
    assert_eq!(changed.changed.as_deref(), Some("client_name contacts owner"));
    let (before, after) = (read(changed.before), read(changed.after));
    assert_eq!((&before["client_name"], &after["client_name"]), (&json!("An app"), &json!("New")));
    let anns = testkit::fixtures::audit().person("sub-of-ann");
    assert_eq!((&before["owner"], &after["owner"]), (&json!(anns.as_str()), &json!(null)));
    assert_eq!(records.one(Event::SecretRevoked).parts().changed.as_deref(), Some("secrets"));
    let stopped = records.one(Event::ClientDisabled).parts();
    let statuses = [stopped.before, stopped.after].map(|state| read(state)["status"].clone());
    assert_eq!(statuses, ["active", "disabled"]);
    assert_eq!(records.one(Event::ClientDeleted).parts().after, None);
    holds_none_of(&records, &["ann@", "sub-of"], &secrets);
}

#[tokio::test]
async fn api_11_g14_a_change_of_an_account_is_recorded_without_its_person_and_keeps_fields_of_newer_code() {
    let stage = Stage::new().await;
    let (mut records, mut secrets) = (Records::default(), Vec::new());
    let ann = json!({ "name": "ann", "display_name": "Ann Example", "role": "patient" });
    let made = records.of(stage.json(Method::POST, "/users", None, &ann).await);
    let store = &stage.ports.store;
    let stored = async || json!(store.user("ann").await.unwrap().unwrap());
    let mut item = stored().await;
    item[NEWER] = newer();
    store.put_user(serde_json::from_value(item).unwrap());
    let kept = async || {
        assert_eq!(stored().await[NEWER], newer());
        shows_nothing_newer(stage.get("/users/ann").await)
    };

    let sent = stage.json(Method::PATCH, "/users/ann", Some(&made), &json!({ NEWER: 1 })).await;
    assert_eq!(body_of(&sent)["errors"][0]["pointer"], format!("/{NEWER}"), "no request can set it");
    let patch = json!({ "display_name": "Ann Other", "patients": ["emre"] });
    records.of(stage.json(Method::PATCH, "/users/ann", Some(&made), &patch).await);
    kept().await;
    let link = text(&body_of(&records.of(stage.act("/users/ann/set-password-link").await)), "link");
    let token = SetPasswordToken::presented(link.rsplit_once("token=").unwrap().1).unwrap();
    secrets.push(json!(link));
    for action in ["disable", "enable"] {
        records.of(stage.act(&format!("/users/ann/{action}")).await);
        kept().await;
    }
    redeem_link(&anonymous(&stage), &token, "a new password").await.unwrap();
    shows_nothing_newer(stage.get("/users").await);
    records.of(stage.json(Method::DELETE, "/users/ann", Some(&kept().await), &json!({})).await);
    let users = records.0.len();
    let asked = json!({ "scope": "patient/*.rs", "description": "for Ann" });
    let token = body_of(&records.of(stage.json(Method::POST, "/register-tokens", None, &asked).await));
    secrets.push(token["token"].clone());
    let path = format!("/register-tokens/{}", text(&token, "id"));
    records.of(stage.json(Method::DELETE, &path, None, &json!({})).await);

    let expected = "user.created user.changed set_password_link.made user.disabled user.enabled user.deleted \
                    register_token.made register_token.ended";
    assert_eq!(records.events().join(" "), expected);
    let subject = body_of(&made)["sub"].as_str().unwrap().to_owned();
    let person = stage.ports.audit.person(&subject);
    for record in &records.0[..users] {
        let parts = record.parts();
        assert_eq!((parts.by, parts.person), (Some("admin"), Some(person.as_str())), "{record:?}");
    }
    let changed = records.one(Event::UserChanged).parts();
    assert_eq!(changed.changed.as_deref(), Some("display_name patients"));
    assert_eq!(changed.before, records.one(Event::UserCreated).parts().after, "one state, one hash");
    assert!(changed.before != changed.after && changed.after.is_some());
    for record in &records.0[users..] {
        let parts = record.parts();
        assert_eq!((parts.register_token, parts.by), (token["id"].as_str(), Some("admin")));
        assert_eq!(parts.scope.as_deref(), Some("patient/*.rs"));
    }
    holds_none_of(&records, &["\"ann\"", "Ann", "emre", &subject], &secrets);
}

#[tokio::test]
async fn api_11_what_programs_register_names_the_program_its_token_and_where_it_came_from() {
    let stage = Stage::that_is(SelfRegistration::Off).await;
    let mut records = Records::default();
    let asked = json!({ "scope": "launch/patient openid fhirUser patient/*.rs" });
    let token = body_of(&stage.json(Method::POST, "/register-tokens", None, &asked).await);
    let initial = token["token"].as_str();
    let body = app("client_secret_basic");
    let made = body_of(&records.of(stage.register(initial, &body).await));
    let own = made["registration_access_token"].as_str();
    let path = format!("/register/{}", made["client_id"].as_str().unwrap());
    let mut next = app("client_secret_basic");
    next["client_id"] = made["client_id"].clone();
    next["client_name"] = json!("Renamed");
    let changed = body_of(&records.of(stage.outsider(Method::PUT, &path, own, &next).await));
    let own = changed["registration_access_token"].as_str();
    next["client_id"] = json!("another");
    records.of(stage.outsider(Method::PUT, &path, own, &next).await);
    records.of(stage.outsider(Method::DELETE, &path, own, &json!({})).await);

    assert_eq!(records.events(), ["client.registered", "client.changed", "refused", "client.deleted"]);
    let id = made["client_id"].as_str();
    for record in &records.0 {
        assert_eq!(record.parts().client_id, id, "{record:?}");
    }
    let registered = records.one(Event::ClientRegistered).parts();
    assert_eq!((registered.register_token, registered.by), (token["id"].as_str(), None));
    assert!(registered.by_address.is_some());
    let changed = records.one(Event::ClientChanged).parts();
    assert_eq!((changed.by, changed.changed.as_deref()), (id, Some("client_name")));
    assert_eq!(records.one(Event::ClientDeleted).parts().by, id);
}
