//! Apps that come back: how long they may, and what ends it.

use smart::unknown_fields::UnknownFields;

use crate::*;

#[tokio::test]
async fn tr_10_the_id_token_of_a_refresh_is_of_the_same_sign_in_and_echoes_no_nonce() {
    let mut world = World::new();
    let (code, _) = world.offline_code(90).await;
    let first = world.redeem(&code, &[]).await;
    world.wait(DAY);
    let second = world.refresh(first.text("refresh_token"), &[]).await;
    let (one, two) = (claims(first.text("id_token")), claims(second.text("id_token")));
    for member in ["iss", "sub", "aud", "auth_time", "fhirUser"] {
        assert_eq!(one[member], two[member], "{member}");
    }
    assert!(two.get("nonce").is_none());
    assert_eq!(two["iat"], world.now.0);
}

#[tokio::test]
async fn r03_tr_4_tr_6_a_narrower_token_keeps_the_grant_and_a_wider_one_is_refused() {
    let world = World::new();
    let (code, _) = world.offline_code(90).await;
    let first = world.redeem(&code, &[]).await;
    for wider in ["patient/*.cruds", "user/*.rs", "patient/*.rs profile", "patient/Foo.rs", "a\u{e9}"] {
        let refused = world.refresh(first.text("refresh_token"), &[("scope", wider)]).await;
        assert_eq!(refused.refused(), (400, "invalid_scope"), "{wider}");
    }
    let narrow = world.refresh(first.text("refresh_token"), &[("scope", "patient/Observation.rs")]).await;
    assert_eq!(narrow.text("scope"), "patient/Observation.rs");
    assert!(narrow.body.get("id_token").is_none(), "openid was left out");
    let again = world.refresh(narrow.text("refresh_token"), &[]).await;
    assert_eq!(again.text("scope"), SCOPE, "the refresh token keeps all of it, as it was written");
}

#[tokio::test]
async fn r04_a_refresh_token_ends_by_lying_idle_and_on_the_day_that_was_chosen() {
    let mut world = World::new();
    let (code, _) = world.offline_code(365).await;
    let first = world.redeem(&code, &[]).await;
    world.wait(92 * DAY);
    assert_eq!(world.refresh(first.text("refresh_token"), &[]).await.refused(), REFUSED);

    let mut world = World::new();
    let (code, _) = world.offline_code(30).await;
    let mut last = world.redeem(&code, &[]).await;
    for _ in 0..29 {
        world.wait(DAY);
        last = world.refresh(last.text("refresh_token"), &[]).await;
    }
    world.wait(DAY - 1);
    last = world.refresh(last.text("refresh_token"), &[]).await;
    assert_eq!(last.body["expires_in"], 1);
    world.wait(1);
    assert_eq!(world.refresh(last.text("refresh_token"), &[]).await.refused(), REFUSED);
}

#[tokio::test]
async fn r06_after_the_grace_a_replaced_token_ends_the_family() {
    let mut world = World::new();
    let (code, key) = world.offline_code(90).await;
    let first = world.redeem(&code, &[]).await;
    let second = world.refresh(first.text("refresh_token"), &[]).await;
    world.wait(9);
    let again = world.refresh(first.text("refresh_token"), &[]).await;
    assert_eq!(again.text("refresh_token"), second.text("refresh_token"));
    world.wait(1);
    let stale = world.refresh(first.text("refresh_token"), &[]).await;
    assert_eq!(stale.refused(), REFUSED);
    assert!(world.stage(&key).await.is_revoked());
    assert_eq!(world.refresh(second.text("refresh_token"), &[]).await.refused(), REFUSED);
}

#[tokio::test]
async fn r11_tr_9_c11_whoever_was_stopped_gets_nothing_and_has_lost_nothing() {
    let world = World::new();
    let (code, _) = world.offline_code(90).await;
    let first = world.redeem(&code, &[]).await;
    let token = first.text("refresh_token");
    world.store().put_user(User { disabled: true, ..fixtures::user("ann") });
    assert_eq!(world.refresh(token, &[]).await.refused(), REFUSED);
    world.store().put_user(User { subject: "sub-of-another".to_owned(), ..fixtures::user("ann") });
    assert_eq!(world.refresh(token, &[]).await.refused(), REFUSED, "the name has gone to somebody else");
    world.store().put_user(fixtures::user("ann"));
    world.store().put_client(Client { disabled: true, ..fixtures::public_client("app") });
    assert_eq!(world.refresh(token, &[]).await.refused(), UNPROVEN);
    world.store().put_client(fixtures::public_client("app"));
    assert_eq!(world.refresh(token, &[]).await.status, 200, "the token was not burnt meanwhile");
}

#[tokio::test]
async fn r10_online_access_ends_with_its_session_however_that_ends() {
    let session = |id: &str| Session {
        id: id.to_owned(),
        name: "ann".to_owned(),
        subject: "sub-ann".to_owned(),
        auth_time: Some(NOW),
        began_at: NOW,
        expires_at: NOW + Duration::from_secs(8 * 3600),
        unknown: UnknownFields::NONE,
    };
    let online = |id: &str| Lasting::Online { session: id.to_owned(), until: session(id).expires_at };
    let scope = "launch/patient online_access patient/*.rs";
    let mut world = World::new();
    let mut tokens = Vec::new();
    for id in ["out", "late", "password"] {
        world.store().begin(&session(id), None, &[]).await.unwrap();
        let (code, _) = world.code(scope, Some(online(id))).await;
        tokens.push(world.redeem(&code, &[]).await.text("refresh_token").to_owned());
    }
    // Idling is no end: the person is still signed in as far as the app is concerned.
    world.wait(4 * 3600);
    for token in &mut tokens {
        *token = world.refresh(token, &[]).await.text("refresh_token").to_owned();
    }
    world.store().end("out").await.unwrap();
    assert_eq!(world.refresh(&tokens[0], &[]).await.refused(), REFUSED);
    world.store().put_user(User { sessions_from: world.now, ..fixtures::user("ann") });
    assert_eq!(world.refresh(&tokens[2], &[]).await.refused(), REFUSED, "all older sessions were ended");
    world.store().put_user(fixtures::user("ann"));
    let last = world.refresh(&tokens[1], &[]).await;
    assert_eq!(last.status, 200);
    world.wait(4 * 3600);
    assert_eq!(world.refresh(last.text("refresh_token"), &[]).await.refused(), REFUSED);
}

#[tokio::test]
async fn r02_c07_another_clients_code_or_token_is_refused_and_stays_good() {
    let world = World::new();
    let (code, _) = world.offline_code(90).await;
    assert_eq!(world.redeem(&code, &[("client_id", "other")]).await.refused(), REFUSED);
    let first = world.redeem(&code, &[]).await;
    let token = first.text("refresh_token");
    assert_eq!(world.refresh(token, &[("client_id", "other")]).await.refused(), REFUSED);
    assert_eq!(world.refresh(token, &[]).await.status, 200);
}
