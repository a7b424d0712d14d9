//! Codes and what they become.

use smart_verify::base64url;

use crate::*;

#[tokio::test]
async fn c02_c03_cg_2_cg_7_a_code_is_good_for_a_minute_and_not_for_a_second_more() {
    let mut world = World::new();
    let (code, _) = world.code(SCOPE, None).await;
    let (late, _) = world.code(SCOPE, None).await;
    world.wait(59);
    assert_eq!(world.redeem(&code, &[]).await.status, 200);
    world.wait(1);
    assert_eq!(world.redeem(&late, &[]).await.refused(), REFUSED);
}

#[tokio::test]
async fn rs_2_rs_3_a_refresh_token_comes_only_with_lasting_access_and_no_token_outlives_it() {
    let world = World::new();
    let (code, _) = world.code("launch/patient patient/*.rs", None).await;
    let alone = world.redeem(&code, &[]).await;
    assert!(alone.body.get("refresh_token").is_none() && alone.body["expires_in"] == 3600);

    let until = world.now + Duration::from_secs(600);
    let (code, _) = world.code(SCOPE, Some(Lasting::Offline { until })).await;
    let short = world.redeem(&code, &[]).await;
    assert_eq!(short.body["expires_in"], 600, "the person chose an end, and nothing lives longer");
    assert_eq!(claims(short.text("access_token"))["exp"], until.0);
}

#[tokio::test]
async fn c16_at_2_id_5_id_6_rs_4_rs_6_tokens_say_what_they_must_and_no_more() {
    let world = World::new();
    let (code, key) = world.offline_code(90).await;
    let answer = world.redeem(&code, &[]).await;
    let access = claims(answer.text("access_token"));
    let mut members: Vec<_> = access.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    let expected =
        ["aud", "client_id", "exp", "fhirUser", "grant", "iat", "iss", "jti", "patient", "scope", "sub"];
    assert_eq!(members, expected);
    assert_eq!((&access["aud"], &access["grant"]), (&json!("https://fhir.example.org/r4"), &json!(key.0)));
    assert_eq!(access["exp"].as_u64().unwrap() - access["iat"].as_u64().unwrap(), 3600);
    let header = |token: &str| {
        let part = base64url::decode(token.split('.').next().unwrap()).unwrap();
        serde_json::from_slice::<Value>(&part).unwrap()
    };
    assert_eq!(header(answer.text("access_token"))["typ"], "at+jwt");
    assert_eq!(header(answer.text("id_token"))["typ"], "JWT");
    let id = claims(answer.text("id_token"));
    assert_eq!(id["nonce"], "n-0S6_WzA2Mj");
    assert!(id.get("at_hash").is_none(), "it would put one signature behind the other");
    let mut names: Vec<_> = answer.body.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    let beside =
        ["access_token", "expires_in", "id_token", "patient", "refresh_token", "scope", "token_type"];
    assert_eq!(names, beside);
}

#[tokio::test]
async fn c04_cg_5_the_replay_of_a_code_ends_what_came_of_it() {
    let world = World::new();
    let (code, key) = world.offline_code(90).await;
    let first = world.redeem(&code, &[]).await;
    let stranger = world.redeem(&code, &[("code_verifier", &"a".repeat(43))]).await;
    assert_eq!(stranger.refused(), REFUSED);
    assert!(world.stage(&key).await.is_redeemed(), "who cannot prove everything ends nothing");
    assert_eq!(world.redeem(&code, &[]).await.refused(), REFUSED);
    assert!(world.stage(&key).await.is_revoked());
    assert_eq!(world.refresh(first.text("refresh_token"), &[]).await.refused(), REFUSED);
}

#[tokio::test]
async fn c14_r01_one_kind_of_token_is_never_taken_for_another() {
    let world = World::new();
    let (code, _) = world.offline_code(90).await;
    let (unused, _) = world.offline_code(90).await;
    let first = world.redeem(&code, &[]).await;
    for other in [first.text("refresh_token"), first.text("access_token"), first.text("id_token"), "x"] {
        assert_eq!(world.redeem(other, &[]).await.refused(), REFUSED);
    }
    for other in [&unused, first.text("access_token"), first.text("id_token"), "refresh_1_AAAA"] {
        assert_eq!(world.refresh(other, &[]).await.refused(), REFUSED);
    }
    assert_eq!(world.refresh("", &[]).await.refused(), (400, "invalid_request"));
}

#[tokio::test]
async fn c12_cg_3_what_a_code_exchange_asks_beyond_the_grant_is_not_heard() {
    let world = World::new();
    let (code, _) = world.offline_code(90).await;
    let answer = world.redeem(&code, &[("scope", "patient/*.cruds system/*.cruds"), ("foo", "bar")]).await;
    assert_eq!((answer.status, answer.text("scope")), (200, SCOPE));
}

#[tokio::test]
async fn c06_of_many_exchanges_at_once_only_one_with_the_right_verifier_is_answered() {
    let world = World::new();
    let (code, _) = world.offline_code(30).await;
    let wrong = "a".repeat(43);
    let sent = (0..200).map(|number| {
        let verifier = if number % 2 == 0 { VERIFIER } else { wrong.as_str() };
        let code = code.as_str();
        let world = &world;
        async move { (number, world.redeem(code, &[("code_verifier", verifier)]).await.status) }
    });
    let answers = futures_util::future::join_all(sent).await;
    let good: Vec<_> = answers.iter().filter(|(_, status)| *status == 200).collect();
    assert_eq!(good.len(), 1);
    assert_eq!(good[0].0 % 2, 0);
    assert!(answers.iter().all(|(_, status)| [200, 400].contains(status)));
}
