//! Accounts: made, signed in to, and their passwords changed, and set by a link.

use local::Options;

use super::{claims, heading, see};
use crate::support::{Answer, App, Browser, http, own_service_with, service};

#[tokio::test]
async fn s11_signing_in_leads_to_the_account_and_nowhere_else() {
    for query in
        ["to=https://evil.example.org", "next=//evil.example.org", "to=account&next=//evil.example.org"]
    {
        let answer = Answer::of(http().get(service().at(&format!("/sign-in?{query}")))).await;
        assert!(
            answer.header("location").starts_with("/authorize?"),
            "{query}: {}",
            answer.header("location")
        );
    }
    let mut browser = Browser::default();
    let page = see(&mut browser, "/account/tokens").await;
    let tokens = browser.sign_in(&page, "chidi").await.page();
    assert_eq!(tokens.heading(), "Get Access Tokens");
}

#[tokio::test]
async fn pg_33a_on_a_test_server_anybody_makes_an_account_and_sees_the_test_patients() {
    let mut browser = Browser::default();
    let sign_in = see(&mut browser, "/account").await;
    let make = see(&mut browser, &sign_in.link("Create an account")).await;
    let submit = async |browser: &mut Browser, name: &str, password: &str| {
        let fields = [("username", name), ("password", password)];
        browser.submit_to(&make, "/account/create", &fields).await.page()
    };
    let short = submit(&mut browser, "anew", "short").await;
    assert_eq!(short.answer.status, 400);
    assert!(short.answer.text.contains("Use at least 12 characters."));
    let refused = submit(&mut browser, "Anew", "a long enough password").await;
    assert_eq!(refused.answer.status, 400);
    assert!(refused.answer.text.contains("<a href=\"#username\">"));
    let taken = submit(&mut browser, "clara", "a long enough password").await;
    assert_eq!(taken.answer.status, 409);
    let home = submit(&mut browser, "anew", "a long enough password").await;
    assert_eq!(heading(&home), "Welcome, anew");

    let app = App::named("demo-public");
    let picker = browser.open(&app.address(&[])).await.page();
    let consent = browser.submit(&picker, &[("patient", "emre")]).await.page();
    let answered = browser.submit(&consent, &[("decision", "allow")]).await.away();
    let body = app.exchange(&app.code(&answered), &[]).await.json();
    assert_eq!(body["patient"], "emre");
    let claims = claims(body["access_token"].as_str().unwrap());
    assert!(claims["fhirUser"].as_str().unwrap().ends_with("/Practitioner/clara"), "SANDBOX_FHIR_USER");
    assert_ne!(claims["sub"], "demo-clara", "a sub of its own");
}

#[tokio::test]
async fn rg_limits_accounts_are_made_so_often_from_one_network_and_no_oftener() {
    own_service_with(Options::default());
    let mut last = 0;
    for number in 0..11 {
        let mut browser = Browser::default();
        let make = see(&mut browser, "/account/create").await;
        let name = format!("many{number}");
        let fields = [("username", name.as_str()), ("password", "a long enough password")];
        let page = browser.submit_to(&make, "/account/create", &fields).await.page();
        last = page.answer.status;
        if last == 429 {
            assert!(!page.answer.header("retry-after").is_empty());
        }
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn us_a_changed_password_is_the_one_that_counts() {
    let mut browser = Browser::default();
    let make = see(&mut browser, "/account/create").await;
    let fields = [("username", "changer"), ("password", "the first password")];
    browser.submit_to(&make, "/account/create", &fields).await.page();
    let page = see(&mut browser, "/account/password").await;
    let change = [("current", "wrong"), ("password", "the second password")];
    let wrong = browser.submit_to(&page, "/account/password", &change).await.page();
    assert_eq!(wrong.answer.status, 401);
    let change = [("current", "the first password"), ("password", "the second password")];
    let changed = browser.submit_to(&page, "/account/password", &change).await.page();
    assert!(changed.answer.text.contains("Your password is changed."), "{}", changed.answer.text);
    assert!(see(&mut browser, "/account").await.heading().starts_with("Welcome"));
    let again = async |password: &str| {
        let mut elsewhere = Browser::default();
        let page = see(&mut elsewhere, "/account").await;
        elsewhere.submit(&page, &[("username", "changer"), ("password", password)]).await.page()
    };
    assert_eq!(again("the first password").await.answer.status, 401);
    assert!(again("the second password").await.heading().starts_with("Welcome"));
}

#[tokio::test]
async fn us_a_set_password_link_works_once() {
    let token = crate::registration_api::admin_token().await;
    let user = r#"{"name":"linked","display_name":"Linked Sample","role":"clinician"}"#;
    let send = async |path: &str, body: &str| {
        let request = http().post(service().at(path)).bearer_auth(&token).body(body.to_owned());
        Answer::of(request.header("content-type", "application/json")).await
    };
    assert_eq!(send("/users", user).await.status, 201);
    // Percent-encoded, as `upstream:` names must be: the gateway and the function agree on the user.
    let link =
        send("/users/%6Cinked/set-password-link", "").await.json()["link"].as_str().unwrap().to_owned();
    let mut browser = Browser::default();
    let page = browser.open(&link).await.page();
    assert_eq!(page.heading(), "Set your password");
    assert!(page.action().ends_with("/account/set-password"), "ux_19: no token in an address");
    let short = browser.submit(&page, &[("password", "short")]).await.page();
    assert_eq!(short.answer.status, 400);
    let done = browser.submit(&page, &[("password", "a password of my own")]).await.page();
    assert_eq!(done.heading(), "Your password is set");
    let again = browser.submit(&page, &[("password", "another of my own")]).await.page();
    assert_eq!(again.answer.status, 410);
    assert_eq!(browser.open(&link).await.page().answer.status, 410);
    let sign_in = see(&mut browser, &done.link("Sign in")).await;
    let fields = [("username", "linked"), ("password", "a password of my own")];
    assert_eq!(heading(&browser.submit(&sign_in, &fields).await.page()), "Welcome, Linked Sample");
}
