//! What waits for an administrator.

use http::{Method, StatusCode};
use serde_json::json;
use smart::operations::clients::{self, Fate, Wanted};
use smart::operations::{Actor, Conflict, Forbidden, Missing, OperationRefused, Stale};

use super::*;
use crate::call::not_done;

/// A registration that waits: its id and the answer to it.
async fn waiting(stage: &Stage, scope: &str) -> (String, Value) {
    let mut body = app("client_secret_basic");
    body["scope"] = json!(scope);
    let answer = stage.register(None, &body).await;
    assert_eq!(answer.status(), StatusCode::CREATED, "{:?}", answer.body());
    let body = body_of(&answer);
    assert_eq!(body["status"], "pending");
    (text(&body, "client_id"), body)
}

#[tokio::test]
async fn a_registration_waits_and_is_approved_with_less() {
    let stage = Stage::that_is(SelfRegistration::Approval).await;
    let (id, body) = waiting(&stage, "launch/patient patient/*.cruds").await;
    let client = async || stage.ports.store.current(&id.parse().unwrap()).await.unwrap().unwrap();
    let path = format!("/approvals/{id}");
    let approve =
        async |read, body: Value| stage.json(Method::POST, &format!("{path}/approve"), read, &body).await;
    let enabled = stage.act(&format!("/clients/{id}/enable")).await;
    assert_eq!(enabled.status(), StatusCode::CONFLICT, "it is decided elsewhere");
    assert_eq!(stage.items("/approvals?state=pending").await[0]["client_id"], id);
    let read = stage.get(&path).await;
    let shown = body_of(&read);
    assert_eq!(shown["before"], json!(null));
    assert_eq!(shown["requested"]["scope"], "launch/patient patient/*.cruds");
    assert_eq!(shown["report"][1]["sentence"], "Reduced to patient/*.rs.");
    assert_eq!(why(&approve(None, json!({})).await), (428, "if_match_missing"));
    let more = approve(Some(&read), json!({ "scope": "user/*.rs" })).await;
    assert_eq!((more.status().as_u16(), reason(&more).0), (400, "invalid_scope"));
    assert!(client().await.awaits_approval);
    let approved = approve(Some(&read), json!({ "scope": "launch/patient patient/*.rs" })).await;
    assert_eq!(approved.status(), StatusCode::OK, "{:?}", approved.body());
    assert_eq!(body_of(&approved)["after"]["scope"], "launch/patient patient/*.rs");
    for (state, listed) in [("pending", 0), ("approved", 1)] {
        assert_eq!(stage.items(&format!("/approvals?state={state}")).await.len(), listed, "{state}");
    }
    let client = client().await;
    let scope = client.metadata.scope.to_string();
    assert_eq!((client.status(), scope.as_str()), ("active", "launch/patient patient/*.rs"));
    assert!(client.checked, "an administrator has checked it");
    assert!(client.secrets[0].is(&text(&body, "client_secret"), NOW), "its secret stays");
    assert_eq!(why(&approve(Some(&approved), json!({})).await), (409, "decided_before"));
}

#[tokio::test]
async fn a_registration_is_declined_with_a_reason_and_is_gone() {
    let stage = Stage::that_is(SelfRegistration::Approval).await;
    let (id, body) = waiting(&stage, "patient/*.rs").await;
    let path = format!("/approvals/{id}");
    let read = stage.get(&path).await;
    let decline = async |body: Value| {
        body_of(&stage.json(Method::POST, &format!("{path}/decline"), Some(&read), &body).await)
    };
    assert_eq!(decline(json!({})).await["errors"][0]["pointer"], "/reason");
    let reason = "We do not know this vendor.";
    assert_eq!(decline(json!({ "reason": reason })).await["reason"], reason);
    assert_eq!(stage.get(&format!("/clients/{id}")).await.status(), StatusCode::NOT_FOUND);
    let token = text(&body, "registration_access_token");
    let own = stage.outsider(Method::GET, &format!("/register/{id}"), Some(&token), &json!({})).await;
    assert_eq!(own.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(body_of(&stage.get(&path).await)["state"], "declined");
}

#[tokio::test]
async fn a_change_waits_while_the_client_works_as_it_was_and_a_newer_one_takes_its_place() {
    let stage = Stage::that_is(SelfRegistration::Approval).await;
    let mut body = app("none");
    body["owner"] = json!("sub-ann");
    let registered = stage.post(&body).await;
    let id: ClientId = text(&body_of(&registered), "client_id").parse().unwrap();
    let ann = stage.ports.operations(Actor::Person { subject: "sub-ann", administrator: false }, NOW);
    let mine = clients::read(&ann, &id).await.unwrap();
    for name in ["Second name", "Third name"] {
        let mut metadata = mine.metadata.clone();
        metadata.client_name = name.to_owned();
        let wanted = Wanted { metadata, owner: None, chosen: None };
        let changed = clients::change(&ann, &mine, wanted).await.unwrap().body;
        assert_eq!((changed.client, changed.fate), (mine.clone(), Fate::Waits));
    }
    assert_eq!(stage.items("/approvals").await.len(), 1);
    let path = format!("/approvals/{id}");
    let read = stage.get(&path).await;
    let names = ["before", "requested"].map(|state| text(&body_of(&read)[state], "client_name"));
    assert_eq!(names, ["An app", "Third name"]);
    let approved = stage.json(Method::POST, &format!("{path}/approve"), Some(&read), &json!({})).await;
    assert_eq!(approved.status(), StatusCode::OK);
    assert_eq!(stage.stored(&registered).await.metadata.client_name, "Third name");
}

#[test]
fn what_is_refused_for_another_reason_than_a_fault_says_which() {
    for (why, expected) in [
        (OperationRefused::from(Stale::Approval), ("precondition_failed", "approval_stale")),
        (Forbidden::RegistrationClosed.into(), ("access_denied", "registration_closed")),
        (Missing::Approval.into(), ("not_found", "approval_not_found")),
        (Conflict::DecidedBefore.into(), ("conflict", "decided_before")),
    ] {
        assert_eq!(reason(&not_done(why)), expected);
    }
}
