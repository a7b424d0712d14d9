//! What a person has allowed: shown, not asked again, and taken back.

use crate::support::{App, Browser, parameter, service};

#[tokio::test]
async fn pg_25_what_was_allowed_is_not_asked_again_and_more_is() {
    let app =
        App { scope: "launch/patient patient/Observation.rs".to_owned(), ..App::named("demo-confidential") };
    let mut browser = Browser::default();
    app.code(&browser.allow(&app.address(&[]), "alma", Some("alma")).await);
    // The record is chosen anew, and what is allowed of it known.
    let picker = browser.open(&app.address(&[])).await.page();
    let answered = browser.submit(&picker, &[("patient", "alma")]).await.away();
    assert_eq!(app.exchange(&app.code(&answered), &[]).await.json()["patient"], "alma");

    let other = browser.submit(&picker, &[("patient", "bruno")]).await.page();
    assert!(other.heading().starts_with("Allow "), "another record: {}", other.heading());
    let more = App { scope: "launch/patient patient/*.rs".to_owned(), ..App::named("demo-confidential") };
    let picker = browser.open(&more.address(&[])).await.page();
    let asked = browser.submit(&picker, &[("patient", "alma")]).await.page();
    assert!(asked.heading().starts_with("Allow "), "more than before: {}", asked.heading());
    let picker = browser.open(&app.address(&[("prompt", "consent")])).await.page();
    let asked = browser.submit(&picker, &[("patient", "alma")]).await.page();
    assert!(asked.heading().starts_with("Allow "), "prompt=consent: {}", asked.heading());
}

#[tokio::test]
async fn az_16_prompt_none_gives_what_was_allowed_before_without_a_page() {
    let app = App { scope: "launch/patient patient/Condition.rs".to_owned(), ..App::named("demo-key-pair") };
    let mut browser = Browser::default();
    let silent = app.address(&[("prompt", "none")]);
    app.code(&browser.allow(&app.address(&[]), "chidi", None).await);
    app.code(&browser.open(&silent).await.away());
}

#[tokio::test]
async fn pg_25_a_public_client_on_this_machine_is_always_asked_about() {
    let app = App { scope: "launch/patient patient/Condition.rs".to_owned(), ..App::named("demo-public") };
    let mut browser = Browser::default();
    app.code(&browser.allow(&app.address(&[]), "chidi", None).await);
    let again = browser.open(&app.address(&[])).await.page();
    assert!(again.heading().starts_with("Allow "), "{}", again.heading());
}

#[tokio::test]
async fn mg_1_pg_28_a_person_sees_what_is_connected_and_disconnects_it() {
    let app =
        App { scope: "launch/patient patient/Patient.rs".to_owned(), ..App::named("demo-confidential") };
    let mut browser = Browser::default();
    let manage = service().at("/manage");
    let sign_in = browser.open(&manage).await.page();
    assert!(sign_in.heading().starts_with("Sign in"), "{}", sign_in.heading());
    let empty = browser.sign_in(&sign_in, "dario").await.page();
    assert_eq!(empty.heading(), "Connected apps");
    assert!(empty.answer.text.contains("No app is connected."), "{}", empty.answer.text);

    let picker = browser.open(&app.address(&[])).await.page();
    let consent = browser.submit(&picker, &[("patient", "emre")]).await.page();
    let code = app.code(&browser.submit(&consent, &[("decision", "allow")]).await.away());
    let unused = app.code(&browser.submit(&picker, &[("patient", "emre")]).await.away());
    assert_eq!(app.exchange(&code, &[]).await.status, 200);

    let list = browser.open(&manage).await.page();
    assert!(list.answer.text.contains("Demo app with a server"), "{}", list.answer.text);
    assert!(list.answer.text.contains("Record of Emre Testcase<"), "{}", list.answer.text);
    assert!(
        list.answer.text.contains("See Emre Testcase&#39;s name, contact details"),
        "{}",
        list.answer.text
    );
    let ask = browser.open(&service().at("/manage/demo-confidential")).await.page();
    assert!(ask.heading().starts_with("Disconnect "), "{}", ask.heading());
    let forged = browser.submit(&ask, &[("csrf", "1.x")]).await.page();
    assert_eq!(forged.answer.status, 403, "s01");
    let done = browser.submit(&ask, &[]).await.page();
    assert!(done.answer.text.contains("Disconnected"), "{}", done.answer.text);
    assert!(done.answer.text.contains("No app is connected."), "{}", done.answer.text);

    let refused = app.exchange(&unused, &[]).await;
    assert_eq!((refused.status, refused.error().as_str()), (400, "invalid_grant"), "c11: {}", refused.text);
    let picker = browser.open(&app.address(&[])).await.page();
    let asked = browser.submit(&picker, &[("patient", "emre")]).await.page();
    assert!(asked.heading().starts_with("Allow "), "nothing is remembered: {}", asked.heading());
    // There is nothing to disconnect any more, or never was.
    for path in ["/manage/demo-confidential", "/manage/nobody"] {
        assert_eq!(browser.open(&service().at(path)).await.page().heading(), "Connected apps");
    }
}

#[tokio::test]
async fn gen_12_s11_signing_in_leads_to_places_of_ours_alone() {
    for query in [
        "next=https://evil.example.org",
        "return_to=//evil.example.org",
        "RelayState=https://evil.example.org",
    ] {
        let mut browser = Browser::default();
        let page = browser.open(&format!("{}?{query}", service().at("/manage"))).await.page();
        let led = browser.sign_in(&page, "clara").await.page();
        assert_eq!(led.heading(), "Connected apps");
        let app = App::named("demo-public");
        let consent =
            Browser::default().reach_consent(&format!("{}&{query}", app.address(&[])), "chidi", None).await;
        assert!(
            !consent.answer.text.contains("href=\"https://evil")
                && !consent.answer.text.contains("href=\"//evil")
        );
    }
}

#[tokio::test]
async fn az_13_some_of_a_kind_can_be_allowed_instead_of_all_of_it() {
    let app = App::asking("launch/patient patient/Observation.read patient/*.rs");
    let mut browser = Browser::default();
    let page = browser.reach_consent(&app.address(&[]), "chidi", None).await;
    let laboratory = "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
    assert!(page.answer.text.contains("|laboratory"), "{}", page.answer.text);
    let answered = browser.submit(&page, &[("scope", laboratory), ("decision", "allow")]).await.away();
    let body = app.exchange(&app.code(&answered), &[]).await.json();
    assert_eq!(body["scope"], format!("launch/patient {laboratory}"));
    assert_eq!(parameter(&answered, "error"), None);
    let token = body["access_token"].as_str().unwrap();
    assert_eq!(service().fhir("Condition", token).await.status, 403);
    let found = service().fhir("Observation", token).await.json();
    let all: Vec<_> =
        found["entry"].as_array().unwrap().iter().map(|entry| entry["resource"].to_string()).collect();
    assert!(!all.is_empty() && all.iter().all(|resource| resource.contains("laboratory")));
}
