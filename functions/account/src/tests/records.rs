//! The answer to what a user did has a record, which names the user by a hash.

use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use smart::audit::{Event, Record};
use smart::error::Unreachable;
use smart::registration::SelfRegistration;
use testkit::Records;

use super::*;
use crate::refusal::recorded;

fn read(text: Option<&str>) -> Value {
    serde_json::from_str(text.unwrap()).unwrap()
}

#[tokio::test]
async fn api_11_what_waits_is_recorded_as_asked_and_then_as_approved_or_declined() {
    let stage = Stage::that_is(SelfRegistration::Approval);
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
    let hashes = [&ann, &bob].map(|user| stage.audit.person(&user.subject).as_str().to_owned());
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
    let stage = Stage::that_is(SelfRegistration::Open);
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
    let hash = stage.audit.person(&ann.subject);
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
    let stage = Stage::that_is(SelfRegistration::Open);
    let asked = request(Method::POST, "/account/password", &[], "");
    let (failed, record) = (Unreachable::new("sessions", "silent"), Record::of(Event::PasswordChanged));
    let mut answer = recorded(Err(failed), Some(record), &asked, &stage.home.site);
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let events: Vec<&str> = web::notes::take(&mut answer).iter().map(|record| record.parts().event).collect();
    assert_eq!(events, ["password.changed", "refused"]);
}
