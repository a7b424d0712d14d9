//! Every answer to a change comes with its record, and no record holds a secret or names a person. Fields that newer
//! code has stored survive each change, and no answer or record shows them.

use http::{Method, StatusCode};
use serde_json::json;
use smart::audit::{Event, Record};
use smart::operations::users::redeem_link;
use smart::ports::UserReader;
use smart::registration::SetPasswordToken;

use super::account::{person, post, session};
use super::*;
use crate::call::recorded;

/// The records beside the answers so far.
#[derive(Debug, Default)]
struct Records(Vec<Record>);

impl Records {
    /// Keeps the records of an answer, which has some.
    fn of(&mut self, mut response: Response) -> Response {
        let records = web::notes::take(&mut response);
        assert!(!records.is_empty(), "{} {:?}", response.status(), response.body());
        self.0.extend(records);
        response
    }

    fn events(&self) -> Vec<&'static str> {
        self.0.iter().map(|record| record.parts().event).collect()
    }

    fn one(&self, event: Event) -> &Record {
        let record = self.0.iter().find(|record| record.parts().event == event.name());
        record.unwrap_or_else(|| panic!("no {} in {:?}", event.name(), self.events()))
    }

    /// All that would be written.
    fn text(&self) -> String {
        self.0.iter().map(|record| format!("{:?}\n", record.parts())).collect()
    }
}

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

#[tokio::test]
async fn api_11_what_waits_is_recorded_as_asked_and_then_as_approved_or_declined() {
    let stage = Stage::that_is(SelfRegistration::Approval).await;
    let mut records = Records::default();
    let (ann, bob) = (person(&stage, "ann", false).await, person(&stage, "bob", true).await);
    let (anns, bobs) = (session(&stage, &ann, NOW).await, session(&stage, &bob, NOW).await);
    let fields = |scope: &'static str| {
        [
            ("client_name", "App"),
            ("kind", "public"),
            ("redirect_uris", "https://app.example.org/cb"),
            ("scope", scope),
        ]
    };
    let made = records.of(post(&stage, "/account/clients/new", &anns, &fields("patient/*.rs")).await);
    let location = made.headers()[header::LOCATION].to_str().unwrap();
    let path = location.split('?').next().unwrap().to_owned();
    let id = path.rsplit('/').next().unwrap();
    let decide = format!("/account/approvals/{id}");
    let approve = [("version", "1"), ("decision", "approve"), ("scope", "patient/*.rs")];
    records.of(post(&stage, &decide, &bobs, &approve).await);
    let more = [&fields("openid patient/*.rs")[..], &[("version", "2")]].concat();
    records.of(post(&stage, &path, &anns, &more).await);
    let decline = [("version", "3"), ("decision", "decline"), ("reason", "We do not know Ann.")];
    records.of(post(&stage, &decide, &bobs, &decline).await);
    records.of(post(&stage, &format!("{path}/delete"), &anns, &[]).await);

    let expected = ["client.asked", "client.approved", "client.asked", "client.declined", "client.deleted"];
    assert_eq!(records.events(), expected);
    let hashes = [&ann, &bob].map(|user| stage.ports.audit.person(&user.subject).as_str().to_owned());
    for (record, who) in records.0.iter().zip([0, 1, 0, 1, 0]) {
        let parts = record.parts();
        let expected = (Some(hashes[who].as_str()), Some(id), None);
        assert_eq!((parts.by_person, parts.client_id, parts.by), expected, "{record:?}");
    }
    let status = |text: Option<&str>| text.map(|text| read(Some(text))["status"].clone()).unwrap_or_default();
    let statuses = |record: &Record| (status(record.parts().before), status(record.parts().after));
    let [new, approved, asked, declined, _] = records.0.as_slice() else { panic!("{records:?}") };
    assert_eq!(statuses(new), (json!(null), json!("pending")));
    assert_eq!(statuses(approved), (json!("pending"), json!("active")));
    assert_eq!(asked.parts().changed.as_deref(), Some("scope"), "as it is asked for");
    assert_eq!(read(asked.parts().after)["scope"], "openid patient/*.rs");
    assert_eq!((declined.parts().outcome, declined.parts().changed), ("refused", None));
    assert!(!records.text().contains("Ann"), "no reason is told, which may name somebody");
}

#[tokio::test]
async fn api_11_what_people_do_with_their_account_and_secrets_is_recorded_by_their_hash() {
    let stage = Stage::that_is(SelfRegistration::Open).await;
    let mut records = Records::default();
    let ann = person(&stage, "ann", false).await;
    let cookie = session(&stage, &ann, NOW).await;
    let fields = [
        ("client_name", "App"),
        ("kind", "secret"),
        ("redirect_uris", "https://app.example.org/cb"),
        ("scope", "patient/*.rs"),
    ];
    let made = records.of(post(&stage, "/account/clients/new", &cookie, &fields).await);
    let location = made.headers()[header::LOCATION].to_str().unwrap();
    let path = location.split('?').next().unwrap().to_owned();
    records.of(post(&stage, &format!("{path}/secrets"), &cookie, &[]).await);
    let password = [("current", "the first password"), ("password", "the second password")];
    records.of(post(&stage, "/account/password", &cookie, &password).await);

    assert_eq!(records.events(), ["client.registered", "secret.made", "password.changed"]);
    let hash = stage.ports.audit.person(&ann.subject);
    for record in &records.0 {
        assert_eq!(record.parts().by_person, Some(hash.as_str()), "{record:?}");
    }
    let changed = records.one(Event::PasswordChanged).parts();
    assert_eq!((changed.person, changed.reason), (Some(hash.as_str()), Some("by_person")));
    assert_eq!(changed.changed.as_deref(), Some("password sessions_from"));
    let text = records.text();
    assert!(!text.contains(&ann.subject) && !text.contains("password\\\""), "{text}");
}

#[test]
fn api_11_what_was_done_is_recorded_though_something_failed_behind_it() {
    let failed = recorded(Err(Box::default()), Some(Record::of(Event::PasswordChanged)));
    let mut records = Records::default();
    records.of(*failed.unwrap_err());
    assert_eq!(records.events(), ["password.changed"]);
}
