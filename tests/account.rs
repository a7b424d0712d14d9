//! The account home, from making an account to a token: what a developer and an administrator do there.

use crate::support::{Answer, App, Browser, Page, form, http, own_service_with, service};
use local::Options;
use serde_json::Value;

/// A browser in which somebody is signed in at the account home.
async fn signed_in(user: &str) -> Browser {
    let mut browser = Browser::default();
    let page = browser.open(&service().at("/account")).await.page();
    assert!(page.heading().starts_with("Sign in"), "{}", page.heading());
    let home = browser.sign_in(&page, user).await.page();
    assert!(home.heading().starts_with("Welcome, "), "{}", home.heading());
    browser
}

async fn see(browser: &mut Browser, path: &str) -> Page {
    browser.open(&service().at(path)).await.page()
}

/// The heading without the marks around names.
fn heading(page: &Page) -> String {
    page.heading().replace("<bdi>", "").replace("</bdi>", "")
}

const APP: [(&str, &str); 5] = [
    ("client_name", "Growth Chart"),
    ("kind", "public"),
    ("redirect_uris", "http://127.0.0.1:8999/callback"),
    ("scope", "openid fhirUser"),
    ("preset", "read"),
];

/// Registers an app, and says where its page is.
async fn register(browser: &mut Browser, set: &[(&str, &str)]) -> (Page, String) {
    let form = see(browser, "/account/clients/new").await;
    let usual = APP.iter().filter(|(name, _)| !set.iter().any(|(given, _)| given == name));
    let fields: Vec<(&str, &str)> =
        usual.chain(set).copied().filter(|(_, value)| !value.is_empty()).collect();
    let page = browser.submit_to(&form, "/account/clients/new", &fields).await.page();
    let id = between(&page.answer.text, "<code id=\"client-id\">", "</code>");
    let path = format!("/account/clients/{id}");
    (page, path)
}

fn between(text: &str, before: &str, after: &str) -> String {
    let rest = text.split_once(before).map(|(_, rest)| rest).unwrap_or_default();
    rest.split_once(after).map(|(found, _)| found.to_owned()).unwrap_or_default()
}

#[tokio::test]
async fn rg_1_pg_38_a_person_registers_an_app_and_it_gets_a_token() {
    let mut browser = signed_in("chidi").await;
    let (page, path) = register(&mut browser, &[]).await;
    assert!(page.answer.text.contains("Registered “Growth Chart”."), "pg_39: {}", page.answer.text);
    let id = path.rsplit('/').next().unwrap();
    assert!(!page.answer.text.contains("shown once"), "a public client has no secret");
    // The scope says what was typed and what was ticked.
    let shown = see(&mut browser, &path).await;
    assert!(shown.answer.text.contains("openid fhirUser patient/*.rs</textarea>"), "{}", shown.answer.text);
    assert!(shown.answer.text.contains("Always on: it keeps a stolen code useless."), "rg_5");

    let app = App::asking("launch/patient patient/*.rs");
    let address = app.address(&[("client_id", id), ("redirect_uri", "http://127.0.0.1:8999/callback")]);
    let consent = browser.open(&address).await.page();
    assert!(heading(&consent).starts_with("Allow Growth Chart"), "{}", consent.heading());
    let answered = browser.submit(&consent, &[("decision", "allow")]).await.away();
    let code = crate::support::parameter(&answered, "code").unwrap();
    let set = [("client_id", id), ("redirect_uri", "http://127.0.0.1:8999/callback")];
    let answer = app.exchange(&code, &set).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["scope"], "patient/*.rs", "no more than it is registered for");
}

#[tokio::test]
async fn pg_39_g13_a_secret_is_made_and_shown_once() {
    let mut browser = signed_in("clara").await;
    let (page, path) = register(&mut browser, &[("kind", "secret"), ("client_name", "Server app")]).await;
    let secret = between(&page.answer.text, "<code id=\"client-secret\">", "</code>");
    assert!(secret.len() >= 40, "{}", page.answer.text);
    assert!(!see(&mut browser, &path).await.answer.text.contains("client-secret"));

    let secrets = see(&mut browser, &format!("{path}/secrets")).await;
    assert!(secrets.answer.text.contains("It is the only one."), "pg_42: {}", secrets.answer.text);
    assert!(secrets.answer.text.contains(&format!("••••{}", &secret[secret.len() - 4..])));
    let added = browser.submit_to(&secrets, &format!("{path}/secrets"), &[]).await.page();
    let second = between(&added.answer.text, "<code id=\"client-secret\">", "</code>");
    assert!(second.len() >= 40 && second != secret, "{}", added.answer.text);
    assert!(added.answer.text.contains("At most two secrets work at a time."));
    let ended = browser.submit_to(&added, &format!("{path}/secrets/"), &[("in", "0")]).await.page();
    assert!(ended.answer.text.contains("It is the only one."), "{}", ended.answer.text);
}

#[tokio::test]
async fn pg_38_every_fault_is_named_at_once_with_its_line_and_what_was_typed_stays() {
    let mut browser = signed_in("clara").await;
    let form = see(&mut browser, "/account/clients/new").await;
    let uris = "https://ok.example.org/cb\n\nhttp://app.example.org/cb\nhttps://a.example.org/cb#x";
    let fields = [
        ("client_name", "\u{202E}evil"),
        ("kind", "public"),
        ("redirect_uris", uris),
        ("scope", "patient/Foo.rs"),
        ("client_uri", "javascript:alert(1)"),
    ];
    let page = browser.submit_to(&form, "/account/clients/new", &fields).await.page();
    assert_eq!(page.answer.status, 400);
    let text = &page.answer.text;
    for said in [
        "<title>Error: Register SMART Clients",
        "<a href=\"#client_name\">",
        "<a href=\"#redirect_uris\">Line 3: ",
        "<a href=\"#redirect_uris\">Line 4: ",
        "<a href=\"#scope\">",
        "<a href=\"#client_uri\">Home page: must be an https address.</a>",
    ] {
        assert!(text.contains(said), "ux_9 {said}: {text}");
    }
    assert!(text.contains("https://a.example.org/cb#x</textarea>"), "ux_8");
    // A kind that does not use what was filled in says so.
    let backend =
        [("client_name", "B"), ("kind", "backend"), ("redirect_uris", uris), ("scope", "system/*.rs")];
    let page = browser.submit_to(&form, "/account/clients/new", &backend).await.page();
    assert!(page.answer.text.contains("a backend service has no redirect URI."), "{}", page.answer.text);
}

#[tokio::test]
async fn pg_40_an_update_says_what_happened_and_loses_nobodys_change() {
    let mut browser = signed_in("clara").await;
    let (page, path) = register(&mut browser, &[("client_name", "Update me")]).await;
    let typed = |name: &'static str| {
        [
            ("client_name", name),
            ("kind", "public"),
            ("redirect_uris", "http://127.0.0.1:8999/callback"),
            ("scope", "openid fhirUser patient/*.rs"),
        ]
    };
    let same = browser.submit_to(&page, &path, &typed("Update me")).await.page();
    assert!(same.answer.text.contains("Nothing was different"), "{}", same.answer.text);
    let updated = browser.submit_to(&page, &path, &typed("Updated")).await.page();
    assert!(updated.answer.text.contains("Updated “Updated”."), "{}", updated.answer.text);
    // The first page is older than the change.
    let stale = browser.submit_to(&page, &path, &typed("Mine")).await.page();
    assert_eq!(stale.answer.status, 409);
    assert!(stale.answer.text.contains("Now: <code>Updated</code>"), "{}", stale.answer.text);
    assert!(stale.answer.text.contains("You wanted: <code>Mine</code>"));
    let forced = browser.submit_to(&stale, &path, &typed("Mine")).await.page();
    assert_eq!(heading(&forced), "Mine");
}

#[tokio::test]
async fn pg_41_deleting_asks_first_and_then_the_app_is_gone() {
    let mut browser = signed_in("clara").await;
    let (_, path) = register(&mut browser, &[("client_name", "Delete me")]).await;
    let ask = see(&mut browser, &format!("{path}/delete")).await;
    assert!(ask.heading().starts_with("Delete “"), "{}", ask.heading());
    let gone = browser.submit_to(&ask, &format!("{path}/delete"), &[]).await.page();
    assert!(gone.answer.text.contains("The client is deleted."), "{}", gone.answer.text);
    assert_eq!(see(&mut browser, &path).await.answer.status, 404);
}

#[tokio::test]
async fn g13_others_clients_are_not_there_and_an_administrator_sees_all_with_their_owners() {
    let (mut owner, mut other, mut admin) =
        (signed_in("clara").await, signed_in("chidi").await, signed_in("dario").await);
    let (_, path) = register(&mut owner, &[("client_name", "Private app"), ("kind", "secret")]).await;
    for part in ["", "/delete", "/samples", "/problems", "/secrets"] {
        let page = see(&mut other, &format!("{path}{part}")).await;
        assert_eq!((page.answer.status, page.heading().as_str()), (404, "There is no such page"), "{part}");
        assert_eq!(see(&mut admin, &format!("{path}{part}")).await.answer.status, 200, "{part}");
    }
    // Nor does a form of one's own lead there.
    let (own, own_path) = register(&mut other, &[]).await;
    let csrf = own.form_to(&own_path).fields().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    let cookie = format!("session={}", other.cookies["session"]);
    let posted = http().post(service().at(&path)).header("cookie", &cookie).body(form(&[("csrf", &csrf)]));
    let posted = Answer::of(posted.header("content-type", "application/x-www-form-urlencoded")).await;
    assert_eq!(posted.status, 403, "s01: a token is for one form");

    for closed in ["/account/all-clients", "/account/approvals", "/account/approvals/x"] {
        assert_eq!(see(&mut other, closed).await.answer.status, 404, "{closed}");
    }
    let all = see(&mut admin, "/account/all-clients").await;
    assert!(all.answer.text.contains("owner <code>demo-clara</code>"), "pg_45: {}", all.answer.text);
    let found = see(&mut admin, "/account/all-clients?q=private").await;
    assert!(found.answer.text.contains("Private app") && !found.answer.text.contains("Demo EHR"));
}

#[tokio::test]
async fn s01_no_form_counts_without_its_token_and_nobody_else_may_send_it() {
    let mut browser = signed_in("clara").await;
    for path in ["/account/clients/new", "/account/password", "/account/tokens"] {
        let page = see(&mut browser, path).await;
        let forged = browser.submit_to(&page, path, &[("csrf", "1.AAAA")]).await.page();
        assert_eq!(
            (forged.answer.status, forged.heading().as_str()),
            (403, "This page is out of date"),
            "{path}"
        );
        let stolen = signed_in("chidi").await.submit_to(&page, path, &[]).await.page();
        assert_eq!(stolen.answer.status, 403, "{path}: of another session");
    }
    // Without a session a form leads to the sign-in page, and nothing is done.
    let page = see(&mut browser, "/account/clients/new").await;
    let nobody = Browser::default().submit_to(&page, "/account/clients/new", &APP).await.page();
    assert!(nobody.heading().starts_with("Sign in"), "{}", nobody.heading());
}

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
    for refused in ["upstream:x", "Anew", "a b", ""] {
        let page = submit(&mut browser, refused, "a long enough password").await;
        assert_eq!(page.answer.status, 400, "g_users {refused}");
        assert!(page.answer.text.contains("<a href=\"#username\">"), "{refused}");
    }
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

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&smart::random::from_base64url(part).unwrap()).unwrap()
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
    let link = send("/users/linked/set-password-link", "").await.json()["link"].as_str().unwrap().to_owned();
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
async fn rg_approval_a_backend_service_waits_and_its_owner_sees_what_became_of_it() {
    let (mut owner, mut admin) = (signed_in("clara").await, signed_in("dario").await);
    let jwks = serde_json::json!({ "keys": [service().seeded.backend.public_jwk()] }).to_string();
    let backend = |name: &'static str| {
        [
            ("client_name", name),
            ("kind", "backend"),
            ("redirect_uris", ""),
            ("keys", "value"),
            ("scope", "system/Patient.rs system/Observation.rs"),
            ("preset", ""),
        ]
    };
    let keys = ("jwks", jwks.as_str());
    let (page, path) = register(&mut owner, &[&backend("Nightly export")[..], &[keys]].concat()).await;
    assert!(page.answer.text.contains("It waits for an administrator"), "{}", page.answer.text);
    let id = path.rsplit('/').next().unwrap();
    let decision = format!("/account/approvals/{id}");
    assert!(see(&mut admin, "/account/approvals").await.answer.text.contains("Nightly export"));
    let ask = see(&mut admin, &decision).await;
    assert!(ask.answer.text.contains("Requested") && ask.answer.text.contains("system/Observation.rs"));
    let more = [("decision", "approve"), ("scope", "system/*.cruds")];
    assert_eq!(admin.submit_to(&ask, &decision, &more).await.page().answer.status, 400);
    let less = [("decision", "approve"), ("scope", "system/Patient.rs")];
    let done = admin.submit_to(&ask, &decision, &less).await.page();
    assert!(done.answer.text.contains("Approved."), "{}", done.answer.text);
    let seen = see(&mut owner, &path).await;
    assert!(seen.answer.text.contains("approved with the scopes system/Patient.rs"), "{}", seen.answer.text);

    let (_, path) = register(&mut owner, &[&backend("Too much")[..], &[keys]].concat()).await;
    let decision = format!("/account/approvals/{}", path.rsplit('/').next().unwrap());
    let ask = see(&mut admin, &decision).await;
    let silent = admin.submit_to(&ask, &decision, &[("decision", "decline")]).await.page();
    assert_eq!(silent.answer.status, 400);
    let why = [("decision", "decline"), ("reason", "No need was shown.")];
    admin.submit_to(&ask, &decision, &why).await.page();
    let told = see(&mut owner, "/account/clients/new").await;
    assert!(told.answer.text.contains("“Too much” was declined: No need was shown."), "{}", told.answer.text);
}

#[tokio::test]
async fn pg_38_checking_keys_changes_nothing_and_refuses_private_ones() {
    let mut browser = signed_in("clara").await;
    let form = see(&mut browser, "/account/clients/new").await;
    let check = async |browser: &mut Browser, jwks: &str| {
        let fields = [("client_name", ""), ("kind", "backend"), ("jwks", jwks), ("do", "check")];
        browser.submit_to(&form, "/account/clients/new", &fields).await.page().answer.text
    };
    let pair = &service().seeded.backend;
    let public = serde_json::json!({ "keys": [pair.public_jwk()] }).to_string();
    assert!(check(&mut browser, &public).await.contains("Good. Keys: “demo-backend-key” (EC ES384)."));
    let private = serde_json::json!({ "keys": [pair.private_jwk()] }).to_string();
    assert!(check(&mut browser, &private).await.contains("never send those"));
    assert!(check(&mut browser, "{").await.contains("This is not JSON."));
}

#[tokio::test]
async fn pg_45_where_only_administrators_register_others_are_told_whom_to_ask() {
    let parameters = [("Sandbox", "false"), ("SelfRegistration", "off"), ("TestAccounts", "[]")];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    own_service_with(Options { parameters, ..Options::default() });
    let mut browser = signed_in("clara").await;
    let page = see(&mut browser, "/account/clients/new").await;
    assert!(page.answer.text.contains("your site administrator"), "{}", page.answer.text);
    for closed in ["/account/patients", "/account/tokens", "/account/create", "/account/tokens/result"] {
        assert_eq!(see(&mut browser, closed).await.answer.status, 404, "pg_48 pg_49 {closed}");
    }
    let mut admin = signed_in("dario").await;
    let form = see(&mut admin, "/account/clients/new").await;
    let missing = admin.submit_to(&form, "/account/clients/new", &APP).await.page();
    assert!(missing.answer.text.contains("Privacy page: needed on this server."), "{}", missing.answer.text);
    assert_eq!(see(&mut admin, "/account/tokens").await.heading(), "Get Access Tokens");
}

#[tokio::test]
async fn pg_52_every_page_of_a_client_has_samples_with_its_own_values() {
    let mut browser = signed_in("clara").await;
    let (_, path) = register(&mut browser, &[]).await;
    let page = see(&mut browser, &format!("{path}/samples")).await;
    let id = path.rsplit('/').next().unwrap();
    assert_eq!(page.answer.text.matches("<pre>").count(), 3);
    assert!(
        page.answer.text.matches(id).count() > 3
            && page.answer.text.contains("http://127.0.0.1:8999/callback")
    );
    let problems = see(&mut browser, &format!("{path}/problems")).await;
    assert!(problems.answer.text.contains("No request of this client was refused lately."), "pg_43");
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
