//! What the owner of a client is told of requests that were refused, and what it costs.

use crate::support::{App, Browser, own_service, service};

/// The page of a client's recent problems, as an administrator sees it.
async fn problems_of(client_id: &str) -> String {
    let mut browser = Browser::default();
    let page = browser.open(&service().at("/account")).await.page();
    browser.sign_in(&page, "dario").await;
    let path = format!("/account/clients/{client_id}/problems");
    browser.open(&service().at(&path)).await.page().answer.text
}

#[tokio::test]
async fn pg_43_er_1_the_owner_of_an_app_sees_why_its_code_was_refused_without_what_was_sent() {
    own_service();
    let app = App::asking("launch/patient patient/*.rs");
    let mut browser = Browser::default();
    let code = app.code(&browser.allow(&app.address(&[]), "chidi", None).await);
    assert!(problems_of("demo-public").await.contains("No request of this client was refused lately."));

    let wrong = "a-verifier-that-is-none-of-this-request-0123456789";
    let refused = app.exchange(&code, &[("code_verifier", wrong)]).await;
    assert_eq!(refused.error(), "invalid_grant");
    let request_id = refused.header("x-request-id");
    let shown = problems_of("demo-public").await;
    for said in ["/help/verifier_mismatch", "<code>/token</code>", request_id] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    assert!(!shown.contains(wrong) && !shown.contains(&code), "what was sent is not kept");
    assert_eq!(app.exchange(&code, &[]).await.status, 200, "keeping a problem changes nothing else");
}

#[tokio::test]
async fn b18_pg_43_the_owner_of_a_service_sees_why_its_assertion_was_refused_at_either_door() {
    own_service();
    for door in ["/token", "/backend-token"] {
        let assertion = service().assertion();
        assert_eq!(service().backend_token(door, &assertion, None).await.status, 200);
        assert_eq!(service().backend_token(door, &assertion, None).await.status, 401);
    }
    let shown = problems_of("demo-backend").await;
    assert_eq!(shown.matches("href=\"/help/assertion_jti_replayed\"").count(), 2, "{shown}");
    assert!(shown.contains("<code>/token</code>") && shown.contains("<code>/backend-token</code>"));
}

#[tokio::test]
async fn c01_g13_what_anybody_could_send_fills_nobodys_page_and_the_same_again_is_not_written_again() {
    own_service();
    let updates = || {
        let calls = service().calls("TokenFunction");
        calls.iter().filter(|call| call.action == "dynamodb:UpdateItem").count()
    };
    let app = App::asking("launch/patient patient/*.rs");
    assert_eq!(app.exchange("code_1_AAAA", &[]).await.status, 400);
    assert_eq!(app.refresh("refresh_1_AAAA", &[]).await.status, 400);
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", "demo-confidential")];
    let wrong = [("client_secret", "this-is-not-the-secret-of-the-client")];
    assert_eq!(service().post("/token", &[&pairs[..], &wrong[..]].concat()).await.status, 401);
    assert_eq!(updates(), 0);
    for _ in 0..3 {
        let assertion = service().assertion();
        service().backend_token("/token", &assertion, None).await;
        assert_eq!(service().backend_token("/token", &assertion, None).await.status, 401);
    }
    assert_eq!(updates(), 1, "once in half a minute is enough to be seen");
}
