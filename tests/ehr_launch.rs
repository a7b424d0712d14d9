//! A SMART app, opened from inside an EHR.

use serde_json::{Value, json};
use url::Url;

use crate::support::{Answer, App, Browser, Page, http, parameter, service};

const SCOPE: &str = "launch openid fhirUser patient/*.rs";

pub(crate) fn sample_app() -> App {
    App { scope: SCOPE.to_owned(), ..App::named("sample-app") }
}

/// An access token of the seeded EHR, or of another client.
async fn token_for(assertion: String, scope: &str) -> String {
    let answer = service().backend_token("/token", &assertion, Some(scope)).await;
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

pub(crate) async fn ehr_token() -> String {
    token_for(service().seeded.ehr.assertion(&service().at("/token"), service().now()), "__launch").await
}

pub(crate) async fn order(token: &str, body: &Value) -> Answer {
    let request = http().post(service().at("/launch")).bearer_auth(token).body(body.to_string());
    Answer::of(request.header("content-type", "application/json")).await
}

/// A launch of the sample app by the EHR, with some more members.
pub(crate) async fn launch(user: &str, patient: &str, more: &Value) -> String {
    let mut body = json!({ "client_id": "sample-app", "user": user, "patient": patient });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let answer = order(&ehr_token().await, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    let made = answer.json();
    assert_eq!(made["expires_in"], 300, "lc_2");
    let address = Url::parse(made["launch_url"].as_str().unwrap()).unwrap();
    assert!(
        address.as_str().starts_with(&format!("{}/launch?", service().urls.sample_app)),
        "lc_1: {address}"
    );
    assert_eq!(
        parameter(&address, "iss").as_deref(),
        Some(service().urls.fhir_base_url.as_str()),
        "lc_1 lc_4"
    );
    let handle = made["launch"].as_str().unwrap().to_owned();
    assert_eq!(parameter(&address, "launch").as_deref(), Some(handle.as_str()));
    handle
}

fn error(address: &Url) -> String {
    parameter(address, "error").unwrap_or_else(|| panic!("no error in {address}"))
}

pub(crate) async fn signed_in(user: &str) -> Browser {
    let mut browser = Browser::default();
    let page = browser.open(&service().at("/manage")).await.page();
    browser.sign_in(&page, user).await.page();
    browser
}

#[tokio::test]
async fn az_17_lc_6_lc_8_an_ehr_launch_asks_once_and_answers_with_its_context() {
    let more = json!({
        "encounter": "chidi-diabetes", "intent": "reconcile", "need_patient_banner": false, "tenant": "north",
        "smart_style_url": "https://ehr.example.org/style.1.json", "fhirContext": [{ "reference": "ImagingStudy/9" }],
    });
    let (app, handle) = (sample_app(), launch("clara", "chidi", &more).await);
    let mut browser = signed_in("clara").await;
    // No sign-in, no patient picker, no encounter picker.
    let consent = browser.open(&app.address(&[("launch", &handle)])).await.page();
    assert!(consent.heading().contains("'s record?"), "{}", consent.heading());
    let answered = browser.submit(&consent, &[("decision", "allow")]).await.away();
    let body = app.exchange(&app.code(&answered), &[]).await.json();
    assert_eq!((&body["patient"], &body["encounter"]), (&json!("chidi"), &json!("chidi-diabetes")));
    for (member, value) in more.as_object().unwrap() {
        assert_eq!(&body[member], value, "{member}");
    }
    assert_eq!(body["scope"], SCOPE, "sc_11");
    let token = body["access_token"].as_str().unwrap();
    assert_eq!(service().fhir("Patient/chidi", token).await.status, 200);
    assert_eq!(service().fhir("Patient/emre", token).await.status, 404);
}

#[tokio::test]
async fn lc_8_without_a_launch_there_is_no_context_of_one() {
    let app = App::named("demo-public");
    let answered = Browser::default().allow(&app.address(&[]), "chidi", None).await;
    let body = app.exchange(&app.code(&answered), &[]).await.json();
    for member in ["fhirContext", "intent", "need_patient_banner", "smart_style_url", "tenant", "encounter"] {
        assert!(body.get(member).is_none(), "rs_5: {member}");
    }
}

#[tokio::test]
async fn a15_lc_2_a_handle_is_good_for_its_app_and_once() {
    let app = sample_app();
    let mut browser = signed_in("clara").await;
    let unknown = format!("launch_{}", "A".repeat(43));
    for bad in [unknown.as_str(), "x", &"x".repeat(2000)] {
        let answered = browser.open(&app.address(&[("launch", bad)])).await.away();
        assert_eq!(error(&answered), "invalid_request", "{bad}");
    }
    let handle = launch("clara", "emre", &json!({})).await;
    let other = App { scope: SCOPE.to_owned(), ..App::named("demo-public") };
    assert_eq!(error(&browser.open(&other.address(&[("launch", &handle)])).await.away()), "invalid_request");

    let address = app.address(&[("launch", &handle)]);
    let consent = browser.open(&address).await.page();
    let first = browser.submit(&consent, &[("decision", "allow")]).await.away();
    assert_eq!(browser.submit(&consent, &[("decision", "allow")]).await.away(), first, "s05: sent twice");
    assert_eq!(error(&browser.open(&address).await.away()), "invalid_request", "it was used");
    assert_eq!(app.exchange(&app.code(&first), &[]).await.status, 200);
}

#[tokio::test]
async fn lc_2_two_pages_of_one_launch_make_one_grant() {
    let (app, handle) = (sample_app(), launch("clara", "emre", &json!({})).await);
    let mut browser = signed_in("clara").await;
    let address = app.address(&[("launch", &handle)]);
    let (one, other) = (browser.open(&address).await.page(), browser.open(&address).await.page());
    let first = browser.submit(&one, &[("decision", "allow")]).await.away();
    assert_eq!(app.exchange(&app.code(&first), &[]).await.status, 200);
    let second = browser.submit(&other, &[("decision", "allow")]).await.away();
    assert_eq!(error(&second), "invalid_request", "{second}");
}

#[tokio::test]
async fn lc_3_the_scope_needs_the_parameter_and_the_parameter_the_scope() {
    let mut browser = signed_in("chidi").await;
    assert_eq!(error(&browser.open(&sample_app().address(&[])).await.away()), "invalid_request");
    let handle = launch("clara", "emre", &json!({})).await;
    let app = App { scope: "launch/patient patient/*.rs".to_owned(), ..App::named("sample-app") };
    let consent = browser.open(&app.address(&[("launch", &handle)])).await.page();
    let answered = browser.submit(&consent, &[("decision", "allow")]).await.away();
    assert_eq!(
        app.exchange(&app.code(&answered), &[]).await.json()["patient"],
        "chidi",
        "its context is not heeded"
    );
}

#[tokio::test]
async fn a_launch_signs_nobody_in_and_is_not_for_another_person() {
    let (app, handle) = (sample_app(), launch("clara", "emre", &json!({})).await);
    let address = app.address(&[("launch", &handle)]);
    let page = Browser::default().open(&address).await.page();
    assert!(page.heading().starts_with("Sign in"), "{}", page.heading());
    let mut other = signed_in("dario").await;
    let page = other.open(&address).await.page();
    assert!(page.heading().starts_with("Sign in"), "{}", page.heading());
    assert!(page.answer.text.contains("Somebody else opened this app."), "{}", page.answer.text);
    let again = other.sign_in(&page, "dario").await.page();
    assert!(again.heading().starts_with("Sign in"), "the same person again: {}", again.heading());
    let consent = other.sign_in(&again, "clara").await.page();
    assert!(consent.heading().starts_with("Allow "), "{}", consent.heading());
    let silent =
        signed_in("dario").await.open(&app.address(&[("launch", &handle), ("prompt", "none")])).await;
    assert_eq!(error(&silent.away()), "login_required");
}

#[tokio::test]
async fn s04_a_launch_opens_no_patient_that_its_person_may_not_see() {
    let app = sample_app();
    for (user, patient) in [("dario", "alma"), ("chidi", "emre"), ("clara", "nobody")] {
        let handle = launch(user, patient, &json!({})).await;
        let answered = signed_in(user).await.open(&app.address(&[("launch", &handle)])).await.away();
        assert_eq!(error(&answered), "access_denied", "{user} {patient}");
    }
}

#[tokio::test]
async fn a25_gen_10_only_the_ehr_that_embeds_the_app_may_frame_the_pages() {
    let app = sample_app();
    let framing = |page: &Page| {
        let policy = page.answer.header("content-security-policy").to_owned();
        let ancestors =
            policy.split("; ").find(|part| part.starts_with("frame-ancestors")).unwrap().to_owned();
        (ancestors, page.answer.header("x-frame-options").to_owned())
    };
    let plain = launch("clara", "emre", &json!({})).await;
    let embedded = launch("clara", "emre", &json!({ "embedded": true })).await;
    let mut browser = signed_in("clara").await;
    let nobody = ("frame-ancestors 'none'".to_owned(), "DENY".to_owned());
    assert_eq!(framing(&browser.open(&app.address(&[("launch", &plain)])).await.page()), nobody);
    let ehr = (format!("frame-ancestors {}", service().urls.ehr), String::new());
    let address = app.address(&[("launch", &embedded)]);
    assert_eq!(framing(&browser.open(&address).await.page()), ehr);

    // A frame of another site gets no cookie: whoever is there must go on in a window of its own.
    let framed = http().get(&address).header("sec-fetch-dest", "iframe");
    let page = Page { answer: Answer::of(framed).await };
    assert_eq!(page.heading(), "Continue in a new window");
    assert_eq!(framing(&page), ehr);
    // With prompt=none the app gets an error instead of this page.
    let without_page = app.address(&[("launch", &embedded), ("prompt", "none")]);
    let framed = http().get(&without_page).header("sec-fetch-dest", "iframe");
    let answer = Answer::of(framed).await;
    let answered = answer.header("location").parse().unwrap();
    assert_eq!((answer.status, error(&answered)), (303, "login_required".to_owned()));
    let framed = http().get(app.address(&[("launch", &plain)])).header("sec-fetch-dest", "iframe");
    assert!(Page { answer: Answer::of(framed).await }.heading().starts_with("Sign in"));
}

#[tokio::test]
async fn g01_only_an_ehr_makes_launches() {
    let body = json!({ "client_id": "sample-app", "user": "clara" });
    let without = Answer::of(http().post(service().at("/launch")).body(body.to_string())).await;
    assert_eq!((without.status, without.header("www-authenticate")), (401, "Bearer"));
    let forged = order("x.y.z", &body).await;
    assert_eq!((forged.status, forged.header("www-authenticate")), (401, "Bearer error=\"invalid_token\""));
    let admin = service().seeded.admin.assertion(&service().at("/token"), aws::lambda::now());
    let other = order(&token_for(admin, "__registration").await, &body).await;
    assert_eq!(other.status, 403);
    assert!(other.header("www-authenticate").contains("__launch"));
    for method in [http::Method::GET, http::Method::PUT] {
        let answer = Answer::of(http().request(method, service().at("/launch"))).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
    }
}

#[tokio::test]
async fn an_order_that_is_no_good_says_so_member_by_member() {
    let token = ehr_token().await;
    for (body, pointer) in [
        (json!({ "client_id": "nobody", "user": "clara" }), "/client_id"),
        (json!({ "client_id": "demo-public", "user": "clara" }), "/client_id"),
        (json!({ "client_id": "sample-app", "user": "nobody" }), "/user"),
        (json!({ "client_id": "sample-app" }), "/user"),
        (json!({ "client_id": "sample-app", "user": "clara", "patient": "Patient/1" }), "/patient"),
    ] {
        let answer = order(&token, &body).await;
        assert_eq!(
            (answer.status, answer.json()["error"].as_str()),
            (400, Some("invalid_request")),
            "{body}"
        );
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}");
    }
    for (body, status) in [("[]", 400), ("{\"a\":1,\"a\":2}", 400), ("", 400)] {
        let request = http().post(service().at("/launch")).bearer_auth(&token).body(body);
        assert_eq!(Answer::of(request).await.status, status, "{body}");
    }
    let long = json!({ "client_id": "sample-app", "user": "clara", "intent": "x".repeat(20_000) });
    assert_eq!(order(&token, &long).await.status, 413);
    // Its client is registered without pages that may frame.
    let admin = service().seeded.admin.assertion(&service().at("/token"), aws::lambda::now());
    let embedded = json!({ "client_id": "sample-app", "user": "clara", "embedded": true });
    let refused = order(&token_for(admin, "__launch").await, &embedded).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/embedded", "{}", refused.text);
}

#[tokio::test]
async fn lc_7_a_visit_is_chosen_or_left_out_and_then_not_claimed() {
    let app = App::asking("launch/encounter patient/*.rs");
    let mut browser = signed_in("clara").await;
    let picker = browser.open(&app.address(&[])).await.page();
    let visits = browser.submit(&picker, &[("patient", "chidi")]).await.page();
    assert_eq!(visits.heading(), "Choose a visit");
    assert!(visits.choices().contains(&"chidi-diabetes".to_owned()), "{:?}", visits.choices());
    let none = browser.submit(&visits, &[]).await.page();
    assert!(
        none.heading() == "Choose a visit" && none.answer.text.contains("Error:"),
        "{}",
        none.answer.text
    );
    let foreign = browser.submit(&visits, &[("encounter", "alma-checkup")]).await.page();
    assert_eq!(foreign.answer.status, 403, "pg_12");
    let consent = browser.submit(&visits, &[("encounter", "chidi-diabetes")]).await.page();
    let answered = browser.submit(&consent, &[("decision", "allow")]).await.away();
    let body = app.exchange(&app.code(&answered), &[]).await.json();
    assert_eq!((&body["encounter"], &body["scope"]), (&json!("chidi-diabetes"), &json!(app.scope)));

    let without = visits.link("Go on without a visit");
    let consent = browser.open(&service().at(&without)).await.page();
    let answered = browser.submit(&consent, &[("decision", "allow")]).await.away();
    let body = app.exchange(&app.code(&answered), &[]).await.json();
    assert_eq!((body.get("encounter"), &body["scope"]), (None, &json!("patient/*.rs")));
}
