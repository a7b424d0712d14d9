//! AWS fails at each call of what people and administrators do: whoever tries again gets there, nothing is done twice, and
//! every page says to try again. What apps do is in `faults.rs`.

use http::Method;
use local::Options;
use serde_json::{Value, json};

use crate::support::{Answer, App, Browser, Led, Page, service, timeless_service_with};
use crate::{account, ehr_launch, registration_api};

/// A journey that is longer than this goes in circles.
const LONGEST: usize = 100;

/// What an outage looks like: nothing else than this is ever said of one.
fn is_outage(answer: &Answer) -> bool {
    assert_ne!(answer.status, 500, "{}", answer.text);
    if answer.status == 503 {
        let seconds = answer.header("retry-after").parse::<u64>();
        assert!(seconds.is_ok_and(|seconds| seconds > 0), "Retry-After: {:?}", answer.headers);
    }
    answer.status == 503
}

/// Does something, and once more after an outage, of which there is one at most: by loading the page again, which does not
/// send a form twice that was taken.
async fn patiently(browser: &mut Browser, mut step: impl AsyncFnMut(&mut Browser) -> Led) -> Led {
    let led = step(browser).await;
    match &led {
        Led::To(page) if is_outage(&page.answer) => {
            assert!(!page.heading().is_empty(), "{}", page.answer.text);
        }
        _ => return led,
    }
    let again = match browser.reload().await {
        Some(led) => led,
        None => step(browser).await,
    };
    let still = matches!(&again, Led::To(page) if page.answer.status == 503);
    assert!(!still, "twice after one call failed");
    again
}

/// Sends the form of a page, patiently.
async fn submit(browser: &mut Browser, page: &Page, set: &[(&str, &str)]) -> Led {
    patiently(browser, async |browser: &mut Browser| browser.submit(page, set).await).await
}

async fn open(browser: &mut Browser, address: &str) -> Led {
    patiently(browser, async |browser: &mut Browser| browser.open(address).await).await
}

async fn sign_in(browser: &mut Browser, page: &Page, user: &str) -> Page {
    patiently(browser, async |browser: &mut Browser| browser.sign_in(page, user).await).await.page()
}

/// A person signs in, chooses a record, allows it to an app, and disconnects the app again.
async fn standalone() {
    let scope = "launch/patient openid fhirUser patient/*.rs offline_access".to_owned();
    let app = App { scope, ..App::named("demo-confidential") };
    let mut browser = Browser::default();
    let page = open(&mut browser, &app.address(&[])).await.page();
    let picker = sign_in(&mut browser, &page, "alma").await;
    let consent = submit(&mut browser, &picker, &[("patient", "bruno")]).await.page();
    let answered = submit(&mut browser, &consent, &[("decision", "allow")]).await.away();
    let body = app.exchange(&app.code(&answered), &[]).await.json();
    assert_eq!(body["patient"], "bruno");
    let refresh_token = body["refresh_token"].as_str().unwrap();

    let ask = open(&mut browser, &service().at("/manage/demo-confidential")).await.page();
    assert!(ask.heading().starts_with("Disconnect "), "{}", ask.heading());
    let done = submit(&mut browser, &ask, &[]).await.page();
    assert!(done.answer.text.contains("No app is connected."), "{}", done.answer.text);
    assert_eq!(app.introspect(refresh_token).await["active"], false);
    let out = open(&mut browser, &service().at("/sign-out")).await.page();
    submit(&mut browser, &out, &[]).await.page();
    let page = open(&mut browser, &service().at("/manage")).await.page();
    assert!(page.answer.text.contains("Password"), "signed out: {}", page.answer.text);
}

/// An EHR orders a launch, and a clinician lets the app in.
async fn from_the_ehr() {
    let token = ehr_launch::ehr_token().await;
    let body = json!({ "client_id": "sample-app", "user": "clara", "patient": "chidi" });
    let mut ordered = ehr_launch::order(&token, &body).await;
    if is_outage(&ordered) {
        ordered = ehr_launch::order(&token, &body).await;
    }
    assert_eq!(ordered.status, 201, "{}", ordered.text);
    let ordered = ordered.json();
    let app = ehr_launch::sample_app();
    let mut browser = Browser::default();
    let address = app.address(&[("launch", ordered["launch"].as_str().unwrap())]);
    let page = open(&mut browser, &address).await.page();
    let consent = sign_in(&mut browser, &page, "clara").await;
    let answered = submit(&mut browser, &consent, &[("decision", "allow")]).await.away();
    assert_eq!(app.exchange(&app.code(&answered), &[]).await.json()["patient"], "chidi");
}

/// What an administrator sends, patiently.
async fn send(method: Method, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
    let first = registration_api::send(method.clone(), path, headers, body).await;
    if is_outage(&first) { registration_api::send(method, path, headers, body).await } else { first }
}

/// An administrator registers an app, changes it, gives it another secret, disables and deletes it.
async fn registration() {
    let key = format!("key-{}", smart::random::text::<16>());
    let mut app = json!({
        "client_name": "Outage app", "redirect_uris": ["https://app.example.org/cb"], "scope": "launch/patient patient/*.rs",
    });
    let made = send(Method::POST, "/clients", &[("idempotency-key", &key)], Some(&app)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let path = format!("/clients/{}", made.json()["client_id"].as_str().unwrap());
    app["client_name"] = json!("Outage app, renamed");
    let changed = send(Method::PUT, &path, &[("if-match", made.header("etag"))], Some(&app)).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let secret = send(Method::POST, &format!("{path}/secrets"), &[], Some(&json!({}))).await;
    assert_eq!(secret.status, 201, "{}", secret.text);
    let disabled = send(Method::POST, &format!("{path}/disable"), &[], None).await;
    assert_eq!(disabled.status, 200, "{}", disabled.text);
    let read = send(Method::GET, &path, &[], None).await;
    let client = read.json();
    assert_eq!(
        (&client["client_name"], &client["status"]),
        (&json!("Outage app, renamed"), &json!("disabled"))
    );
    assert_eq!(client["secrets"].as_array().unwrap().len(), 2, "{client:#}");
    let listed = send(Method::GET, "/clients?limit=100", &[], None).await.json();
    let named = |of: &&Value| of["client_name"] == "Outage app, renamed";
    assert_eq!(listed["items"].as_array().unwrap().iter().filter(named).count(), 1, "{listed:#}");
    assert_eq!(send(Method::DELETE, &path, &[("if-match", read.header("etag"))], None).await.status, 204);
    assert_eq!(send(Method::GET, &path, &[], None).await.status, 404);
}

/// A developer signs in, registers an app on the page, changes it, gets a token of their own and deletes the app.
async fn account_home() {
    let mut browser = Browser::default();
    let page = open(&mut browser, &service().at("/account")).await.page();
    let home = sign_in(&mut browser, &page, "clara").await;
    assert!(home.heading().starts_with("Welcome, "), "{}", home.heading());
    let typed = |name: &'static str| {
        let redirect_uris = ("redirect_uris", "http://127.0.0.1:8999/callback");
        [
            ("client_name", name),
            ("kind", "secret"),
            redirect_uris,
            ("scope", "openid fhirUser user/Patient.rs"),
        ]
    };
    let form = open(&mut browser, &service().at("/account/clients/new")).await.page();
    let form = form.form_to("/account/clients/new");
    let made = submit(&mut browser, &form, &typed("Outage app")).await.page();
    let id = account::between(&made.answer.text, "<code id=\"client-id\">", "</code>");
    let (shown, lost) = ("id=\"client-secret\"", "Its new secret could not be shown");
    assert!(made.answer.text.contains(shown) != made.answer.text.contains(lost), "{}", made.answer.text);
    let path = format!("/account/clients/{id}");
    let changed = submit(&mut browser, &made.form_to(&path), &typed("Outage app, renamed")).await.page();
    assert!(changed.answer.text.contains("Outage app, renamed"), "{}", changed.answer.text);

    let form = open(&mut browser, &service().at("/account/tokens")).await.page();
    let asked = [("scope", "openid user/Patient.rs"), ("client", "")];
    let consent = submit(&mut browser, &form.form_to("/account/tokens"), &asked).await.page();
    let shown = submit(&mut browser, &consent, &[("decision", "allow")]).await.page();
    assert_eq!(shown.heading(), "Your test token", "{}", shown.answer.text);

    let ask = open(&mut browser, &service().at(&format!("{path}/delete"))).await.page();
    submit(&mut browser, &ask.form_to(&format!("{path}/delete")), &[]).await.page();
    let gone = open(&mut browser, &service().at(&path)).await.page();
    assert_eq!(gone.answer.status, 404);
    let left = open(&mut browser, &service().at("/account/clients")).await.page();
    assert_eq!(left.answer.status, 200);
    assert!(!left.answer.text.contains("Outage app"), "registered twice: {}", left.answer.text);
}

/// A journey once for each call that the function makes on its way, which fails. How many calls these are, and how many of
/// them somebody saw fail: each once, in one answer.
async fn with_each_call_failing(function: &str, journey: impl AsyncFn()) -> (usize, usize) {
    let calls = &service().calls[function];
    let outages = || Answer::all().iter().filter(|answer| answer.status == 503).count();
    for nth in 0..LONGEST {
        calls.fail_after(nth);
        journey().await;
        if !calls.has_failed() {
            return (nth, outages());
        }
        assert!(outages() <= nth + 1, "a call that failed was seen twice");
    }
    panic!("it takes more than {LONGEST} calls");
}

#[tokio::test]
async fn f01_who_signs_in_and_allows_gets_there_whichever_call_fails() {
    timeless_service_with(Options::default());
    let (calls, seen) = with_each_call_failing("AuthorizeFunction", standalone).await;
    // The function itself tries again to end a grant.
    assert!(calls > 12 && seen == calls - 1, "{seen} of {calls}");
}

#[tokio::test]
async fn f01_a_launch_from_the_ehr_gets_there_whichever_call_fails() {
    timeless_service_with(Options::default());
    let (calls, seen) = with_each_call_failing("AuthorizeFunction", from_the_ehr).await;
    assert!(calls > 8 && seen == calls, "{seen} of {calls}");
}

#[tokio::test]
async fn f01_a_client_is_registered_once_and_changed_whichever_call_fails() {
    timeless_service_with(Options::default());
    let (calls, seen) = with_each_call_failing("RegistrationFunction", registration).await;
    assert!(calls > 8 && seen == calls, "{seen} of {calls}");
}

#[tokio::test]
async fn f01_the_account_home_goes_on_whichever_call_fails() {
    timeless_service_with(Options::default());
    let (calls, seen) = with_each_call_failing("RegistrationFunction", account_home).await;
    // A secret that cannot be kept for the next page is lost, which the page says, and such a token is shown at once.
    assert!(calls > 8 && seen == calls - 2, "{seen} of {calls}");
}
