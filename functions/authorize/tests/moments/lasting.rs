//! For how long an app may come back, where it is registered for less than the service allows.

use std::time::Duration;

use serde_json::json;
use smart::grant::{Grant, Lasting};
use smart::token::AuthorizationCode;
use smart_verify::time::UnixSeconds;
use testkit::fixtures::{self, NOW};

use crate::world::{Seen, World, app, request};

const OFFLINE: (&str, &str) = ("scope", "launch/patient offline_access patient/*.rs");

/// Registers the app anew, for so many days at most.
fn registered_for(world: &World, days: Option<u32>) {
    let mut metadata = app();
    metadata["longest_access_days"] = json!(days);
    world.ports.store.put_client(fixtures::client("app", &metadata));
}

/// The grant whose code an app was sent.
fn grant(world: &World, seen: &Seen) -> Grant {
    let query = seen.away.as_deref().unwrap().split_once('?').unwrap().1.to_owned();
    let code = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "code").unwrap().1;
    let code = AuthorizationCode::read(&code, &world.ports.macs).unwrap();
    world.ports.store.grant_as_it_stands(&code.grant().key()).unwrap()
}

fn after(days: u64) -> UnixSeconds {
    // Counted from the end of the page, which lives for ten minutes.
    NOW + Duration::from_secs(days * 86_400 + 600)
}

#[tokio::test]
async fn pg_22_pg_38_no_more_days_are_offered_or_taken_than_the_client_is_registered_for() {
    let table: [(Option<u32>, &[u32]); 5] = [
        (None, &[0, 30, 90, 365]),
        (Some(3650), &[0, 30, 90, 365]),
        (Some(90), &[0, 30, 90]),
        (Some(45), &[0, 30]),
        (Some(14), &[0, 14]),
    ];
    for (days, offered) in table {
        let mut world = World::new();
        registered_for(&world, days);
        let page = world.open(&request(&[OFFLINE])).await;
        let consent = world.sign_in(&page).await;
        for choice in [0, 14, 30, 90, 365] {
            let is_there = consent.text.contains(&format!("name=\"days\" value=\"{choice}\""));
            assert_eq!(is_there, offered.contains(&choice), "{days:?} {choice}: {}", consent.text);
        }
        let longest = *offered.last().unwrap();
        let allowed = world.submit(&consent, &[("decision", "allow"), ("days", &longest.to_string())]).await;
        let grant = grant(&world, &allowed);
        assert_eq!(
            grant.stage.lasting(),
            Some(&Lasting::Offline { until: after(longest.into()) }),
            "{days:?}"
        );
    }
}

#[tokio::test]
async fn pg_38_days_that_were_not_offered_are_not_given() {
    let mut world = World::new();
    registered_for(&world, Some(30));
    let page = world.open(&request(&[OFFLINE])).await;
    let consent = world.sign_in(&page).await;
    let allowed = world.submit(&consent, &[("decision", "allow"), ("days", "365")]).await;
    let grant = grant(&world, &allowed);
    assert_eq!(grant.stage.lasting(), None);
    assert_eq!(grant.scope.to_string(), "launch/patient patient/*.rs");
}

#[tokio::test]
async fn pg_38_an_app_that_is_registered_for_an_hour_does_not_come_back() {
    for lasting in ["offline_access", "online_access"] {
        let mut world = World::new();
        registered_for(&world, Some(0));
        let scope = format!("launch/patient {lasting} patient/*.rs");
        let page = world.open(&request(&[("scope", &scope)])).await;
        let consent = world.sign_in(&page).await;
        assert!(consent.text.contains("This ends in about 1 hour."), "{}", consent.text);
        assert!(!consent.text.contains("name=\"days\""));
        let why = "The client is registered for access that ends with its token, in about an hour.";
        assert!(consent.text.contains(why), "{}", consent.text);
        // Nor if it is said to have been ticked.
        let forged = [("decision", "allow"), ("days", "30"), ("scope", lasting)];
        let allowed = world.submit(&consent, &forged).await;
        let grant = grant(&world, &allowed);
        assert_eq!((grant.stage.lasting(), grant.scope.to_string().contains(lasting)), (None, false));
    }
}

#[tokio::test]
async fn pg_38_what_was_allowed_before_counts_no_longer_than_the_client_is_registered_for_now() {
    let mut world = World::new();
    let page = world.open(&request(&[OFFLINE])).await;
    let consent = world.sign_in(&page).await;
    let allowed = world.submit(&consent, &[("decision", "allow"), ("days", "365")]).await;
    let first = grant(&world, &allowed);
    assert_eq!(first.stage.lasting(), Some(&Lasting::Offline { until: after(365) }));
    registered_for(&world, Some(30));
    let spared = world.open(&request(&[OFFLINE, ("prompt", "none")])).await;
    let second = grant(&world, &spared);
    assert_eq!(
        second.stage.lasting(),
        Some(&Lasting::Offline { until: after(30) }),
        "and the user was not asked again"
    );
    registered_for(&world, Some(0));
    let spared = world.open(&request(&[OFFLINE, ("prompt", "none")])).await;
    assert_eq!(grant(&world, &spared).stage.lasting(), None);
}
