//! The account home, from making an account to a token: what a developer and an administrator do there.
//!
//! These walks own what pages say and where they lead. Rules and rights behind a page are checked in
//! `shared/testkit/tests/operations`, and how pages look and work in a browser in `tests/peers/account.mjs`.

mod clients;
mod people;
mod rights;
mod secrets;
mod test_launch;
mod tokens;

use serde_json::Value;

use smart_verify::base64url;

use crate::support::{Browser, Page, service};

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

pub(crate) fn between(text: &str, before: &str, after: &str) -> String {
    let rest = text.split_once(before).map(|(_, rest)| rest).unwrap_or_default();
    rest.split_once(after).map(|(found, _)| found.to_owned()).unwrap_or_default()
}

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64url::decode(part).unwrap()).unwrap()
}
