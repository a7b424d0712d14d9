//! Beside the answer to every change stands its record, and no record holds a secret or names a person.

use http::{Method, StatusCode};
use serde_json::json;
use smart::audit::{Event, Record};

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
    assert!(!text.contains("hash\\\"") && !text.contains("last_four"));
}

#[tokio::test]
async fn api_11_g14_every_change_is_a_line_with_before_and_after_and_without_secrets() {
    let stage = Stage::that_is(SelfRegistration::Open).await;
    let (mut records, mut secrets) = (Records::default(), Vec::new());
    let mut body = app("client_secret_basic");
    body["contacts"] = json!(["ann@example.org"]);
    body["owner"] = json!("sub-of-ann");
    let registered = records.of(stage.post(&body).await);
    let path = path_of(&registered);
    secrets.push(body_of(&registered)["client_secret"].clone());
    let patch = json!({ "client_name": "New", "contacts": null, "owner": null });
    let renamed = records.of(stage.json(Method::PATCH, &path, Some(&registered), &patch).await);
    let added = records.of(stage.json(Method::POST, &format!("{path}/secrets"), None, &json!({})).await);
    secrets.push(body_of(&added)["client_secret"].clone());
    let first = format!("{path}/secrets/{}", body_of(&renamed)["secrets"][0]["id"].as_str().unwrap());
    let two = stage.get(&path).await;
    records.of(stage.json(Method::DELETE, &first, Some(&two), &json!({})).await);
    records.of(stage.json(Method::POST, &format!("{path}/disable"), None, &json!({})).await);
    let enabled = records.of(stage.json(Method::POST, &format!("{path}/enable"), None, &json!({})).await);
    records.of(stage.json(Method::DELETE, &path, Some(&enabled), &json!({})).await);
    let again = records.of(stage.json(Method::DELETE, &path, Some(&enabled), &json!({})).await);
    assert_eq!(again.status(), StatusCode::NOT_FOUND);
    let own = stage.outsider(Method::POST, "/register", None, &app("client_secret_post")).await;
    let own = body_of(&records.of(own));
    secrets.extend([own["client_secret"].clone(), own["registration_access_token"].clone()]);

    let expected = [
        "client.registered",
        "client.changed",
        "secret.made",
        "secret.revoked",
        "client.disabled",
        "client.enabled",
        "client.deleted",
        "refused",
        "client.registered",
    ];
    assert_eq!(records.events(), expected);
    for record in &records.0[..7] {
        let parts = record.parts();
        assert_eq!(
            (parts.by, parts.client_id),
            (Some("admin"), path.strip_prefix("/clients/")),
            "{record:?}"
        );
    }
    let changed = records.one(Event::ClientChanged).parts();
    assert_eq!(changed.changed.as_deref(), Some("client_name contacts owner"));
    let (before, after) = (read(changed.before), read(changed.after));
    assert_eq!((&before["client_name"], &after["client_name"]), (&json!("An app"), &json!("New")));
    let anns = testkit::fixtures::audit().person("sub-of-ann");
    assert_eq!((&before["owner"], &after["owner"]), (&json!(anns.as_str()), &json!(null)));
    assert_eq!(records.one(Event::SecretRevoked).parts().changed.as_deref(), Some("secrets"));
    let stopped = records.one(Event::ClientDisabled).parts();
    assert_eq!(
        (&read(stopped.before)["status"], &read(stopped.after)["status"]),
        (&json!("active"), &json!("disabled"))
    );
    assert_eq!(records.one(Event::ClientDeleted).parts().after, None);
    holds_none_of(&records, &["ann@", "sub-of"], &secrets);
}

#[tokio::test]
async fn api_11_g14_the_change_of_an_account_says_which_members_and_nothing_of_its_person() {
    let stage = Stage::new().await;
    let (mut records, mut secrets) = (Records::default(), Vec::new());
    let ann = json!({ "name": "ann", "display_name": "Ann Example", "role": "patient" });
    let made = records.of(stage.json(Method::POST, "/users", None, &ann).await);
    let patch = json!({ "display_name": "Ann Other", "patients": ["emre"] });
    records.of(stage.json(Method::PATCH, "/users/ann", Some(&made), &patch).await);
    let link = stage.json(Method::POST, "/users/ann/set-password-link", None, &json!({})).await;
    secrets.push(body_of(&records.of(link))["link"].clone());
    records.of(stage.json(Method::POST, "/users/ann/disable", None, &json!({})).await);
    let enabled = records.of(stage.json(Method::POST, "/users/ann/enable", None, &json!({})).await);
    records.of(stage.json(Method::DELETE, "/users/ann", Some(&enabled), &json!({})).await);
    let users = records.0.len();
    let asked = json!({ "scope": "patient/*.rs", "description": "for Ann" });
    let token = body_of(&records.of(stage.json(Method::POST, "/register-tokens", None, &asked).await));
    secrets.push(token["token"].clone());
    let path = format!("/register-tokens/{}", token["id"].as_str().unwrap());
    records.of(stage.json(Method::DELETE, &path, None, &json!({})).await);

    let expected = [
        "user.created",
        "user.changed",
        "set_password_link.made",
        "user.disabled",
        "user.enabled",
        "user.deleted",
        "register_token.made",
        "register_token.ended",
    ];
    assert_eq!(records.events(), expected);
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
    let made = body_of(&records.of(stage.outsider(Method::POST, "/register", initial, &body).await));
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
