//! Signing in: wrong passwords, and the upstream provider.

use local::Options;
use serde_json::json;
use testkit::provider::{self, Misbehaviour, Provider};
use url::Url;

use crate::standalone_launch::id_token_claims;
use crate::support::{App, Browser, Led, Page, own_service, own_service_with, parameter, service};

async fn try_password(browser: &mut Browser, page: &Page, user: &str, password: &str) -> Page {
    browser.submit(page, &[("username", user), ("password", password)]).await.page()
}

#[tokio::test]
async fn s08_pg_3_after_five_wrong_passwords_none_is_looked_at_whether_or_not_the_name_exists() {
    own_service();
    let app = App::named("demo-public");
    let mut pages = Vec::new();
    for user in ["chidi", "nobody"] {
        let mut browser = Browser::default();
        let page = browser.open(&app.address(&[])).await.page();
        for _ in 0..5 {
            let wrong = try_password(&mut browser, &page, user, "wrong").await;
            assert_eq!(wrong.answer.status, 401);
            assert!(wrong.answer.text.contains("The username or password is not right. Try again."));
        }
        // Not even the right one.
        let password = if user == "chidi" { page.password("chidi") } else { "wrong" };
        let locked = try_password(&mut browser, &page, user, password).await;
        assert_eq!(locked.answer.status, 429);
        let wait: u64 = locked.answer.header("retry-after").parse().unwrap();
        assert!((1..=900).contains(&wait), "{wait}");
        assert!(locked.answer.text.contains("Too many tries. Wait "), "{}", locked.answer.text);
        let csrf = locked.fields().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        pages.push(locked.answer.text.replace(&format!("value=\"{user}\""), "").replace(&csrf, ""));
    }
    assert_eq!(pages[0], pages[1], "both read the same");
    // Others are not locked out with them.
    let answered = Browser::default().allow(&app.address(&[]), "clara", Some("emre")).await;
    app.code(&answered);
}

#[tokio::test]
async fn s08_of_many_tries_at_once_five_are_looked_at() {
    own_service();
    let app = App::named("demo-public");
    let mut browser = Browser::default();
    let page = browser.open(&app.address(&[])).await.page();
    let mut tries = Vec::new();
    for _ in 0..20 {
        let (mut browser, page) = (Browser::with(browser.cookies.clone()), page.clone());
        let own = service();
        tries.push(tokio::spawn(async move {
            crate::support::use_service(own);
            try_password(&mut browser, &page, "chidi", "wrong").await.answer.status
        }));
    }
    let mut looked_at = 0;
    for one in tries {
        looked_at += usize::from(one.await.unwrap() == 401);
    }
    assert_eq!(looked_at, 5);
}

/// A service whose people sign in at a provider, and that provider.
async fn with_provider(local_accounts: bool) -> Provider {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let provider = Provider::start(&format!("http://127.0.0.1:{port}/sign-in/callback")).await;
    provider.authenticate_by("none");
    provider.put_person("ann", &json!({ "name": "Ann Sample", "fhirUser": "Practitioner/clara" }));
    provider.sign_in("ann");
    let upstream =
        json!({ "issuer": provider.issuer(), "client_id": provider::CLIENT_ID, "label": "Example ID" });
    let mode = if local_accounts { "both" } else { "upstream" };
    let parameters = vec![("SignInMode".to_owned(), mode.to_owned())];
    let settings = vec![("provider".to_owned(), upstream.to_string())];
    own_service_with(Options { port, parameters, settings, ..Options::default() });
    provider
}

/// A provider that was set once is not used when a deployment says that accounts are ours alone.
#[tokio::test]
async fn with_local_accounts_alone_no_provider_is_offered() {
    let provider = json!({ "issuer": "https://op.example.org", "client_id": "us", "label": "Example ID" });
    let settings = vec![("provider".to_owned(), provider.to_string())];
    let parameters = vec![("SignInMode".to_owned(), "local".to_owned())];
    own_service_with(Options { parameters, settings, ..Options::default() });
    let page = Browser::default().open(&App::named("demo-confidential").address(&[])).await.page();
    assert!(page.answer.text.contains("type=\"password\""), "{}", page.answer.text);
    assert!(!page.answer.text.contains("Example ID"), "{}", page.answer.text);
}

/// From our page to the provider's answer, which is not followed.
async fn to_the_provider_and_back(browser: &mut Browser, page: &Page) -> Url {
    let away = browser.submit_to(page, "/sign-in/upstream", &[]).await.away();
    let answer = crate::support::http().get(away).send().await.unwrap();
    Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap()
}

#[tokio::test]
async fn pg_6_people_sign_in_where_they_have_their_account() {
    let provider = with_provider(false).await;
    let app = App::named("demo-confidential");
    let mut browser = Browser::default();
    let page = browser.open(&app.address(&[])).await.page();
    assert!(page.answer.text.contains("Continue with <bdi>Example ID</bdi>"), "{}", page.answer.text);
    assert!(!page.answer.text.contains("type=\"password\""), "local accounts are not offered");
    let policy = page.answer.header("content-security-policy");
    assert!(policy.contains(provider.issuer()), "the button may lead there: {policy}");

    let callback = to_the_provider_and_back(&mut browser, &page).await;
    let before = browser.cookies.clone();
    let picker = browser.open(callback.as_str()).await.page();
    assert_eq!(picker.heading(), "Choose a patient");
    assert_ne!(before, browser.cookies, "s03");
    let consent = browser.submit(&picker, &[("patient", "emre")]).await.page();
    assert!(consent.answer.text.contains("Ann Sample"), "{}", consent.answer.text);
    let code = app.code(&browser.submit(&consent, &[("decision", "allow")]).await.away());
    let body = app.exchange(&code, &[]).await.json();
    assert_eq!(body["patient"], "emre");

    // The same person again is the same person.
    let again = browser.open(&app.address(&[("prompt", "login")])).await.page();
    let callback = to_the_provider_and_back(&mut browser, &again).await;
    assert_eq!(browser.open(callback.as_str()).await.page().heading(), "Choose a patient");
    // What came back once opens nothing again.
    let replayed = Browser::with(before).open(callback.as_str()).await.page();
    assert_eq!(replayed.answer.status, 403, "{}", replayed.heading());
}

#[tokio::test]
async fn s02_what_the_provider_answers_is_good_in_the_browser_that_left_alone() {
    let _provider = with_provider(true).await;
    let app = App::named("demo-public");
    let mut browser = Browser::default();
    let page = browser.open(&app.address(&[])).await.page();
    assert!(page.answer.text.contains("type=\"password\""), "local accounts are offered as well");
    let callback = to_the_provider_and_back(&mut browser, &page).await;
    let mut stranger = Browser::default();
    stranger.open(&app.address(&[])).await.page();
    assert_eq!(stranger.open(callback.as_str()).await.page().answer.status, 403);
    let mut other = callback.clone();
    other.query_pairs_mut().append_pair("iss", "https://other.example.org");
    assert_eq!(browser.open(other.as_str()).await.page().answer.status, 403, "mix-up");
    let junk = format!("{}?state=x&code=y", service().at("/sign-in/callback"));
    assert_eq!(browser.open(&junk).await.page().answer.status, 403);
    assert_eq!(browser.open(callback.as_str()).await.page().heading(), "Choose a patient");
}

#[tokio::test]
async fn what_a_provider_says_is_not_believed_when_it_cannot_be() {
    let provider = with_provider(false).await;
    let app = App::named("demo-public");
    for (misbehaviour, status) in [
        (Misbehaviour::WrongNonce, 403),
        (Misbehaviour::WrongAudience, 403),
        (Misbehaviour::WrongIssuer, 403),
        (Misbehaviour::Unsigned, 403),
        (Misbehaviour::ForeignKey, 403),
        (Misbehaviour::TokenEndpointFails, 503),
    ] {
        provider.misbehave(misbehaviour);
        let mut browser = Browser::default();
        let page = browser.open(&app.address(&[])).await.page();
        let callback = to_the_provider_and_back(&mut browser, &page).await;
        let refused = browser.open(callback.as_str()).await.page();
        assert_eq!(refused.answer.status, status, "{misbehaviour:?} {}", refused.answer.text);
        assert!(browser.open(&app.address(&[])).await.page().heading().starts_with("Sign in"));
    }
}

#[tokio::test]
async fn signing_in_elsewhere_leads_to_the_connected_apps_too() {
    let provider = with_provider(false).await;
    let mut browser = Browser::default();
    let page = browser.open(&service().at("/manage")).await.page();
    let callback = to_the_provider_and_back(&mut browser, &page).await;
    assert_eq!(browser.open(callback.as_str()).await.page().heading(), "Connected apps");
    assert_eq!(parameter(&callback, "error"), None);
    // Who has no place here is told so.
    provider.put_person("bob", &json!({ "name": "Bob" }));
    provider.sign_in("bob");
    let mut browser = Browser::default();
    let page = browser.open(&service().at("/manage")).await.page();
    let callback = to_the_provider_and_back(&mut browser, &page).await;
    match browser.open(callback.as_str()).await {
        Led::To(page) => {
            assert_eq!((page.answer.status, page.heading().as_str()), (403, "You are not signed in"));
        }
        Led::Away(url) => panic!("{url}"),
    }
}

/// Through the provider with this page's request, and where that led.
async fn by_the_provider(browser: &mut Browser, page: &Page) -> Led {
    let callback = to_the_provider_and_back(browser, page).await;
    browser.open(callback.as_str()).await
}

#[tokio::test]
async fn az_16_a_sign_in_before_the_app_asked_for_one_is_none() {
    let provider = with_provider(false).await;
    let app = App::named("demo-public");
    for wish in [("prompt", "login"), ("max_age", "0"), ("max_age", "30")] {
        for (ago, heading) in [(3600, "Sign in to"), (60, "Sign in to"), (20, "Choose a patient")] {
            provider.misbehave(Misbehaviour::SignedInBefore(ago));
            let mut browser = Browser::default();
            let page = browser.open(&app.address(&[wish])).await.page();
            let seen = by_the_provider(&mut browser, &page).await.page();
            assert!(seen.heading().starts_with(heading), "{wish:?} {ago} {}", seen.heading());
            let asked = provider.last_authorization();
            assert_eq!((asked["prompt"].as_str(), asked["max_age"].as_str()), ("login", "0"));
        }
    }
    // Nobody asked for a new sign-in: an old one is good.
    provider.misbehave(Misbehaviour::SignedInBefore(3600));
    let mut browser = Browser::default();
    let page = browser.open(&app.address(&[])).await.page();
    assert_eq!(by_the_provider(&mut browser, &page).await.page().heading(), "Choose a patient");
    assert_eq!(provider.last_authorization().get("prompt"), None);
}

/// The claims of the id token that this consent page leads to.
async fn id_token_after(browser: &mut Browser, app: &App, picker: &Page) -> serde_json::Value {
    let consent = browser.submit(picker, &[("patient", "emre")]).await.page();
    let code = app.code(&browser.submit(&consent, &[("decision", "allow")]).await.away());
    let body = app.exchange(&code, &[]).await.json();
    id_token_claims(body["id_token"].as_str().unwrap(), "demo-public").await
}

#[tokio::test]
async fn az_16_where_nobody_knows_when_the_sign_in_was_it_is_too_old_for_any_max_age() {
    let provider = with_provider(false).await;
    let app = App::named("demo-public");
    let mut browser = Browser::default();
    let page = browser.open(&app.address(&[])).await.page();
    provider.misbehave(Misbehaviour::NoAuthTime);
    let picker = by_the_provider(&mut browser, &page).await.page();
    assert_eq!(picker.heading(), "Choose a patient");
    let claims = id_token_after(&mut browser, &app, &picker).await;
    assert_eq!(claims.get("auth_time"), None, "nothing is claimed that nobody knows");

    // The session is good, but not for an app that cares when it began.
    assert_eq!(browser.open(&app.address(&[])).await.page().heading(), "Choose a patient");
    for (wish, value) in [("max_age", "86400"), ("max_age", "9999999999"), ("prompt", "login")] {
        let page = browser.open(&app.address(&[(wish, value)])).await.page();
        assert!(page.heading().starts_with("Sign in to"), "{wish}={value} {}", page.heading());
        let refused = by_the_provider(&mut browser, &page).await.page();
        assert_eq!(refused.answer.status, 403, "{wish}={value}");
        assert!(refused.answer.text.contains("upstream_no_auth_time"), "{}", refused.answer.text);
    }
    let none = browser.open(&app.address(&[("max_age", "86400"), ("prompt", "none")])).await.away();
    assert_eq!(parameter(&none, "error").as_deref(), Some("login_required"));

    provider.misbehave(Misbehaviour::None);
    let page = browser.open(&app.address(&[("max_age", "86400")])).await.page();
    let picker = by_the_provider(&mut browser, &page).await.page();
    let claims = id_token_after(&mut browser, &app, &picker).await;
    assert!(claims["auth_time"].is_u64(), "{claims}");
}

#[tokio::test]
async fn az_12_who_cancels_at_the_provider_has_said_no_to_the_app() {
    let provider = with_provider(false).await;
    provider.misbehave(Misbehaviour::AccessDenied);
    let app = App::named("demo-public");
    let mut browser = Browser::default();
    let page = browser.open(&app.address(&[])).await.page();
    let callback = to_the_provider_and_back(&mut browser, &page).await;
    // The answer tells nothing to another browser.
    assert_eq!(Browser::default().open(callback.as_str()).await.page().answer.status, 403);
    let answered = browser.open(callback.as_str()).await.away();
    assert!(answered.as_str().starts_with(app.redirect_uri()), "{answered}");
    assert_eq!(parameter(&answered, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&answered, "state").as_deref(), Some("a b+c&d=é"));
    assert_eq!(parameter(&answered, "iss").as_deref(), Some(service().urls.issuer.as_str()), "a26");
    assert_eq!(parameter(&answered, "code"), None);
    assert!(browser.open(&app.address(&[])).await.page().heading().starts_with("Sign in"));
    // Without an app there is nobody to tell.
    let page = browser.open(&service().at("/manage")).await.page();
    let seen = by_the_provider(&mut browser, &page).await.page();
    assert_eq!((seen.answer.status, seen.heading().as_str()), (403, "You are not signed in"));
}

/// As after the first deployment with `SignInMode=upstream`: what the provider gives comes with the second.
#[tokio::test]
async fn until_a_provider_is_set_the_sign_in_page_says_that_signing_in_is_not_set_up() {
    let parameters = vec![("SignInMode".to_owned(), "upstream".to_owned())];
    own_service_with(Options { parameters, ..Options::default() });
    let app = App::named("demo-public");
    let page = Browser::default().open(&app.address(&[])).await.page();
    assert_eq!(page.answer.status, 200);
    assert!(page.answer.text.contains("Sign-in is not set up here yet."), "{}", page.answer.text);
    assert!(!page.answer.text.contains("type=\"password\""));
}
