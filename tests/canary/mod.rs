//! Every secret that a service is given or gives, searched for where none may be: in the logs at the loudest level, in
//! answers that are not the one that gives it, and in the tables.

mod search;

use http::Method;
use local::Options;
use serde_json::{Value, json};

use crate::support::{Answer, App, Browser, VERIFIER, http, logs, own_service_with, parameter, service};
use search::{Canaries, OF_PAGES, Secret, forms};

/// Whom an administrator names, who may stand in tables and in answers to administrators.
const CONTACT: &str = "contact-canary@example.org";
const OWNER: &str = "owner-canary";
const USER: &str = "canary-user";
const NAME: &str = "Canary Person";

/// All items of all tables, as the API of DynamoDB gives them.
async fn tables() -> Vec<(String, Value)> {
    let mut dumps = Vec::new();
    for table in service().template.tables().unwrap() {
        let request =
            http().post(&service().urls.dynamodb).body(json!({ "TableName": table.name }).to_string());
        let request = request.header("x-amz-target", "DynamoDB_20120810.Scan");
        let request = request.header("content-type", "application/x-amz-json-1.0");
        // It looks at the form of a signature alone.
        let signed = "AWS4-HMAC-SHA256 Credential=local/20200101/eu-central-1/dynamodb/aws4_request, \
            SignedHeaders=host, Signature=0";
        let request = request.header("authorization", signed).header("x-amz-date", "20200101T000000Z");
        let answer: Value =
            serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
        assert!(answer["Items"].is_array() && answer.get("LastEvaluatedKey").is_none(), "{answer}");
        dumps.push((table.name, answer["Items"].clone()));
    }
    dumps
}

/// An app is launched alone, comes back, asks, and gives back; its person tries wrong passwords first.
async fn standalone(canaries: &mut Canaries) {
    let granular = "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
    let scope = format!("launch/patient openid fhirUser offline_access patient/Patient.rs {granular}");
    let app = App { scope, ..App::named("demo-confidential") };
    canaries.given("a client secret", app.client.secret.as_ref().unwrap());
    canaries.given("a verifier", VERIFIER);
    canaries.given("a query of a scope", "observation-category");
    let mut browser = Browser::default();
    let page = browser.open(&app.address(&[])).await.page();
    canaries.page(&page, &browser);
    canaries.given("a wrong password", "wrong-canary-password");
    let wrong = [("username", "clara"), ("password", "wrong-canary-password")];
    let page = browser.submit(&page, &wrong).await.page();
    assert_eq!(page.answer.status, 401);
    let picker = browser.sign_in(&page, "clara").await.page();
    canaries.page(&picker, &browser);
    let refused = browser.submit(&picker, &[("patient", "unlisted-canary")]).await.page();
    assert_eq!(refused.answer.status, 403);
    canaries.given("a patient that was tried", "unlisted-canary");
    let consent = browser.submit(&picker, &[("patient", "emre")]).await.page();
    canaries.page(&consent, &browser);
    let code = app.code(&browser.submit(&consent, &[("decision", "allow")]).await.away());
    canaries.given("a code", &code);

    let wrong_verifier = "wrong-canary-verifier-".repeat(2);
    canaries.given("a wrong verifier", &wrong_verifier);
    assert_eq!(app.exchange(&code, &[("code_verifier", &wrong_verifier)]).await.status, 400);
    let first = canaries.tokens(&app.exchange(&code, &[]).await);
    let second = canaries.tokens(&app.refresh(first["refresh_token"].as_str().unwrap(), &[]).await);
    let access = second["access_token"].as_str().unwrap();
    assert_eq!(app.introspect(access).await["active"], true);
    assert_eq!(service().fhir("Patient/emre", access).await.status, 200);
    let told = Answer::of(http().get(service().at("/userinfo")).bearer_auth(access)).await;
    assert_eq!(told.status, 200);
    let by_a_stranger = App::named("demo-public").revoke(access).await;
    assert_eq!(by_a_stranger.status, 400);
    assert_eq!(app.exchange(&code, &[]).await.status, 400, "a replay");
    assert_eq!(app.revoke(second["refresh_token"].as_str().unwrap()).await.status, 200);
    assert_eq!(app.refresh("refresh_1_forged-canary", &[]).await.status, 400);
    canaries.given("a forged token", "forged-canary");

    let list = browser.open(&service().at("/manage")).await.page();
    assert_eq!(list.answer.status, 200);
    let ask = browser.open(&service().at("/manage/demo-confidential")).await.page();
    canaries.page(&ask, &browser);
    browser.submit(&ask, &[]).await.page();
    let page = browser.open(&service().at("/sign-out")).await.page();
    canaries.page(&page, &browser);
    browser.submit(&page, &[]).await.page();
}

/// An EHR opens an app.
async fn ehr_launch(canaries: &mut Canaries) {
    let assertion = service().seeded.ehr.assertion(&service().at("/token"), aws::lambda::now());
    canaries.given("an assertion", &assertion);
    let token = canaries.tokens(&service().backend_token("/token", &assertion, Some("__launch")).await);
    let order =
        json!({ "client_id": "sample-app", "user": "clara", "patient": "bruno", "intent": "canary-intent" });
    let request = http().post(service().at("/launch")).bearer_auth(token["access_token"].as_str().unwrap());
    let made = Answer::of(request.header("content-type", "application/json").body(order.to_string())).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let handle = made.json()["launch"].as_str().unwrap().to_owned();
    canaries.note("a launch handle", &handle, OF_PAGES);
    let app = App { scope: "launch openid patient/*.rs".to_owned(), ..App::named("sample-app") };
    let mut browser = Browser::default();
    let page = browser.open(&app.address(&[("launch", &handle)])).await.page();
    canaries.page(&page, &browser);
    let consent = browser.sign_in(&page, "clara").await.page();
    canaries.page(&consent, &browser);
    let code = app.code(&browser.submit(&consent, &[("decision", "allow")]).await.away());
    canaries.given("a code", &code);
    canaries.tokens(&app.exchange(&code, &[]).await);
}

/// A backend service asks twice with one assertion; an administrator registers what they register.
async fn backends(canaries: &mut Canaries) {
    let assertion = service().assertion();
    canaries.given("an assertion", &assertion);
    canaries.tokens(&service().backend_token("/backend-token", &assertion, None).await);
    assert_eq!(service().backend_token("/token", &assertion, None).await.status, 401);
    let admin = service().seeded.admin.assertion(&service().at("/backend-token"), aws::lambda::now());
    canaries.given("an assertion", &admin);
    let token = canaries.tokens(&service().backend_token("/backend-token", &admin, None).await);
    let token = token["access_token"].as_str().unwrap().to_owned();
    clients(canaries, &token).await;
    users(canaries, &token).await;
    canaries.given("a bearer that is none", "canary.bearer.token");
    let bad = Answer::of(http().get(service().at("/clients")).bearer_auth("canary.bearer.token")).await;
    assert_eq!(bad.status, 401);
}

/// Sends something to the admin API.
async fn send(method: Method, path: &str, token: &str, tag: &str, body: &Value) -> Answer {
    let request = http().request(method, service().at(path)).bearer_auth(token).header("if-match", tag);
    Answer::of(request.header("content-type", "application/json").body(body.to_string())).await
}

/// A client is registered, changed, given another secret and deleted; another registers itself.
async fn clients(canaries: &mut Canaries, token: &str) {
    let granular = "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
    let mut metadata = json!({
        "client_name": "Canary app", "redirect_uris": ["https://app.example.org/cb"],
        "scope": format!("openid patient/Patient.rs {granular}"), "contacts": [CONTACT], "owner": OWNER,
    });
    let made = send(Method::POST, "/clients", token, "", &metadata).await;
    assert_eq!(made.status, 201, "{}", made.text);
    canaries.note("a client secret", made.json()["client_secret"].as_str().unwrap(), 1);
    let path = format!("/clients/{}", made.json()["client_id"].as_str().unwrap());
    metadata["client_name"] = json!("Canary app, changed");
    let changed = send(Method::PUT, &path, token, made.header("etag"), &metadata).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let added = send(Method::POST, &format!("{path}/secrets"), token, "", &json!({})).await;
    canaries.note("a client secret", added.json()["client_secret"].as_str().unwrap(), 1);
    let read = send(Method::GET, &path, token, "", &json!({})).await;
    assert_eq!(read.status, 200);
    assert_eq!(send(Method::DELETE, &path, token, read.header("etag"), &json!({})).await.status, 204);

    let asked = json!({ "scope": "openid patient/*.rs", "description": NAME });
    let given = send(Method::POST, "/register-tokens", token, "", &asked).await;
    let initial = given.json()["token"].as_str().unwrap().to_owned();
    canaries.note("an initial access token", &initial, 1);
    metadata["scope"] = json!("openid patient/*.rs");
    let own = send(Method::POST, "/register", &initial, "", &metadata).await;
    assert_eq!(own.status, 201, "{}", own.text);
    let own = own.json();
    canaries.note("a client secret", own["client_secret"].as_str().unwrap(), 1);
    let access = own["registration_access_token"].as_str().unwrap();
    canaries.note("a registration access token", access, 1);
    let path = format!("/register/{}", own["client_id"].as_str().unwrap());
    assert_eq!(send(Method::DELETE, &path, access, "", &json!({})).await.status, 204);
}

/// An account is made, and its person sets a password by a link, and changes it.
async fn users(canaries: &mut Canaries, token: &str) {
    let said = json!({ "name": USER, "display_name": NAME, "role": "clinician" });
    assert_eq!(send(Method::POST, "/users", token, "", &said).await.status, 201);
    let link = format!("/users/{USER}/set-password-link");
    let link =
        send(Method::POST, &link, token, "", &json!({})).await.json()["link"].as_str().unwrap().to_owned();
    let secret = parameter(&url::Url::parse(&link).unwrap(), "token").unwrap();
    canaries.note("the token of a link", &secret, OF_PAGES);
    let mut browser = Browser::default();
    let page = browser.open(&link).await.page();
    canaries.page(&page, &browser);
    for password in ["first-canary-password", "second-canary-password"] {
        canaries.given("a password", password);
    }
    let first = ("password", "first-canary-password");
    assert_eq!(browser.submit(&page, &[first]).await.page().heading(), "Your password is set");
    let page = browser.open(&service().at("/account")).await.page();
    let home = browser.submit(&page, &[("username", USER), first]).await.page();
    assert!(home.heading().starts_with("Welcome"), "{} {}", home.answer.status, home.answer.text);
    let page = browser.open(&service().at("/account/password")).await.page();
    canaries.page(&page, &browser);
    let change = [("current", "first-canary-password"), ("password", "second-canary-password")];
    let changed = browser.submit_to(&page, "/account/password", &change).await.page();
    assert_eq!(changed.answer.status, 200, "{}", changed.answer.text);
    canaries.page(&changed, &browser);
}

/// An owner types the secret of a client, wrongly and then well.
async fn typed_secret(canaries: &mut Canaries) {
    let mut browser = Browser::default();
    let page = browser.open(&service().at("/account/clients/new")).await.page();
    let form = browser.sign_in(&page, "dario").await.page();
    canaries.page(&form.form_to("/account/clients/new"), &browser);
    for (secret, status) in
        [("canary secret, with spaces and commas", 400), ("canary.typed~secret_0123456789ABC", 200)]
    {
        canaries.given("a typed secret", secret);
        let fields = [
            ("client_name", "Typed canary"),
            ("kind", "secret"),
            ("redirect_uris", "https://app.example.org/cb"),
            ("scope", "openid patient/*.rs"),
            ("client_uri", "https://app.example.org/"),
            ("policy_uri", "https://app.example.org/privacy"),
            ("contact", "desk@app.example.org"),
            ("secret", "typed"),
            ("client_secret", secret),
        ];
        let page = browser.submit_to(&form, "/account/clients/new", &fields).await.page();
        assert_eq!(page.answer.status, status, "{}", page.answer.text);
    }
}

#[tokio::test]
async fn l01_l04_no_secret_is_in_logs_tables_or_answers_that_do_not_give_it() {
    logs::keep();
    // Where passwords are shown on a page, they are no secrets.
    let parameters = [("Sandbox", "false")];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let settings = vec![("test-accounts".to_owned(), String::new())];
    own_service_with(Options { parameters, settings, ..Options::default() });
    let mut canaries = Canaries::default();
    for user in &service().seeded.users {
        canaries.given("a password", user.password);
    }
    standalone(&mut canaries).await;
    ehr_launch(&mut canaries).await;
    backends(&mut canaries).await;
    typed_secret(&mut canaries).await;

    // Answers first: each secret at most in the one that gives it.
    let answers = Answer::all();
    assert!(answers.len() > 30 && canaries.0.len() > 40, "{} {}", answers.len(), canaries.0.len());
    for Secret { what, text, answers: most } in &canaries.0 {
        let holds = |answer: &&Answer| forms(text).iter().any(|form| answer.text.contains(form));
        let may =
            |answer: &&Answer| *most == OF_PAGES && answer.header("content-type").starts_with("text/html");
        let holding: Vec<_> = answers.iter().filter(holds).filter(|answer| !may(answer)).collect();
        let most = (*most).min(1);
        assert!(holding.len() <= most || *what == "a query of a scope", "{what}: {text} in {holding:?}");
    }

    // Tables: hashes alone. Who is allowed what is no secret there.
    let dumps = tables().await;
    for (table, items) in &dumps {
        let found = canaries.found_in(&items.to_string());
        let found: Vec<_> = found.iter().filter(|one| !one.starts_with("a query of a scope")).collect();
        assert!(found.is_empty(), "{table}: {found:?}");
    }
    let filled = dumps.iter().filter(|(_, items)| !items.as_array().unwrap().is_empty()).count();
    assert!(filled >= 6, "the tables were in use: {filled}");

    // Logs: none of it, and no patient or person either.
    for (what, text) in [
        ("a patient", "emre"),
        ("a patient", "bruno"),
        ("a user", "clara"),
        ("a name", "Clara Demo"),
        ("a context", "canary-intent"),
        ("a contact", CONTACT),
        ("an owner", OWNER),
        ("a user", USER),
        ("a name", NAME),
        ("what an app wants back", "a b+c&d"),
    ] {
        canaries.given(what, text);
    }
    let logged = logs::text();
    assert_eq!(canaries.found_in(&logged), Vec::<String>::new());
    for there in [
        "token.code",
        "refused",
        "\"event\":\"request\"",
        "launch.made",
        "consent.given",
        "client.registered",
        "client.changed",
        "Canary app, changed",
        "secret.made",
        "client.deleted",
        "user.created",
        "set_password_link.made",
        "password.changed",
        "register_token.made",
    ] {
        assert!(logged.contains(there), "{there} was logged");
    }
}
