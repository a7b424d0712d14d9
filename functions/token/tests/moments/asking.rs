//! Asking about tokens and giving them back.

use smart_verify::base64url;

use crate::*;

async fn introspected(world: &World, authorization: &str, token: &str) -> Value {
    let answer = world.send("/introspect", Some(authorization), &[("token", token)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.response.headers()[header::CACHE_CONTROL], "no-store");
    answer.body
}

#[tokio::test]
async fn in_7_in_8_i03_i05_i06_whatever_is_not_good_is_inactive_and_nothing_else_is_said() {
    let mut world = World::new();
    let (client, secret) = confidential();
    world.store().put_client(client.clone());
    let proof = basic("app", &secret);
    let (code, _) = world.offline_code(30).await;
    let redeem = exchange(&code);
    let first = world.send("/token", Some(&proof), &redeem).await;
    let (access, refresh) = (first.text("access_token"), first.text("refresh_token"));
    for token in [access, refresh] {
        assert_eq!(introspected(&world, &proof, token).await["active"], true);
        let hinted = [("token", token), ("token_type_hint", "access_token")];
        assert_eq!(world.send("/introspect", Some(&proof), &hinted).await.body["active"], true, "any hint");
    }
    let flipped = format!("{}x", &access[..access.len() - 1]);
    let mut unsigned: Vec<&str> = access.split('.').collect();
    let none = base64url::encode(br#"{"alg":"none","typ":"at+jwt"}"#);
    unsigned[0] = &none;
    let unsigned = unsigned.join(".");
    let id_token = first.text("id_token");
    for bad in
        [flipped.as_str(), &unsigned, id_token, &code, "x", "refresh_1_AAAA", "a.b.c", &"a".repeat(20_000)]
    {
        assert_eq!(introspected(&world, &proof, bad).await, json!({ "active": false }), "{bad}");
    }
    world.store().put_client(Client { disabled: true, ..client.clone() });
    let stopped = world.send("/introspect", Some(&proof), &[("token", access)]).await;
    assert_eq!(stopped.refused(), UNPROVEN);
    world.store().put_client(client);
    // i06: the replay of a code is seen at once.
    assert_eq!(world.send("/token", Some(&proof), &redeem).await.refused(), REFUSED);
    for token in [access, refresh] {
        assert_eq!(introspected(&world, &proof, token).await, json!({ "active": false }));
    }
    let (code, _) = world.offline_code(30).await;
    let redeem = redeem.map(|(name, value)| (name, if name == "code" { code.as_str() } else { value }));
    let second = world.send("/token", Some(&proof), &redeem).await;
    world.wait(3600);
    let (access, refresh) = (second.text("access_token"), second.text("refresh_token"));
    assert_eq!(introspected(&world, &proof, access).await, json!({ "active": false }), "it has ended");
    assert_eq!(introspected(&world, &proof, refresh).await["active"], true);
    world.wait(30 * DAY);
    assert_eq!(introspected(&world, &proof, refresh).await, json!({ "active": false }));
}

#[tokio::test]
async fn in_1_in_2_in_3_i01_i02_who_may_not_ask_is_told_how() {
    let world = World::new();
    let bare = world.send("/introspect", None, &[("token", "x")]).await;
    assert_eq!(bare.status, 401);
    assert_eq!(bare.response.headers()[header::WWW_AUTHENTICATE], "Bearer");
    let bad = world.send("/introspect", Some("Bearer abc"), &[("token", "x")]).await;
    assert_eq!(bad.status, 401);
    let public = world.send("/introspect", None, &[("token", "x"), ("client_id", "app")]).await;
    assert_eq!(public.refused(), UNPROVEN, "a public client has proven nothing");
    let (client, secret) = confidential();
    world.store().put_client(client);
    let proof = basic("app", &secret);
    let wrong = world.send("/introspect", Some(&basic("app", "wrong")), &[("token", "x")]).await;
    assert_eq!(wrong.refused(), UNPROVEN);
    assert_eq!(world.send("/introspect", Some(&proof), &[]).await.refused(), (400, "invalid_request"));
    let twice = [("token", "x"), ("token", "y")];
    assert_eq!(world.send("/introspect", Some(&proof), &twice).await.refused(), (400, "invalid_request"));

    let (code, _) = world.offline_code(30).await;
    let redeem = exchange(&code);
    let first = world.send("/token", Some(&proof), &redeem).await;
    let bearer = format!("Bearer {}", first.text("access_token"));
    let scope = world.send("/introspect", Some(&bearer), &[("token", "x")]).await;
    assert_eq!((scope.status, scope.text("error")), (403, "insufficient_scope"));
}

#[tokio::test]
async fn v01_v02_rv_1_rv_3_what_needs_no_ending_is_ended() {
    let world = World::new();
    let (client, secret) = confidential();
    world.store().put_client(client);
    let proof = basic("app", &secret);
    let bare = world.send("/revoke", None, &[("token", "x"), ("client_id", "app")]).await;
    assert_eq!(bare.refused(), UNPROVEN);
    assert_eq!(world.send("/revoke", Some(&proof), &[]).await.refused(), (400, "invalid_request"));
    for (token, hint) in [("x", "refresh_token"), ("refresh_1_AAAA", "access_token"), ("a.b.c", "nonsense")] {
        let answer =
            world.send("/revoke", Some(&proof), &[("token", token), ("token_type_hint", hint)]).await;
        assert_eq!((answer.status, answer.response.body().len()), (200, 0), "{token}");
    }
}

#[tokio::test]
async fn r09_rv_5_giving_back_either_token_ends_both() {
    let world = World::new();
    for given_back in ["access_token", "refresh_token"] {
        let (code, key) = world.offline_code(30).await;
        let first = world.redeem(&code, &[]).await;
        let pairs = [("token", first.text(given_back)), ("client_id", "app")];
        assert_eq!(world.send("/revoke", None, &pairs).await.status, 200);
        assert!(world.stage(&key).await.is_revoked(), "{given_back}");
        assert_eq!(world.refresh(first.text("refresh_token"), &[]).await.refused(), REFUSED);
    }
}

#[tokio::test]
async fn rv_6_t12_gen_2_gen_8_every_answer_is_kept_by_nobody_and_read_by_the_apps_own_pages() {
    let world = World::new();
    let (code, _) = world.offline_code(30).await;
    let good = world.redeem(&code, &[]).await;
    let revoke = [("token", good.text("refresh_token")), ("client_id", "app")];
    let answers = [
        world.redeem("x", &[]).await,
        world.refresh("x", &[]).await,
        world.send("/revoke", None, &revoke).await,
        world.send("/revoke", None, &[("client_id", "app")]).await,
        good,
    ];
    for answer in answers {
        let header = |name| answer.response.headers().get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!((header("cache-control"), header("pragma")), ("no-store".into(), "no-cache".into()));
        assert_eq!(header("access-control-allow-origin"), "https://app.example.org");
        assert_eq!(header("x-content-type-options"), "nosniff");
    }
}
