//! The secrets of a client: made or typed, shown once or never, added and ended.

use super::{between, register, see, signed_in};
use crate::support::{Answer, App, Browser, VERIFIER, form, http, parameter, service};

const CALLBACK: &str = "http://127.0.0.1:8999/callback";

/// A secret that somebody chose. It is no secret of anything but an invented client.
const CHOSEN: &str = "chosen-by-its-owner.0123456789_ABCDEF~xyz";

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

/// What the token endpoint says to a code of a client that proves itself by this secret.
async fn redeemed(path: &str, secret: &str) -> u16 {
    let id = path.rsplit('/').next().unwrap();
    let app = App::asking("openid fhirUser patient/*.rs");
    let address = app.address(&[("client_id", id), ("redirect_uri", CALLBACK), ("prompt", "consent")]);
    let mut person = signed_in("chidi").await;
    let consent = person.open(&address).await.page();
    let answered = person.submit(&consent, &[("decision", "allow")]).await.away();
    let code = parameter(&answered, "code").unwrap();
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let request = http().post(service().at("/token")).basic_auth(id, Some(secret)).body(form(&pairs));
    Answer::of(request.header("content-type", "application/x-www-form-urlencoded")).await.status
}

fn fields(kind: &'static str, by: &'static str, secret: &'static str) -> [(&'static str, &'static str); 4] {
    [("kind", kind), ("secret", by), ("client_secret", secret), ("client_name", "Typed app")]
}

#[tokio::test]
async fn pg_38_rg_5_a_secret_that_its_owner_typed_opens_the_token_endpoint_and_is_never_shown() {
    let mut browser = signed_in("clara").await;
    let (page, path) = register(&mut browser, &fields("secret", "typed", CHOSEN)).await;
    assert!(page.answer.text.contains("Registered “Typed app”."), "{}", page.answer.text);
    assert!(!page.answer.text.contains("shown once"), "whoever typed it knows it");

    // The second one as well, and not the same again.
    let secrets = see(&mut browser, &format!("{path}/secrets")).await;
    let add = async |browser: &mut Browser, secret: &str| {
        let set = [("secret", "typed"), ("client_secret", secret)];
        browser.submit_to(&secrets, &format!("{path}/secrets"), &set).await.page()
    };
    let refused = add(&mut browser, CHOSEN).await;
    assert_eq!(refused.answer.status, 400);
    let said = "<a href=\"#client_secret\">Client secret: this one works already; type another.";
    assert!(refused.answer.text.contains(said), "{}", refused.answer.text);
    let second = CHOSEN.to_uppercase();
    let added = add(&mut browser, &second).await;
    assert!(added.answer.text.contains("Added a secret.") && !added.answer.text.contains("shown once"));
    for (secret, status) in [(CHOSEN, 200), (second.as_str(), 200), (&CHOSEN.replace('x', "y"), 401)] {
        assert_eq!(redeemed(&path, secret).await, status);
    }
    is_nowhere(&[CHOSEN, &second]);
}

/// No answer of this test has said any of these.
fn is_nowhere(secrets: &[&str]) {
    for answer in Answer::all() {
        assert!(secrets.iter().all(|secret| !answer.text.contains(secret)), "{}", answer.text);
        assert!(secrets.iter().all(|secret| !answer.header("location").contains(secret)));
    }
}

#[tokio::test]
async fn pg_38_g16_a_secret_that_is_none_is_refused_and_not_repeated() {
    let mut browser = signed_in("clara").await;
    let weak = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    for (kind, by, secret, said) in [
        ("secret", "typed", "", "Client secret: use 32 to 128 of the characters A–Z a–z 0–9 - . _ ~"),
        ("secret", "typed", weak, "at least 8 different ones."),
        ("secret", "made", CHOSEN, "Client secret: choose “I will type one”, or leave the field empty."),
        (
            "public",
            "typed",
            CHOSEN,
            "Client secret: only an app with a secret has one; leave the field empty.",
        ),
    ] {
        let form = see(&mut browser, "/account/clients/new").await;
        // What else is wrong is named beside it.
        let set = [&fields(kind, by, secret)[..], &[("redirect_uris", ""), ("scope", "openid")]].concat();
        let page = browser.submit_to(&form, "/account/clients/new", &set).await.page();
        assert_eq!(page.answer.status, 400, "{said}");
        let text = &page.answer.text;
        assert!(
            text.contains("<a href=\"#client_secret\">Client secret: ") && text.contains(said),
            "{said} {text}"
        );
        assert!(text.contains("<a href=\"#redirect_uris\">"), "ux_9: {text}");
        let chosen = if by == "typed" { "value=\"typed\" checked" } else { "value=\"made\" checked" };
        assert!(text.contains(chosen), "ux_8: {text}");
    }
    is_nowhere(&[CHOSEN, weak]);
}

#[tokio::test]
async fn pg_38_a_client_that_begins_to_need_a_secret_gets_the_one_that_was_typed() {
    let mut browser = signed_in("clara").await;
    let (page, path) = register(&mut browser, &[("client_name", "Typed app")]).await;
    let set = [
        &fields("secret", "typed", CHOSEN)[..],
        &[("redirect_uris", CALLBACK), ("scope", "openid fhirUser patient/*.rs")],
    ]
    .concat();
    let updated = browser.submit_to(&page, &path, &set).await.page();
    assert!(updated.answer.text.contains("Updated “Typed app”."), "{}", updated.answer.text);
    assert!(!updated.answer.text.contains("shown once"));
    assert_eq!(redeemed(&path, CHOSEN).await, 200);
    // From now on its page of secrets is where others are added.
    assert!(!updated.choices().contains(&"typed".to_owned()));
    let again = browser.submit_to(&updated, &path, &set).await.page();
    assert_eq!(again.answer.status, 400);
    assert!(again.answer.text.contains("add it on this client&#39;s page Secrets."), "{}", again.answer.text);
    is_nowhere(&[CHOSEN]);
}
