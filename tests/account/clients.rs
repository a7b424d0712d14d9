//! What a developer does with their clients: registers, changes, deletes them, and reads their samples.

use super::{heading, register, see, signed_in};
use crate::support::{App, Browser, service};

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
        ("longest_access", "soon"),
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
        "<a href=\"#longest_access\">Longest access: must be a whole number",
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

/// The form of an app that was registered as usual, with another name.
fn typed(name: &str) -> [(&str, &str); 4] {
    [
        ("client_name", name),
        ("kind", "public"),
        ("redirect_uris", "http://127.0.0.1:8999/callback"),
        ("scope", "openid fhirUser patient/*.rs"),
    ]
}

#[tokio::test]
async fn pg_40_pg_16_an_update_says_what_happened_loses_nobodys_change_and_is_checked_by_an_administrator() {
    let mut browser = signed_in("clara").await;
    let unchecked = "told that nobody at the organisation has checked it";
    let (page, path) = register(&mut browser, &[("client_name", "Update me")]).await;
    assert!(page.answer.text.contains(unchecked), "{}", page.answer.text);
    let same = browser.submit_to(&page, &path, &typed("Update me")).await.page();
    assert!(same.answer.text.contains("Nothing was different") && same.answer.text.contains(unchecked));
    let updated = browser.submit_to(&page, &path, &typed("Updated")).await.page();
    assert!(updated.answer.text.contains("Updated “Updated”."), "{}", updated.answer.text);
    // The first page is older than the change.
    let stale = browser.submit_to(&page, &path, &typed("Mine")).await.page();
    assert_eq!(stale.answer.status, 409);
    for said in
        ["This client was changed by you at ", "Now: <code>Updated</code>", "You wanted: <code>Mine</code>"]
    {
        assert!(stale.answer.text.contains(said), "{said}: {}", stale.answer.text);
    }
    let forced = browser.submit_to(&stale, &path, &typed("Mine")).await.page();
    assert_eq!(heading(&forced), "Mine");

    // An administrator sends back what is there, and no other user is named.
    let mut admin = signed_in("dario").await;
    let seen = see(&mut admin, &path).await;
    assert!(seen.answer.text.contains("Update, also with nothing different, says that you have."));
    let checked = admin.submit_to(&seen, &path, &typed("Mine")).await.page();
    assert!(checked.answer.text.contains("Updated “Mine”."), "{}", checked.answer.text);
    assert!(!see(&mut browser, &path).await.answer.text.contains("has checked it"));
    let stale = browser.submit_to(&forced, &path, &typed("Mine again")).await.page();
    assert!(stale.answer.text.contains("changed by an administrator at "), "{}", stale.answer.text);
    let changed = browser.submit_to(&stale, &path, &typed("Mine again")).await.page();
    assert!(changed.answer.text.contains(unchecked), "{}", changed.answer.text);
    let stale = admin.submit_to(&seen, &path, &typed("Theirs again")).await.page();
    assert!(stale.answer.text.contains("changed by its owner at "), "{}", stale.answer.text);
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
async fn pg_38_the_longest_access_of_the_form_is_what_people_are_offered() {
    let mut browser = signed_in("chidi").await;
    let scope = ("scope", "openid fhirUser offline_access patient/*.rs");
    let (page, path) = register(&mut browser, &[scope, ("longest_access", "30")]).await;
    assert!(
        page.answer.text.contains("<option value=\"30\" selected>30 days</option>"),
        "{}",
        page.answer.text
    );
    let id = path.rsplit('/').next().unwrap();
    let callback = ("redirect_uri", "http://127.0.0.1:8999/callback");
    let app = App::asking("launch/patient offline_access patient/*.rs");
    let consent = browser.open(&app.address(&[("client_id", id), callback])).await.page();
    let days: Vec<_> = consent.choices();
    assert_eq!(days, ["0", "30"], "pg_22: {}", consent.answer.text);

    // For an hour there is nothing to come back with.
    let (_, path) = register(&mut browser, &[scope, ("longest_access", "0")]).await;
    let id = path.rsplit('/').next().unwrap();
    let consent = browser.open(&app.address(&[("client_id", id), callback])).await.page();
    assert!(consent.answer.text.contains("This ends in about 1 hour."), "{}", consent.answer.text);
    let answered = browser.submit(&consent, &[("decision", "allow"), ("days", "365")]).await.away();
    let code = crate::support::parameter(&answered, "code").unwrap();
    let body = app.exchange(&code, &[("client_id", id), callback]).await.json();
    assert_eq!((&body["scope"], body.get("refresh_token")), (&"patient/*.rs".into(), None));
}
