//! What the pages do, where time is ours to choose.

use http::{Method, StatusCode, header};
use smart::password;
use smart::registration::SelfRegistration;
use web::browser::cookies::Cookies;
use web::browser::signed_in::signed_in;

use super::*;

fn is_signed_out(response: &Response) -> bool {
    let location = response.headers().get(header::LOCATION).map(|value| value.to_str().unwrap());
    location.is_some_and(|location| location.starts_with("/sign-in?to="))
}

#[tokio::test]
async fn s03_changing_a_password_ends_every_other_session_and_begins_this_one_anew() {
    let mut stage = Stage::that_is(SelfRegistration::Open);
    let user = person(&stage, "ann", false).await;
    let (here, elsewhere) = (session(&stage, &user, NOW).await, session(&stage, &user, NOW).await);
    stage.later(60);
    let change = [("current", "the first password"), ("password", "the second password")];
    let changed = post(&stage, "/account/password", &here, &change).await;
    assert_eq!(changed.status(), StatusCode::SEE_OTHER, "{}", text(&changed));
    let set = changed.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(get(&stage, "/account", &set).await.status(), StatusCode::OK);
    for over in [here, elsewhere] {
        assert!(is_signed_out(&get(&stage, "/account", &over).await));
    }
    let headers = request(Method::GET, "/", &[("cookie", set.as_str())], "");
    let cookie = Cookies::of(headers.headers()).session(stage.home.cookies, &stage.seals, stage.now);
    let who = signed_in(cookie, &stage.store, stage.now).await.unwrap().unwrap();
    assert!(password::is_right("the second password", Some(&who.user.password_hash)));
}

#[tokio::test]
async fn s08_five_wrong_passwords_lock_the_page_as_they_lock_the_sign_in() {
    let stage = Stage::that_is(SelfRegistration::Open);
    let user = person(&stage, "ann", false).await;
    let cookie = session(&stage, &user, NOW).await;
    let wrong = [("current", "not the password"), ("password", "the second password")];
    for _ in 0..5 {
        assert_eq!(
            post(&stage, "/account/password", &cookie, &wrong).await.status(),
            StatusCode::UNAUTHORIZED
        );
    }
    let locked = post(&stage, "/account/password", &cookie, &wrong).await;
    assert_eq!(locked.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(locked.headers().contains_key(header::RETRY_AFTER));
}

#[tokio::test]
async fn pg_35_a_session_that_idled_or_ended_leads_to_the_sign_in_page() {
    let mut stage = Stage::that_is(SelfRegistration::Open);
    let user = person(&stage, "ann", false).await;
    let cookie = session(&stage, &user, NOW).await;
    assert_eq!(get(&stage, "/account", &cookie).await.status(), StatusCode::OK);
    stage.later(901);
    assert!(is_signed_out(&get(&stage, "/account/clients/new", &cookie).await), "15 minutes");
}

#[tokio::test]
async fn a_page_takes_its_own_methods_alone() {
    let stage = Stage::that_is(SelfRegistration::Open);
    let method = Method::DELETE;
    let refused = stage.handle(&request(method, "/account/clients/new", &[], "")).await;
    assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(refused.headers()[header::ALLOW], "GET, HEAD, POST");
    let nothing = stage.handle(&request(Method::GET, "/account/nothing", &[], "")).await;
    assert_eq!(nothing.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pg_39_what_is_shown_once_ends_after_five_minutes_and_is_nobody_elses() {
    let mut stage = Stage::that_is(SelfRegistration::Open);
    let (ann, bob) = (person(&stage, "ann", false).await, person(&stage, "bob", true).await);
    let (anns, bobs) = (session(&stage, &ann, NOW).await, session(&stage, &bob, NOW).await);
    let fields = [
        ("client_name", "App"),
        ("kind", "secret"),
        ("redirect_uris", "https://app.example.org/cb"),
        ("scope", "patient/*.rs"),
    ];
    let register = async |stage: &Stage| {
        let made = post(stage, "/account/clients/new", &anns, &fields).await;
        assert_eq!(made.status(), StatusCode::SEE_OTHER, "{}", text(&made));
        made.headers()[header::LOCATION].to_str().unwrap().to_owned()
    };
    let first = register(&stage).await;
    assert!(
        !text(&get(&stage, &first, &bobs).await).contains("shown once"),
        "an administrator, and not their secret"
    );
    let head = stage.handle(&request(Method::HEAD, &first, &[("cookie", &anns)], "")).await;
    assert_eq!(head.status(), StatusCode::OK);
    assert!(text(&get(&stage, &first, &anns).await).contains("shown once"));
    assert!(!text(&get(&stage, &first, &anns).await).contains("shown once"));
    let second = register(&stage).await;
    stage.later(301);
    assert!(!text(&get(&stage, &second, &anns).await).contains("shown once"));
}
