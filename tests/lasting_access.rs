//! Coming back: refresh tokens, what they give, and how they end.

use std::time::Duration;

use serde_json::json;

use crate::support::{App, Browser, Led, own_service, service};

const OFFLINE: &str = "launch/patient openid fhirUser offline_access patient/*.rs";

/// What an app that was allowed lasting access was given.
async fn connected(client: &str, scope: &str) -> (App, Browser, serde_json::Value) {
    let app = App { scope: scope.to_owned(), ..App::named(client) };
    let mut browser = Browser::default();
    let answered = browser.allow(&app.address(&[]), "chidi", None).await;
    let body = app.exchange(&app.code(&answered), &[]).await.json();
    (app, browser, body)
}

fn text<'a>(body: &'a serde_json::Value, member: &str) -> &'a str {
    body[member].as_str().unwrap_or_else(|| panic!("no {member} in {body}"))
}

#[tokio::test]
async fn tr_2_tr_3_tr_5_a_refresh_gives_everything_again() {
    for client in ["demo-public", "demo-confidential"] {
        let (app, _, first) = connected(client, OFFLINE).await;
        assert_eq!(first["scope"], OFFLINE);
        let second = app.refresh(text(&first, "refresh_token"), &[]).await;
        assert_eq!((second.header("cache-control"), second.header("pragma")), ("no-store", "no-cache"));
        let second = second.json();
        for member in ["scope", "patient", "token_type"] {
            assert_eq!(second[member], first[member], "{member}");
        }
        assert_eq!(second["expires_in"], 3600);
        for member in ["access_token", "refresh_token", "id_token"] {
            assert_ne!(text(&second, member), text(&first, member), "{member}");
        }
        let read = service().fhir("Patient/chidi", text(&second, "access_token")).await;
        assert_eq!(read.status, 200);
        let third = app.refresh(text(&second, "refresh_token"), &[("scope", OFFLINE)]).await.json();
        assert_eq!(third["scope"], OFFLINE, "the whole list is no more than was granted");
    }
}

#[tokio::test]
async fn r05_r06_a_lost_answer_is_given_again_and_an_old_token_ends_everything() {
    let (app, _, first) = connected("demo-public", OFFLINE).await;
    let zero = text(&first, "refresh_token");
    let one = app.refresh(zero, &[]).await.json();
    let again = app.refresh(zero, &[]).await.json();
    assert_eq!(text(&again, "refresh_token"), text(&one, "refresh_token"), "the very same successor");
    let two = app.refresh(text(&one, "refresh_token"), &[]).await.json();
    let stale = app.refresh(zero, &[]).await;
    assert_eq!((stale.status, stale.error().as_str()), (400, "invalid_grant"));
    let dead = app.refresh(text(&two, "refresh_token"), &[]).await;
    assert_eq!((dead.status, dead.error().as_str()), (400, "invalid_grant"), "the family is dead");
}

#[tokio::test]
async fn rc_1_rv_2_tr_1_a_public_client_need_not_name_itself_when_it_comes_back() {
    let (app, _, first) = connected("demo-public", OFFLINE).await;
    assert_eq!(app.refresh(text(&first, "refresh_token"), &[("client_id", "")]).await.status, 200);
    let (app, _, first) = connected("demo-confidential", OFFLINE).await;
    let token = text(&first, "refresh_token");
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", token)];
    let bare = service().post("/token", &pairs).await;
    assert_eq!((bare.status, bare.error().as_str()), (401, "invalid_client"), "r12");
    assert_eq!(app.refresh(token, &[]).await.status, 200, "and the token lives");
}

#[tokio::test]
async fn r10_tr_8_online_access_ends_with_sign_out_and_offline_access_does_not() {
    let online = "launch/patient online_access patient/*.rs";
    let (app, mut browser, first) = connected("demo-public", online).await;
    let second = app.refresh(text(&first, "refresh_token"), &[]).await.json();
    let (lasting, _, offline) = connected("demo-confidential", OFFLINE).await;
    let page = browser.open(&service().at("/sign-out")).await.page();
    browser.submit(&page, &[]).await.page();
    let over = app.refresh(text(&second, "refresh_token"), &[]).await;
    assert_eq!((over.status, over.error().as_str()), (400, "invalid_grant"));
    assert_eq!(lasting.refresh(text(&offline, "refresh_token"), &[]).await.status, 200);
}

#[tokio::test]
async fn in_4_in_5_in_6_in_9_rv_5_v04_a_revoked_grant_is_inactive_at_once() {
    let (app, _, first) = connected("demo-confidential", OFFLINE).await;
    let (access, refresh) = (text(&first, "access_token"), text(&first, "refresh_token"));
    let about = app.introspect(access).await;
    assert_eq!(about["active"], true);
    for (member, expected) in [
        ("scope", first["scope"].clone()),
        ("patient", json!("chidi")),
        ("client_id", json!("demo-confidential")),
        ("iss", json!(service().urls.issuer)),
    ] {
        assert_eq!(about[member], expected, "{member}");
    }
    assert!(about["exp"].is_u64() && about["sub"].is_string() && about["fhirUser"].is_string());
    assert_eq!(app.introspect(refresh).await["active"], true);
    let revoked = app.revoke(refresh).await;
    assert_eq!((revoked.status, revoked.text.as_str()), (200, ""));
    for token in [access, refresh] {
        assert_eq!(app.introspect(token).await, json!({ "active": false }));
    }
    assert_eq!(app.refresh(refresh, &[]).await.error(), "invalid_grant");
    assert_eq!(app.revoke(refresh).await.status, 200, "v02: what is over needs no ending");
}

#[tokio::test]
async fn v03_i04_rv_4_in_3_the_token_of_another_client_is_not_ones_business() {
    let (app, _, first) = connected("demo-confidential", OFFLINE).await;
    let stranger = App::named("demo-public");
    let refused = stranger.revoke(text(&first, "refresh_token")).await;
    assert_eq!((refused.status, refused.error().as_str()), (400, "invalid_grant"));
    assert_eq!(app.introspect(text(&first, "access_token")).await["active"], true, "it lives");
}

#[tokio::test]
async fn id_4_userinfo_says_who_the_person_is_and_the_token_reads_them() {
    let (_, _, first) = connected("demo-public", OFFLINE).await;
    let request = crate::support::http().get(service().at("/userinfo"));
    let answer = crate::support::Answer::of(request.bearer_auth(text(&first, "access_token"))).await;
    let body = answer.json();
    assert_eq!(answer.status, 200);
    assert!(body["sub"].is_string());
    assert_eq!(body["fhirUser"], json!(format!("{}/Patient/chidi", service().urls.fhir_base_url)));
    let named = crate::support::http().get(body["fhirUser"].as_str().unwrap());
    let read = crate::support::Answer::of(named.bearer_auth(text(&first, "access_token"))).await;
    assert_eq!((read.status, &read.json()["id"]), (200, &json!("chidi")));
    let bare = service().get("/userinfo").await;
    assert_eq!((bare.status, bare.header("www-authenticate")), (401, "Bearer"));
}

#[tokio::test]
async fn mg_1_what_a_person_withdraws_is_over_at_once() {
    own_service();
    let app = App { scope: OFFLINE.to_owned(), ..App::named("demo-confidential") };
    let mut browser = Browser::default();
    let consent = match browser.open(&app.address(&[("prompt", "consent")])).await {
        Led::To(sign_in) => browser.sign_in(&sign_in, "chidi").await.page(),
        Led::Away(url) => panic!("nobody was asked: {url}"),
    };
    let answered = browser.submit(&consent, &[("decision", "allow"), ("days", "365")]).await.away();
    let body = app.exchange(&app.code(&answered), &[]).await.json();
    let page = browser.open(&service().at("/manage")).await.page();
    // The days are counted from the end of the page, some minutes ahead.
    let chosen = aws::lambda::now() + Duration::from_secs(365 * 86_400 + 590);
    let day = format!("Ends on {}", pages::dates::day_in_words(chosen).unwrap());
    assert!(page.answer.text.contains(&day), "{day}, not when the consent ends: {}", page.answer.text);
    let ask = browser.open(&service().at("/manage/demo-confidential")).await.page();
    browser.submit(&ask, &[]).await.page();
    let refused = app.refresh(text(&body, "refresh_token"), &[]).await;
    assert_eq!((refused.status, refused.error().as_str()), (400, "invalid_grant"));
    for token in ["access_token", "refresh_token"] {
        assert_eq!(app.introspect(text(&body, token)).await, json!({ "active": false }), "{token}");
    }
}
