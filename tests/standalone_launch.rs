//! A SMART app, launched alone: sign in, choose, allow, exchange.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::Value;

use crate::support::{App, Browser, VERIFIER, parameter, service};

pub(crate) async fn id_token_claims(token: &str, audience: &str) -> Value {
    let keys: jsonwebtoken::jwk::JwkSet =
        serde_json::from_value(service().get("/.well-known/jwks.json").await.json()).unwrap();
    let header = jsonwebtoken::decode_header(token).unwrap();
    assert_eq!(header.alg, Algorithm::RS256, "id_1");
    let key = DecodingKey::from_jwk(keys.find(header.kid.as_deref().unwrap()).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[service().urls.issuer.as_str()]);
    decode::<Value>(token, &key, &validation).unwrap().claims
}

#[tokio::test]
async fn a_patient_allows_a_public_app() {
    let app = App::named("demo-public");
    let answered = Browser::default().allow(&app.address(&[]), "chidi", None).await;
    let answer = app.exchange(&app.code(&answered), &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"), "gen_2");
    let body = answer.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 3600);
    assert_eq!(body["scope"], app.scope.as_str(), "sc_11: byte for byte");
    assert_eq!(body["patient"], "chidi", "lc_8");
    assert!(body.get("refresh_token").is_none(), "sc_15");
    let claims = id_token_claims(body["id_token"].as_str().unwrap(), "demo-public").await;
    assert_eq!(claims["fhirUser"], format!("{}/Patient/chidi", service().urls.fhir_base_url), "id_3");
    assert_eq!(claims["nonce"], "n-0S6_WzA2Mj", "id_2");
    assert!(claims["auth_time"].is_u64());
}

#[tokio::test]
async fn a_clinician_chooses_a_patient_for_a_confidential_app() {
    let app = App::named("demo-confidential");
    let answered = Browser::default().allow(&app.address(&[]), "clara", Some("emre")).await;
    let body = app.exchange(&app.code(&answered), &[]).await.json();
    assert_eq!(body["patient"], "emre");
    let token = body["access_token"].as_str().unwrap();
    assert_eq!(service().fhir("Patient/emre", token).await.status, 200);
    assert_eq!(service().fhir("Patient/alma", token).await.status, 404);
}

#[tokio::test]
async fn pg_8_a_parent_chooses_whose_record() {
    let app = App::named("demo-public");
    let answered = Browser::default().allow(&app.address(&[]), "alma", Some("bruno")).await;
    assert_eq!(app.exchange(&app.code(&answered), &[]).await.json()["patient"], "bruno");
}

#[tokio::test]
async fn pg_5_who_is_signed_in_is_not_asked_again() {
    let app = App::named("demo-public");
    let mut browser = Browser::default();
    app.code(&browser.allow(&app.address(&[]), "chidi", None).await);
    let consent = browser.open(&app.address(&[])).await.page();
    assert!(consent.heading().starts_with("Allow "), "{}", consent.heading());
    let again = browser.open(&app.address(&[("prompt", "login")])).await.page();
    assert!(again.heading().starts_with("Sign in"), "{}", again.heading());
    let after = browser.sign_in(&again, "chidi").await.page();
    assert!(after.heading().starts_with("Allow "), "prompt=login is met once: {}", after.heading());
}

#[tokio::test]
async fn az_12_s06_a_no_goes_back_to_the_app() {
    let app = App::named("demo-public");
    let mut browser = Browser::default();
    let consent = browser.reach_consent(&app.address(&[]), "chidi", None).await;
    let answered = browser.submit(&consent, &[("decision", "deny")]).await.away();
    assert_eq!(parameter(&answered, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&answered, "state").as_deref(), Some("a b+c&d=é"));
    assert_eq!(parameter(&answered, "code"), None);
}

#[tokio::test]
async fn pg_19_what_is_unticked_is_not_granted() {
    let app = App::asking("launch/patient patient/Patient.r patient/Observation.rs openid");
    let mut browser = Browser::default();
    let consent = browser.reach_consent(&app.address(&[]), "chidi", None).await;
    let kept = [("scope", "patient/Patient.r"), ("decision", "allow")];
    let answered = browser.submit(&consent, &kept).await.away();
    let body = app.exchange(&app.code(&answered), &[]).await.json();
    assert_eq!(body["scope"], "launch/patient patient/Patient.r openid");
}

#[tokio::test]
async fn s04_a_scope_that_was_not_asked_and_a_patient_that_is_not_listed_are_not_had() {
    let app = App::asking("launch/patient patient/Patient.r");
    let mut browser = Browser::default();
    let page = browser.open(&app.address(&[])).await.page();
    let picker = browser.sign_in(&page, "dario").await.page();
    assert!(!picker.choices().contains(&"alma".to_owned()));
    let refused = browser.submit(&picker, &[("patient", "alma")]).await.page();
    assert_eq!(refused.answer.status, 403);
    let consent = browser.submit(&picker, &[("patient", "emre")]).await.page();
    let more = [("scope", "patient/Patient.r patient/*.cruds user/*.cruds"), ("decision", "allow")];
    let answered = browser.submit(&consent, &more).await.away();
    assert_eq!(
        app.exchange(&app.code(&answered), &[]).await.json()["scope"],
        "launch/patient patient/Patient.r"
    );
}

#[tokio::test]
async fn s05_the_same_answer_twice_gives_the_same_code_and_another_gives_none() {
    let app = App::asking("launch/patient patient/Patient.r patient/Observation.rs");
    let mut browser = Browser::default();
    let consent = browser.reach_consent(&app.address(&[]), "chidi", None).await;
    let first = browser.submit(&consent, &[("decision", "allow")]).await.away();
    let second = browser.submit(&consent, &[("decision", "allow")]).await.away();
    assert_eq!(first, second);
    let other =
        browser.submit(&consent, &[("scope", "patient/Patient.r"), ("decision", "allow")]).await.page();
    assert_eq!((other.answer.status, other.heading().as_str()), (409, "You have already answered"));
}

#[tokio::test]
async fn s01_s02_a_form_of_another_browser_or_without_its_token_does_nothing() {
    let app = App::named("demo-public");
    let (mut one, mut other) = (Browser::default(), Browser::default());
    let consent = one.reach_consent(&app.address(&[]), "chidi", None).await;
    other.reach_consent(&app.address(&[]), "alma", Some("alma")).await;
    assert_eq!(other.submit(&consent, &[("decision", "allow")]).await.page().answer.status, 403);
    assert_eq!(one.submit(&consent, &[("decision", "allow"), ("csrf", "")]).await.page().answer.status, 403);
    let nobody = Browser::default().submit(&consent, &[("decision", "allow")]).await.page();
    assert!(nobody.heading().starts_with("Sign in"), "{}", nobody.heading());
    app.code(&one.submit(&consent, &[("decision", "allow")]).await.away());
}

#[tokio::test]
async fn s07_a_step_does_not_move_to_another_request_or_session() {
    let app = App::named("demo-public");
    let mut browser = Browser::default();
    let consent = browser.reach_consent(&app.address(&[]), "clara", Some("alma")).await;
    let action = url::Url::parse(&service().at(&consent.action())).unwrap();
    let step = parameter(&action, "step").unwrap();
    let moved = browser.open(&app.address(&[("state", "other"), ("step", &step)])).await.page();
    assert_eq!(moved.heading(), "Choose a patient");
    let stayed = browser.open(&app.address(&[("step", &step)])).await.page();
    assert!(stayed.heading().starts_with("Allow "), "{}", stayed.heading());
    let stranger = Browser::default().open(&app.address(&[("step", &step)])).await.page();
    assert!(stranger.heading().starts_with("Sign in"), "{}", stranger.heading());
}

#[tokio::test]
async fn s03_a_new_sign_in_ends_the_session_before() {
    let app = App::named("demo-public");
    let mut browser = Browser::default();
    browser.reach_consent(&app.address(&[]), "chidi", None).await;
    let mut kept = Browser::with(browser.cookies.clone());
    let again = browser.open(&app.address(&[("prompt", "login")])).await.page();
    browser.sign_in(&again, "chidi").await;
    assert_ne!(kept.cookies, browser.cookies);
    assert!(kept.open(&app.address(&[])).await.page().heading().starts_with("Sign in"));
}

#[tokio::test]
async fn s08_s09_a_wrong_password_and_an_unknown_name_read_the_same() {
    let app = App::named("demo-public");
    let mut browser = Browser::default();
    let page = browser.open(&app.address(&[])).await.page();
    let wrong = browser.submit(&page, &[("username", "chidi"), ("password", "wrong")]).await.page();
    let unknown = browser.submit(&page, &[("username", "nobody"), ("password", "wrong")]).await.page();
    assert_eq!((wrong.answer.status, unknown.answer.status), (401, 401));
    let without_name =
        |page: &crate::support::Page, name: &str| page.answer.text.replace(&format!("value=\"{name}\""), "");
    assert_eq!(without_name(&wrong, "chidi"), without_name(&unknown, "nobody"));
    let long = browser.submit(&page, &[("username", "chidi"), ("password", &"x".repeat(257))]).await.page();
    assert_eq!(long.answer.status, 400);
}

#[tokio::test]
async fn a16_prompt_none_shows_no_page() {
    let app = App::named("demo-public");
    let mut browser = Browser::default();
    let error = |url: url::Url| parameter(&url, "error").unwrap();
    let silent = app.address(&[("prompt", "none")]);
    assert_eq!(error(browser.open(&silent).await.away()), "login_required");
    browser.reach_consent(&app.address(&[]), "chidi", None).await;
    assert_eq!(error(browser.open(&silent).await.away()), "consent_required");
}

#[tokio::test]
async fn a_request_that_is_posted_goes_on_as_one_in_the_url() {
    let app = App::named("demo-public");
    let address = app.address(&[]);
    let (path, query) = address.split_once('?').unwrap();
    let request = crate::support::http().post(path).body(query.to_owned());
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let answer = crate::support::Answer::of(request).await;
    assert_eq!((answer.status, answer.header("location")), (303, format!("/authorize?{query}").as_str()));
}

#[tokio::test]
async fn az_15_cg_1_cg_3_cg_6_c09_c08_c07_wrong_proofs_are_refused_and_burn_nothing() {
    let app = App::named("demo-public");
    let code = app.code(&Browser::default().allow(&app.address(&[]), "chidi", None).await);
    let wrong_verifier = "a".repeat(43);
    for (set, status, error) in [
        (("code_verifier", ""), 400, "invalid_request"),
        (("code_verifier", "short"), 400, "invalid_request"),
        (("code_verifier", wrong_verifier.as_str()), 400, "invalid_grant"),
        (("redirect_uri", ""), 400, "invalid_request"),
        (("redirect_uri", "https://app.example.org/cb"), 400, "invalid_grant"),
        (("client_id", "sample-app"), 400, "invalid_grant"),
        (("client_id", "demo-confidential"), 401, "invalid_client"),
        (("client_id", "nobody"), 401, "invalid_client"),
        (("code", "code_1_forged"), 400, "invalid_grant"),
        (("code", ""), 400, "invalid_request"),
    ] {
        let answer = app.exchange(&code, &[set]).await;
        assert_eq!((answer.status, answer.error().as_str()), (status, error), "{set:?}");
    }
    assert_eq!(app.exchange(&code, &[]).await.status, 200);
}

#[tokio::test]
async fn c04_a_code_is_good_once() {
    let app = App::named("demo-confidential");
    let code = app.code(&Browser::default().allow(&app.address(&[]), "chidi", None).await);
    assert_eq!(app.exchange(&code, &[]).await.status, 200);
    for _ in 0..2 {
        let again = app.exchange(&code, &[]).await;
        assert_eq!((again.status, again.error().as_str()), (400, "invalid_grant"));
    }
}

#[tokio::test]
async fn c05_of_64_exchanges_at_once_exactly_one_is_answered() {
    let app: &App = Box::leak(Box::new(App::named("demo-public")));
    let code = app.code(&Browser::default().allow(&app.address(&[]), "chidi", None).await);
    let requests: Vec<_> = (0..64)
        .map(|_| {
            let code = code.clone();
            tokio::spawn(async move { app.exchange(&code, &[("code_verifier", VERIFIER)]).await.status })
        })
        .collect();
    let mut statuses = Vec::new();
    for request in requests {
        statuses.push(request.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 400].contains(status)), "{statuses:?}");
    let after = app.exchange(&code, &[]).await;
    assert!(after.text.contains("access was withdrawn"), "the grant is revoked: {}", after.text);
}

#[tokio::test]
async fn gen_7_t13_the_answer_is_readable_for_the_clients_own_pages_alone() {
    let app = App::named("demo-public");
    let own = app.client.client.origins().next().unwrap();
    for (origin, allowed) in [(own.as_str(), own.as_str()), ("https://other.example.org", "")] {
        let request = crate::support::http().post(service().at("/token")).header("origin", origin);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let body = "grant_type=authorization_code&client_id=demo-public&code=x&redirect_uri=x";
        let answer = crate::support::Answer::of(request.body(body)).await;
        assert_eq!(answer.header("access-control-allow-origin"), allowed, "{origin}");
        assert!(answer.header("vary").contains("Origin"));
    }
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let app = App::named("demo-public");
    let mut browser = Browser::default();
    browser.reach_consent(&app.address(&[]), "chidi", None).await;
    let mut kept = Browser::with(browser.cookies.clone());
    let ask = browser.open(&service().at("/sign-out")).await.page();
    browser.submit(&ask, &[]).await.page();
    assert!(browser.cookies.is_empty());
    assert!(kept.open(&app.address(&[])).await.page().heading().starts_with("Sign in"));
}

#[tokio::test]
async fn sc_14_the_id_token_names_the_user_only_if_that_was_granted() {
    let app = App::asking("openid launch/patient patient/Patient.r");
    let answered = Browser::default().allow(&app.address(&[]), "chidi", None).await;
    let body = app.exchange(&app.code(&answered), &[]).await.json();
    let claims = id_token_claims(body["id_token"].as_str().unwrap(), "demo-public").await;
    assert!(claims.get("fhirUser").is_none(), "{claims}");
    let token = body["access_token"].as_str().unwrap();
    assert_eq!(service().fhir("Patient/chidi", token).await.status, 200);
}

#[tokio::test]
async fn what_a_person_types_into_the_search_is_never_our_fault() {
    let app = App::named("demo-public");
    let mut browser = Browser::default();
    let page = browser.open(&app.address(&[])).await.page();
    browser.sign_in(&page, "clara").await.page();
    for typed in ["551002", "1980-5", "----", "Sam,", "a|b", "\"'><img src=x>", "$", "\\", "é"] {
        let page = browser.open(&app.address(&[("q", typed)])).await.page();
        assert_eq!(page.answer.status, 200, "{typed}");
        assert!(!page.answer.text.contains("<img"), "a23");
    }
    let found = browser.open(&app.address(&[("q", "samp")])).await.page();
    assert_eq!(found.choices(), ["alma", "bruno"]);
    let by_number = browser.open(&app.address(&[("q", "MRN-1005")])).await.page();
    assert_eq!(by_number.choices(), ["emre"]);
    for offset in ["18446744073709551615", "-1", "x"] {
        let page = browser.open(&app.address(&[("offset", offset)])).await.page();
        assert_eq!(page.answer.status, 200, "{offset}");
    }
    let encoded = format!("{}&%73witch=1", app.address(&[]));
    let page = browser.open(&encoded).await.page();
    let after = browser.sign_in(&page, "clara").await.page();
    assert_eq!(after.heading(), "Choose a patient");
}
