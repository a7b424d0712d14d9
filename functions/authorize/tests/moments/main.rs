//! What time does to a session, a step, a flow, a launch, a count and a consent, and a FHIR API that takes its time:
//! against a store in memory, at chosen moments.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod lasting;
mod names;
mod world;

use std::time::Duration;

use smart::launch::LaunchHandle;
use smart::ports::LaunchStore as _;
use smart::session::SESSION_LIFETIME;
use testkit::fixtures;

use world::{World, request};

#[tokio::test]
async fn s13_a_session_ends_by_idling_and_by_its_age() {
    let mut world = World::new();
    let page = world.open(&request(&[])).await;
    assert!(page.is("Sign in"));
    assert!(world.sign_in(&page).await.is("Allow"));
    // Every page counts as something done.
    for _ in 0..31 {
        world.wait(900);
        assert!(world.open(&request(&[])).await.is("Allow"), "{}", world.now.0);
    }
    world.wait(901);
    let over = world.open(&request(&[])).await;
    assert!(over.is("Sign in"), "s13: 15 minutes and a second of nothing");

    world.sign_in(&over).await;
    let began = world.now;
    while world.now.since(began) < SESSION_LIFETIME - Duration::from_secs(900) {
        world.wait(900);
        assert!(world.open(&request(&[])).await.is("Allow"));
    }
    world.wait(899);
    assert!(world.open(&request(&[])).await.is("Allow"));
    world.wait(1);
    assert!(world.open(&request(&[])).await.is("Sign in"), "s13: 8 hours, its item still in the table");
}

#[tokio::test]
async fn a_page_is_good_for_ten_minutes_and_then_out_of_date() {
    let mut world = World::new();
    let page = world.open(&request(&[])).await;
    let consent = world.sign_in(&page).await;
    world.wait(599);
    let answered = world.submit(&consent, &[("decision", "allow")]).await;
    assert!(answered.away.unwrap().contains("code="));
    let page = world.open(&request(&[("state", "t"), ("prompt", "consent")])).await;
    assert!(page.is("Allow"), "{}", page.text);
    world.wait(600);
    let late = world.submit(&page, &[("decision", "allow")]).await;
    assert_eq!((late.status, late.away), (403, None), "nothing was done: {}", late.text);
}

#[tokio::test]
async fn pg_25_a_consent_is_remembered_for_ninety_days() {
    let mut world = World::new();
    let page = world.open(&request(&[])).await;
    let consent = world.sign_in(&page).await;
    world.submit(&consent, &[("decision", "allow")]).await;
    let again = world.open(&request(&[("prompt", "none")])).await;
    assert!(again.away.unwrap().contains("code="));
    world.wait(90 * 24 * 3600);
    let page = world.open(&request(&[])).await;
    assert!(world.sign_in(&page).await.is("Allow"), "it has ended");
}

#[tokio::test]
async fn a15_a_launch_is_good_for_five_minutes() {
    for (age, error) in [(299, None), (300, Some("invalid_request"))] {
        let mut world = World::new();
        let page = world.open("/manage").await;
        world.sign_in(&page).await;
        let handle = LaunchHandle::draw();
        let launch = smart::launch::Launch { key: handle.key(), ..fixtures::launch("app", "ann") };
        world.ports.store.open(&launch).await.unwrap();
        world.wait(age);
        let seen = world.open(&request(&[("scope", "launch patient/*.rs"), ("launch", handle.text())])).await;
        assert_eq!(seen.error().as_deref(), error, "{age}");
        assert_eq!(seen.is("Allow"), error.is_none());
    }
}

#[tokio::test]
async fn a_request_that_is_kept_is_kept_for_fifteen_minutes() {
    let granular =
        |number| format!("patient/Observation.rs?category=http://example.org/categories|kind-{number}");
    let scope = (0..110).map(granular).collect::<Vec<_>>().join(" ");
    let mut world = World::new();
    let page = world.open(&request(&[("scope", &scope)])).await;
    let flow = page.action().replace("/sign-in", "/authorize");
    world.wait(899);
    assert!(world.open(&flow).await.is("Sign in"));
    world.wait(1);
    let gone = world.open(&flow).await;
    assert!(gone.is("This sign-in has expired") && gone.status == 410, "{}", gone.text);
}

#[tokio::test]
async fn s08_nobody_is_locked_out_for_longer_than_a_quarter_of_an_hour() {
    let mut world = World::new();
    let page = world.open(&request(&[])).await;
    for status in [401, 401, 401, 401, 401, 429] {
        let seen = world.submit(&page, &[("username", "ann"), ("password", "wrong")]).await;
        assert_eq!(seen.status, status);
    }
    world.wait(900);
    assert!(world.sign_in(&page).await.is("Allow"));
}

#[tokio::test]
async fn az_16_max_age_asks_for_a_new_sign_in_once() {
    let mut world = World::new();
    let page = world.open(&request(&[])).await;
    world.sign_in(&page).await;
    world.wait(61);
    let asked = world.open(&request(&[("max_age", "60")])).await;
    assert!(asked.is("Sign in"));
    assert!(world.sign_in(&asked).await.is("Allow"));
    let asked = world.open(&request(&[("max_age", "0")])).await;
    assert!(asked.is("Sign in"), "max_age=0 asks within the same second as well");
    let none = world.open(&request(&[("max_age", "0"), ("prompt", "none")])).await;
    assert_eq!(none.error().as_deref(), Some("login_required"), "{none:?}");
    // Once, like prompt=login: the sign-in for this very request is new enough.
    assert!(world.sign_in(&asked).await.is("Allow"));
}
