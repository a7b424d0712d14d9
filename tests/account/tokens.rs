//! Test tokens, test patients and the examination of assertions.

use super::{between, claims, heading, see, signed_in};
use crate::support::{App, Browser, form, service};
use url::Url;

#[tokio::test]
async fn pg_46_pg_47_a_test_token_comes_through_the_same_doors_and_is_shown_once() {
    let mut browser = signed_in("chidi").await;
    let page = see(&mut browser, "/account/tokens").await;
    let asked = [("scope", "launch/patient patient/*.rs system/*.rs offline_access"), ("client", "")];
    let consent = browser.submit_to(&page, "/account/tokens", &asked).await.page();
    assert!(heading(&consent).starts_with("Allow Test token tool"), "{}", consent.heading());
    let shown = browser.submit(&consent, &[("decision", "allow")]).await.page();
    assert_eq!(shown.heading(), "Your test token", "{}", shown.answer.text);
    let text = &shown.answer.text;
    let token = between(text, "autocomplete=\"off\">", "</textarea>");
    let claims = claims(&token);
    assert_eq!(claims["client_id"], "test-token-tool", "pg_48");
    let lives = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
    assert_eq!(lives, 900);
    assert!(text.contains("It is only for backend services"), "{text}");
    assert!(text.contains("<code>offline_access</code>"), "{text}");
    assert_eq!(service().fhir("Patient/chidi", &token).await.status, 200);

    let active = App::named("demo-confidential").introspect(&token).await;
    let result = shown.form_to("/account/tokens/revoke");
    let revoked = browser.submit(&result, &[]).await.page();
    assert!(revoked.answer.text.contains("The token is revoked."), "{}", revoked.answer.text);
    let ended = App::named("demo-confidential").introspect(&token).await;
    assert_eq!(ended["active"], false, "before: {active}");
    let again = see(&mut browser, "/account/tokens/result").await;
    assert!(again.answer.text.contains("A token is shown once."));
}

#[tokio::test]
async fn pg_46_what_nobody_may_have_is_refused_with_a_reason_and_no_is_a_full_answer() {
    let mut browser = signed_in("chidi").await;
    let page = see(&mut browser, "/account/tokens").await;
    let refused = browser.submit_to(&page, "/account/tokens", &[("scope", "system/*.rs")]).await.page();
    assert_eq!(refused.answer.status, 400);
    assert!(refused.answer.text.contains("It is only for backend services"), "{}", refused.answer.text);
    let consent = browser.submit_to(&page, "/account/tokens", &[("scope", "patient/*.rs")]).await.page();
    let denied = browser.submit(&consent, &[("decision", "deny")]).await.page();
    assert!(denied.answer.text.contains("You said no"), "{}", denied.answer.text);
    // Any other reason is told by its name in the table of reasons, and the wish stays typed.
    let consent = browser.submit_to(&page, "/account/tokens", &[("scope", "patient/*.rs")]).await.page();
    let action = service().at(&consent.action());
    let state =
        Url::parse(&action).unwrap().query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let issuer = &service().urls.issuer;
    for (name, said) in [
        ("user_disabled", "There is no token. The account may not sign in any more."),
        ("made_up", "no reason that is known"),
    ] {
        let query = form(&[
            ("error", "access_denied"),
            ("error_description", "<b>spoofed</b>"),
            ("error_uri", &format!("{issuer}/help/{name}")),
            ("state", &state),
            ("iss", issuer),
        ]);
        let told = see(&mut browser, &format!("/account/tokens/callback?{query}")).await;
        assert_eq!(told.answer.status, 400);
        assert!(told.answer.text.contains(said), "{}", told.answer.text);
        assert!(told.answer.text.contains("patient/*.rs") && !told.answer.text.contains("spoofed"));
        assert!(!told.answer.text.contains("You said no"));
    }
    // What another session asked for is not taken.
    let forged = see(&mut browser, "/account/tokens/callback?code=x&state=1.AAAA&iss=x").await;
    assert_eq!(forged.answer.status, 403, "s01");
}

#[tokio::test]
async fn pg_49_test_patients_are_shown_on_a_test_server() {
    let mut browser = signed_in("chidi").await;
    let page = see(&mut browser, "/account/patients").await;
    for said in ["Chidi Example", "chidi-demo-password", "Patient/chidi", "<caption>"] {
        assert!(page.answer.text.contains(said), "{said}");
    }
}

#[tokio::test]
async fn pg_51_an_assertion_is_examined_rule_by_rule_and_no_private_key_is_passed_over() {
    let mut browser = signed_in("clara").await;
    let page = see(&mut browser, "/account/assertion").await;
    let check = async |browser: &mut Browser, text: &str| {
        let fields = [("assertion", text), ("client", "")];
        browser.submit_to(&page, "/account/assertion", &fields).await.page()
    };
    let good = check(&mut browser, &service().assertion()).await;
    assert!(good.answer.text.contains("No rule that was looked at refuses"), "{}", good.answer.text);
    let pair = &service().seeded.backend;
    let elsewhere = pair.assertion("https://elsewhere.example.org/token", aws::lambda::now());
    let refused = check(&mut browser, &elsewhere).await;
    assert!(
        refused.answer.text.contains("The service would refuse this assertion."),
        "{}",
        refused.answer.text
    );
    assert!(refused.answer.text.contains("https://elsewhere.example.org/token"), "what was found");
    // It was not used up by being looked at.
    let assertion = service().assertion();
    check(&mut browser, &assertion).await;
    assert_eq!(service().backend_token("/token", &assertion, None).await.status, 200);
    let private = check(&mut browser, &pair.private_jwk().unwrap().to_string()).await;
    assert_eq!(private.answer.status, 400);
    assert!(private.answer.text.contains("do not use this key any more"), "{}", private.answer.text);
    assert!(!private.answer.text.contains("&#34;d&#34;"));
}
