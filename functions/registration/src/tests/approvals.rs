//! What waits for an administrator.

use http::{Method, StatusCode};
use serde_json::json;
use smart::operations::clients::{self, Fate, Wanted};
use smart::operations::{Actor, Conflict, Forbidden, Missing, OperationRefused, Stale};

use super::*;
use crate::call::not_done;

async fn waiting(stage: &Stage, scope: &str) -> (String, Value) {
    let mut body = app("client_secret_basic");
    body["scope"] = json!(scope);
    let answer = stage.outsider(Method::POST, "/register", None, &body).await;
    assert_eq!(answer.status(), StatusCode::CREATED, "{:?}", answer.body());
    let body = body_of(&answer);
    assert_eq!(body["status"], "pending");
    (body["client_id"].as_str().unwrap().to_owned(), body)
}

#[tokio::test]
async fn a_registration_waits_and_is_approved_with_less() {
    let stage = Stage::that_is(SelfRegistration::Approval).await;
    let (id, body) = waiting(&stage, "launch/patient patient/*.cruds").await;
    let client = stage.ports.store.current(&id.parse().unwrap()).await.unwrap().unwrap();
    assert!(client.disabled && client.awaits_approval, "nothing can be done with it");
    let enabled = stage.json(Method::POST, &format!("/clients/{id}/enable"), None, &json!({})).await;
    assert_eq!(enabled.status(), StatusCode::CONFLICT, "it is decided elsewhere");
    assert_eq!(body_of(&stage.get("/approvals?state=pending").await)["items"][0]["client_id"], id);
    let path = format!("/approvals/{id}");
    let read = stage.get(&path).await;
    let shown = body_of(&read);
    assert_eq!(shown["before"], json!(null));
    assert_eq!(shown["requested"]["scope"], "launch/patient patient/*.cruds");
    assert_eq!(shown["report"][1]["sentence"], "Reduced to patient/*.rs.");
    let blind = stage.json(Method::POST, &format!("{path}/approve"), None, &json!({})).await;
    assert_eq!(blind.status(), StatusCode::PRECONDITION_REQUIRED);
    let more = json!({ "scope": "user/*.rs" });
    let more = stage.json(Method::POST, &format!("{path}/approve"), Some(&read), &more).await;
    assert_eq!(
        (more.status(), body_of(&more)["error"].clone()),
        (StatusCode::BAD_REQUEST, json!("invalid_scope"))
    );
    let less = json!({ "scope": "launch/patient patient/*.rs" });
    let approved = stage.json(Method::POST, &format!("{path}/approve"), Some(&read), &less).await;
    assert_eq!(approved.status(), StatusCode::OK, "{:?}", approved.body());
    assert_eq!(body_of(&approved)["after"]["scope"], "launch/patient patient/*.rs");
    let client = stage.ports.store.current(&id.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(
        (client.status(), client.metadata.scope.to_string().as_str()),
        ("active", "launch/patient patient/*.rs")
    );
    assert!(client.checked, "an administrator has looked at it");
    assert!(client.secrets[0].is(body["client_secret"].as_str().unwrap(), NOW), "its secret stays");
    let again = stage.json(Method::POST, &format!("{path}/approve"), Some(&approved), &json!({})).await;
    assert_eq!((again.status(), reason(&again).1), (StatusCode::CONFLICT, "decided_before"));
}

#[tokio::test]
async fn a_registration_is_declined_with_a_reason_and_is_gone() {
    let stage = Stage::that_is(SelfRegistration::Approval).await;
    let (id, body) = waiting(&stage, "patient/*.rs").await;
    let read = stage.get(&format!("/approvals/{id}")).await;
    let path = format!("/approvals/{id}/decline");
    let mute = stage.json(Method::POST, &path, Some(&read), &json!({})).await;
    assert_eq!(body_of(&mute)["errors"][0]["pointer"], "/reason");
    let why = json!({ "reason": "We do not know this vendor." });
    let declined = stage.json(Method::POST, &path, Some(&read), &why).await;
    assert_eq!(body_of(&declined)["reason"], "We do not know this vendor.");
    assert_eq!(stage.get(&format!("/clients/{id}")).await.status(), StatusCode::NOT_FOUND);
    let token = body["registration_access_token"].as_str().unwrap();
    let own = stage.outsider(Method::GET, &format!("/register/{id}"), Some(token), &json!({})).await;
    assert_eq!(own.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(body_of(&stage.get(&format!("/approvals/{id}")).await)["state"], "declined");
}

#[tokio::test]
async fn a_backend_service_waits_even_where_registration_is_open() {
    let stage = Stage::that_is(SelfRegistration::Open).await;
    let (client, _) = testkit::fixtures::backend_client("x");
    let body = json!(client.metadata);
    let answer = stage.outsider(Method::POST, "/register", None, &body).await;
    assert_eq!(
        (answer.status(), body_of(&answer)["status"].clone()),
        (StatusCode::CREATED, json!("pending"))
    );
}

#[tokio::test]
async fn a_change_waits_while_the_client_goes_on_as_it_was() {
    let stage = Stage::that_is(SelfRegistration::Approval).await;
    let mut body = app("none");
    body["owner"] = json!("sub-ann");
    let registered = stage.post(&body).await;
    let id: ClientId = body_of(&registered)["client_id"].as_str().unwrap().parse().unwrap();
    let by = |subject| stage.ports.operations(Actor::Person { subject, administrator: false }, NOW);
    let other = clients::read(&by("sub-ben"), &id).await;
    assert!(matches!(other, Err(OperationRefused::NotFound(_))), "g13");
    let mine = clients::read(&by("sub-ann"), &id).await.unwrap();
    for name in ["Second name", "Third name"] {
        let mut metadata = mine.metadata.clone();
        metadata.client_name = name.to_owned();
        let wanted = Wanted { metadata, owner: None, chosen: None };
        let changed = clients::change(&by("sub-ann"), &mine, wanted).await.unwrap().body;
        assert_eq!((changed.client, changed.fate), (mine.clone(), Fate::Waits));
    }
    let path = format!("/approvals/{id}");
    let read = stage.get(&path).await;
    let shown = body_of(&read);
    assert_eq!(
        (&shown["before"]["client_name"], &shown["requested"]["client_name"]),
        (&json!("An app"), &json!("Third name"))
    );
    assert_eq!(
        body_of(&stage.get("/approvals").await)["items"].as_array().unwrap().len(),
        1,
        "the newer takes its place"
    );
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
