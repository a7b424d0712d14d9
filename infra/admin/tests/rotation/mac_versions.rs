//! The versions of MAC keys: a planned replacement that no user notices, and the lever for an incident.

use super::service::{Service, refused};
use super::user::{User, access_token, refresh, refresh_token};

/// How long an operator waits between two steps, in minutes.
const BETWEEN_STEPS: u64 = 17;

#[tokio::test(flavor = "multi_thread")]
async fn a_planned_replacement_keeps_refresh_tokens_that_are_used() {
    let service = Service::start::<5>().await;
    let used = User::default().connect(&service).await;
    let unused = User::default().connect(&service).await;
    let step = |step: &'static str| {
        let service = &service;
        async move { service.admin(&["keys", "mac", step, "token-mac"]).await }
    };
    assert!(refresh_token(&used).starts_with("refresh_1_"));

    step("add").await.unwrap();
    service.wait_for_functions();
    let used = refresh(&service, refresh_token(&used)).await;
    assert!(refresh_token(&used).starts_with("refresh_1_"));
    let early = refused(step("promote").await);
    assert!(early.contains("may not accept version 2 yet"), "{early}");

    service.wait(BETWEEN_STEPS);
    let promoted = step("promote").await.unwrap();
    assert_eq!(promoted["mac_keys"][0]["next"]["step"], "retire");
    service.wait_for_functions();
    let used = refresh(&service, refresh_token(&used)).await;
    assert!(refresh_token(&used).starts_with("refresh_2_"));
    assert!(refused(step("retire").await).contains("may still issue"));

    service.wait(BETWEEN_STEPS);
    let retired = step("retire").await.unwrap();
    assert!(retired["ends"].as_str().unwrap().starts_with("Refresh tokens that were not used since 20"));
    service.wait_for_functions();
    let used = refresh(&service, refresh_token(&used)).await;
    assert!(refresh_token(&used).starts_with("refresh_2_"));
    assert_eq!(refresh(&service, refresh_token(&unused)).await["error"], "invalid_grant");
    service.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_now_ends_every_refresh_token_within_five_minutes() {
    let service = Service::start::<6>().await;
    let mut user = User::default();
    let connected = user.connect(&service).await;
    let token = access_token(&connected);

    let unasked = service.admin(&["keys", "mac", "replace-now", "token-mac"]).await.unwrap_err();
    assert!(unasked.to_string().contains("Access tokens stay valid for up to 1 hour."), "{unasked}");
    assert_eq!(unasked.code(), 2);
    let replaced = service.admin(&["keys", "mac", "replace-now", "token-mac", "--yes"]).await.unwrap();
    assert_eq!(replaced["mac_keys"][0]["accept"], serde_json::json!([2]));
    service.wait_for_functions();
    assert_eq!(refresh(&service, refresh_token(&connected)).await["error"], "invalid_grant");
    assert_eq!(service.read_with(&token).await, 200);
    let again = user.connect(&service).await;
    assert!(refresh_token(&again).starts_with("refresh_2_"));
    service.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_page_seal_signs_every_user_out() {
    let service = Service::start::<7>().await;
    let mut user = User::default();
    let connected = user.connect(&service).await;
    assert!(!user.has_to_sign_in(&service).await);
    service.admin(&["keys", "mac", "replace-now", "page-seal", "--yes"]).await.unwrap();
    service.wait_for_functions();
    assert!(user.has_to_sign_in(&service).await);
    let renewed = refresh(&service, refresh_token(&connected)).await;
    assert!(refresh_token(&renewed).starts_with("refresh_1_"));
    service.stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_out_of_order_and_unknown_names_are_refused() {
    let service = Service::start::<8>().await;
    let early = refused(service.admin(&["keys", "mac", "promote", "audit-hash"]).await);
    assert!(early.contains("is issued already"), "{early}");
    service.admin(&["keys", "mac", "add", "audit-hash"]).await.unwrap();
    let twice = refused(service.admin(&["keys", "mac", "add", "audit-hash"]).await);
    assert!(twice.contains("is not issued yet"), "{twice}");
    // The other keys stay as they were.
    let listed = service.said(&["keys", "mac", "list"], None).await.unwrap();
    let row = |name: &str| listed.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert!(row("token-mac").split_whitespace().eq(["token-mac", "1", "1", "-"]), "{listed}");
    assert!(row("audit-hash").contains("promote it from"), "{listed}");
    service.stack.stop().await;
}
