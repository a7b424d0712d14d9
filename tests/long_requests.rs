//! Authorization requests that are too long for a URL.

use crate::support::{App, Browser, parameter, service};

/// A request that goes in a flow, and what is asked in it.
fn long(app: &App) -> (String, String) {
    let granular =
        |number| format!("patient/Observation.rs?category=http://example.org/categories|kind-{number}");
    let scope = (0..110).map(granular).collect::<Vec<_>>().join(" ");
    (app.address(&[("scope", &scope)]), scope)
}

#[tokio::test]
async fn az_1_az_19_a_request_too_long_for_a_url_is_kept_whichever_way_it_comes() {
    let app = App::named("demo-public");
    let (address, scope) = long(&app);
    let (path, query) = address.split_once('?').unwrap();
    for posted in [false, true] {
        let mut browser = Browser::default();
        let first =
            if posted { browser.post(path, query).await.page() } else { browser.open(&address).await.page() };
        assert!(first.action().contains("flow=flow_") && first.action().len() < 200, "{}", first.action());
        let consent = browser.sign_in(&first, "chidi").await.page();
        let answered = browser.submit(&consent, &[("decision", "allow")]).await.away();
        assert_eq!(app.exchange(&app.code(&answered), &[]).await.json()["scope"], scope);
    }
}

#[tokio::test]
async fn s02_a_request_that_is_kept_opens_in_its_own_browser_alone() {
    let app = App::named("demo-public");
    let (address, _) = long(&app);
    let mut browser = Browser::default();
    let first = browser.open(&address).await.page();
    let flow = service().at(&first.action().replace("/sign-in", "/authorize"));
    assert_eq!(Browser::default().open(&flow).await.page().answer.status, 403);
    let consent = browser.sign_in(&first, "chidi").await.page();
    let mut stranger = Browser::default();
    stranger.reach_consent(&app.address(&[]), "alma", Some("bruno")).await;
    assert_eq!(stranger.open(&flow).await.page().answer.status, 403);
    let refused = stranger.submit(&consent, &[("decision", "allow")]).await.page();
    assert_eq!(refused.answer.status, 403, "{}", refused.answer.text);
    let unknown = format!("{}?flow=flow_{}", service().at("/authorize"), "A".repeat(43));
    assert_eq!(browser.open(&unknown).await.page().answer.status, 410);
}

#[tokio::test]
async fn az_19_a_request_over_16_kib_is_refused_whichever_way_it_comes() {
    let app = App::named("demo-public");
    let address = app.address(&[("unknown", &"x".repeat(17_000))]);
    let (path, query) = address.split_once('?').unwrap();
    let answered = Browser::default().post(path, query).await.away();
    assert_eq!(parameter(&answered, "error").as_deref(), Some("invalid_request"));
    let wide = format!("patient/*.rs {}", "patient/Observation.rs?category=x ".repeat(300));
    let (_, query) =
        app.address(&[("scope", &wide)]).split_once('?').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let answered = Browser::default().post(path, &query).await.away();
    assert_eq!(parameter(&answered, "error").as_deref(), Some("invalid_request"));
}
