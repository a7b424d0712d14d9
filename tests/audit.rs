//! Each decision leaves a line: what was decided, about which client and grant, and why.

use http::Method;
use serde_json::{Value, json};
use smart_verify::base64url;

use crate::support::{Answer, App, Browser, http, logs, own_service, service};

const OFFLINE: &str = "launch/patient openid fhirUser offline_access patient/*.rs";

fn text<'a>(body: &'a Value, member: &str) -> &'a str {
    body[member].as_str().unwrap_or_else(|| panic!("no {member} in {body}"))
}

/// The lines that an answer's own request has left.
fn lines_of(answer: &Answer) -> Vec<Value> {
    let id = answer.header("x-request-id");
    assert!(!id.is_empty());
    logs::decisions().into_iter().filter(|line| line["request_id"] == id).collect()
}

/// The one line of an event that an answer's request has left.
fn line_of(answer: &Answer, event: &str) -> Value {
    let lines = lines_of(answer);
    let line = lines.iter().find(|line| line["event"] == event);
    line.unwrap_or_else(|| panic!("no {event} in {lines:?}")).clone()
}

/// The lines about a person: each service hashes with a key of its own, so they are of this test alone.
fn lines_about(person: &Value, client: &str, event: &str) -> Vec<Value> {
    assert!(person.is_string());
    let lines = logs::decisions().into_iter();
    let theirs = |line: &Value| &line["person"] == person && line["client_id"] == client;
    lines.filter(|line| theirs(line) && line["event"] == event).collect()
}

/// Exactly so many lines. With keys elsewhere the hashes of several services were seen to be alike, so that there others
/// may have left some too.
fn assert_count(lines: usize, expected: usize, what: &str) {
    let shared = std::env::var_os("JOURNEYS_ELSEWHERE").is_some();
    assert!(lines == expected || (shared && lines > expected), "{what}: {lines}, and not {expected}");
}

fn has(line: &Value, members: &[(&str, &str)]) {
    for (name, value) in members {
        assert_eq!(line[name], *value, "{name} in {line}");
    }
}

/// The grant that a token comes from, as its claims say.
fn grant_of(access_token: &str) -> String {
    let claims = base64url::decode(access_token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    text(&claims, "grant").to_owned()
}

/// What a person allows an app, and the answer to its code.
async fn connected(app: &App, browser: &mut Browser) -> (String, Answer) {
    let code = app.code(&browser.allow(&app.address(&[]), "chidi", None).await);
    let answer = app.exchange(&code, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    (code, answer)
}

#[tokio::test]
async fn c04_every_decision_on_a_grant_leaves_a_line_its_end_by_a_replay_among_them() {
    logs::keep();
    own_service();
    let app = App { scope: OFFLINE.to_owned(), ..App::named("demo-confidential") };
    let (code, exchanged) = connected(&app, &mut Browser::default()).await;
    let access = text(&exchanged.json(), "access_token").to_owned();
    let grant = grant_of(&access);
    let client = ("client_id", "demo-confidential");
    let given = line_of(&exchanged, "token.code");
    has(&given, &[client, ("grant", &grant), ("outcome", "done"), ("level", "INFO"), ("route", "/token")]);
    has(&given, &[("scope", OFFLINE)]);
    assert_eq!(given["status"], 200);
    assert!(given["timestamp"].is_string() && given["patient"].is_string());
    let person = &given["person"];
    assert!(person.as_str().unwrap().starts_with("1."), "{given}");

    let signed_in = lines_about(person, "demo-confidential", "sign_in.done").pop().unwrap();
    assert_count(lines_about(person, "demo-confidential", "sign_in.done").len(), 1, "sign_in.done");
    has(&signed_in, &[client, ("route", "/sign-in")]);
    assert!(signed_in["account"].is_string());
    let [consent] = lines_about(person, "demo-confidential", "consent.given").try_into().unwrap();
    has(&consent, &[client, ("grant", &grant), ("scope", OFFLINE)]);
    assert_eq!(consent["patient"], given["patient"]);

    let refreshed = app.refresh(text(&exchanged.json(), "refresh_token"), &[("scope", "patient/*.rs")]).await;
    has(&line_of(&refreshed, "token.refresh"), &[client, ("grant", &grant), ("scope", "patient/*.rs")]);
    let asked = app.send("/introspect", &[("token", &access)], &[]).await;
    let line = line_of(&asked, "token.introspected");
    has(&line, &[client, ("by", "demo-confidential"), ("grant", &grant), ("reason", "active")]);
    let told = Answer::of(http().get(service().at("/userinfo")).bearer_auth(&access)).await;
    has(&line_of(&told, "person.told"), &[client, ("grant", &grant), ("person", person.as_str().unwrap())]);

    let replayed = app.exchange(&code, &[]).await;
    assert_eq!(replayed.status, 400);
    let ended = line_of(&replayed, "grant.revoked");
    has(&ended, &[client, ("grant", &grant), ("reason", "code_replayed"), ("level", "WARN")]);
    let refused = line_of(&replayed, "refused");
    has(&refused, &[client, ("reason", "code_replayed"), ("error", "invalid_grant"), ("outcome", "refused")]);
    let again = app.exchange(&code, &[]).await;
    assert_eq!(lines_of(&again).len(), 1, "what is over is not ended again");
    let asked = app.send("/introspect", &[("token", &access)], &[]).await;
    has(&line_of(&asked, "token.introspected"), &[("reason", "inactive"), ("grant", &grant)]);
}

#[tokio::test]
async fn r06_a_stale_refresh_token_and_an_app_that_gives_back_leave_a_line() {
    logs::keep();
    own_service();
    let app = App { scope: OFFLINE.to_owned(), ..App::named("demo-confidential") };
    let (_, exchanged) = connected(&app, &mut Browser::default()).await;
    let grant = grant_of(text(&exchanged.json(), "access_token"));
    let zero = text(&exchanged.json(), "refresh_token").to_owned();
    let one = app.refresh(&zero, &[]).await.json();
    app.refresh(text(&one, "refresh_token"), &[]).await;
    let stale = app.refresh(&zero, &[]).await;
    assert_eq!(stale.status, 400);
    let reason = ("reason", "refresh_token_replayed");
    has(&line_of(&stale, "grant.revoked"), &[("grant", &grant), reason, ("level", "WARN")]);
    has(&line_of(&stale, "refused"), &[reason, ("client_id", "demo-confidential")]);

    let (_, exchanged) = connected(&app, &mut Browser::default()).await;
    let access = text(&exchanged.json(), "access_token").to_owned();
    let revoked = app.revoke(&access).await;
    let line = line_of(&revoked, "grant.revoked");
    has(&line, &[("grant", &grant_of(&access)), ("reason", "by_client"), ("level", "INFO")]);
    assert_eq!(lines_of(&app.revoke(&access).await), Vec::<Value>::new(), "nothing was decided");
}

#[tokio::test]
async fn what_a_person_decides_leaves_a_line() {
    logs::keep();
    own_service();
    let scope = "launch/patient patient/Condition.rs".to_owned();
    let app = App { scope, ..App::named("demo-key-pair") };
    let mut browser = Browser::default();
    let consent = browser.reach_consent(&app.address(&[]), "chidi", None).await;
    browser.submit(&consent, &[("decision", "deny")]).await.away();
    let consent = browser.open(&app.address(&[])).await.page();
    app.code(&browser.submit(&consent, &[("decision", "allow")]).await.away());
    app.code(&browser.open(&app.address(&[])).await.away());
    let ask = browser.open(&service().at("/manage/demo-key-pair")).await.page();
    browser.submit(&ask, &[]).await.page();
    let out = browser.open(&service().at("/sign-out")).await.page();
    let out = browser.submit(&out, &[]).await.page();

    let person = &line_of(&out.answer, "sign_out.done")["person"];
    for event in ["sign_in.done", "consent.given", "consent.remembered", "consent.withdrawn"] {
        assert_count(lines_about(person, "demo-key-pair", event).len(), 1, event);
    }
    let denied = lines_about(person, "demo-key-pair", "consent.denied");
    has(&denied[0], &[("client_id", "demo-key-pair"), ("outcome", "refused")]);
    let revoked = lines_about(person, "demo-key-pair", "grant.revoked");
    assert_count(revoked.len(), 2, "each grant of the app is revoked");
    has(&revoked[0], &[("reason", "by_person"), ("client_id", "demo-key-pair")]);
}

#[tokio::test]
async fn s08_wrong_passwords_and_a_lockout_leave_a_line_without_the_name() {
    logs::keep();
    own_service();
    let app = App::named("demo-public");
    let mut browser = Browser::default();
    let page = browser.open(&app.address(&[])).await.page();
    let mut accounts = Vec::new();
    for _ in 0..5 {
        let wrong = browser.submit(&page, &[("username", "nobody"), ("password", "wrong")]).await.page();
        let line = line_of(&wrong.answer, "sign_in.failed");
        has(&line, &[("client_id", "demo-public"), ("outcome", "refused")]);
        assert!(line.get("person").is_none() && !line.to_string().contains("nobody"), "{line}");
        accounts.push(line["account"].clone());
    }
    let locked = browser.submit(&page, &[("username", "nobody"), ("password", "wrong")]).await.page();
    assert_eq!(locked.answer.status, 429);
    let line = line_of(&locked.answer, "sign_in.locked_out");
    has(&line, &[("level", "WARN")]);
    assert!(
        line["account"].is_string() && accounts.iter().all(|one| *one == line["account"]),
        "{accounts:?}"
    );
}

#[tokio::test]
async fn what_backend_services_and_ehrs_are_given_leaves_a_line() {
    logs::keep();
    own_service();
    let assertion = service().assertion();
    for door in ["/token", "/backend-token"] {
        let given = service().backend_token(door, &service().assertion(), Some("system/*.rs")).await;
        let line = line_of(&given, "token.backend");
        has(&line, &[("client_id", "demo-backend"), ("scope", "system/*.rs"), ("route", door)]);
        assert!(line.get("person").is_none() && line.get("grant").is_none(), "{line}");
    }
    let given = service().backend_token("/token", &assertion, None).await;
    let replayed = service().backend_token("/token", &assertion, None).await;
    let reason = ("reason", "assertion_jti_replayed");
    has(&line_of(&replayed, "refused"), &[("client_id", "demo-backend"), reason, ("level", "WARN")]);
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let (token, proof) = (given.json(), service().assertion());
    let pairs = [
        ("token", text(&token, "access_token")),
        ("client_assertion_type", kind),
        ("client_assertion", &proof),
    ];
    has(
        &line_of(&service().post("/revoke", &pairs).await, "token.revoked"),
        &[("client_id", "demo-backend")],
    );

    let assertion = service().seeded.ehr.assertion(&service().at("/token"), aws::lambda::now());
    let token = service().backend_token("/token", &assertion, Some("__launch")).await.json();
    let order = json!({ "client_id": "sample-app", "user": "clara", "patient": "emre" }).to_string();
    let request = http().post(service().at("/launch")).bearer_auth(text(&token, "access_token"));
    let made = Answer::of(request.header("content-type", "application/json").body(order)).await;
    let line = line_of(&made, "launch.made");
    has(&line, &[("client_id", "sample-app"), ("by", "demo-ehr")]);
    assert!(line["person"].is_string() && line["patient"].is_string() && !line.to_string().contains("emre"));
}

#[tokio::test]
async fn api_11_what_is_registered_and_changed_leaves_a_line_with_before_and_after() {
    logs::keep();
    own_service();
    let token = crate::registration_api::admin_token().await;
    let send = async |method: Method, path: &str, tag: &str, body: &Value| {
        let request = http().request(method, service().at(path)).bearer_auth(&token).header("if-match", tag);
        Answer::of(request.header("content-type", "application/json").body(body.to_string())).await
    };
    let uris = ["https://app.example.org/cb"];
    let body = json!({ "client_name": "Audited", "redirect_uris": uris, "scope": "patient/*.rs" });
    let made = send(Method::POST, "/clients", "", &body).await;
    let id = made.json()["client_id"].as_str().unwrap().to_owned();
    let by = ("by", "demo-admin");
    has(&line_of(&made, "client.registered"), &[("client_id", &id), by, ("route", "/clients")]);
    let path = format!("/clients/{id}");
    let patch = json!({ "client_name": "Audited, again" });
    let changed = send(Method::PATCH, &path, made.header("etag"), &patch).await;
    let line = line_of(&changed, "client.changed");
    has(&line, &[("client_id", &id), by, ("changed", "client_name"), ("outcome", "done"), ("level", "INFO")]);
    for (when, name) in [("before", "Audited"), ("after", "Audited, again")] {
        let state: Value = serde_json::from_str(text(&line, when)).unwrap();
        assert_eq!(state["client_name"], name);
    }
    let ann = json!({ "name": "audited", "display_name": "Ann Audited", "role": "patient" });
    let line = line_of(&send(Method::POST, "/users", "", &ann).await, "user.created");
    has(&line, &[by, ("route", "/users")]);
    assert!(
        line["person"].is_string() && line.get("before").is_none() && !line.to_string().contains("udited")
    );
}

#[tokio::test]
async fn pg_46_a_test_token_leaves_a_line_of_who_got_it() {
    logs::keep();
    own_service();
    let mut browser = Browser::default();
    let page = browser.open(&service().at("/account/tokens")).await.page();
    let page = browser.sign_in(&page, "chidi").await.page();
    let asked = [("scope", "launch/patient patient/*.rs")];
    let consent = browser.submit_to(&page, "/account/tokens", &asked).await.page();
    browser.submit(&consent, &[("decision", "allow")]).await.page();
    let out = browser.open(&service().at("/sign-out")).await.page();
    let out = browser.submit(&out, &[]).await.page();
    let person = line_of(&out.answer, "sign_out.done")["person"].clone();
    let lines = logs::decisions();
    let of = |event: &str| {
        let theirs = |line: &&Value| line["event"] == event && line["by_person"] == person;
        lines.iter().find(theirs).unwrap_or_else(|| panic!("{event} of {person} in {lines:?}"))
    };
    has(of("test_token.issued"), &[("scope", "launch/patient patient/*.rs")]);
    has(of("client.registered"), &[("client_id", "test-token-tool")]);
}

#[tokio::test]
async fn every_refusal_leaves_a_line_and_names_the_client_where_it_is_known() {
    logs::keep();
    own_service();
    let app = App::named("demo-confidential");
    let wrong = app.send("/token", &[("grant_type", "authorization_code")], &[]).await;
    has(&line_of(&wrong, "refused"), &[("client_id", "demo-confidential"), ("route", "/token")]);
    let unknown =
        service().post("/token", &[("grant_type", "refresh_token"), ("client_id", "my-s3cret")]).await;
    let line = line_of(&unknown, "refused");
    has(&line, &[("error", "invalid_client")]);
    assert!(line.get("client_id").is_none(), "never what a request says: {line}");
    let bare = service().get("/clients").await;
    has(&line_of(&bare, "refused"), &[("reason", "token_missing"), ("route", "/clients")]);
    let at_the_app = http().get(app.address(&[("code_challenge", "")]));
    let answer = Answer::of(at_the_app).await;
    assert_eq!(answer.status, 303);
    has(&line_of(&answer, "refused"), &[("client_id", "demo-confidential"), ("route", "/authorize")]);
}
