//! How clients prove themselves, and what they are registered for.

use crate::*;

#[tokio::test]
async fn c13_k08_a_wrong_secret_burns_nothing_and_two_secrets_live_while_they_overlap() {
    let mut world = World::new();
    let (mut client, old) = confidential();
    let new = ClientSecret::generate();
    client.secrets[0].expires_at = Some(NOW + Duration::from_secs(3600));
    client.secrets.push(new.stored(NOW));
    world.store().put_client(client);
    let (code, key) = world.offline_code(90).await;
    let redeem = exchange(&code);
    let wrong = world.send("/token", Some(&basic("app", "smart_secret_wrong")), &redeem).await;
    assert_eq!(wrong.refused(), UNPROVEN);
    assert_eq!(wrong.response.headers()[header::WWW_AUTHENTICATE], "Basic realm=\"token\"", "ca_5");
    assert!(world.stage(&key).await.is_issued());
    let first = world.send("/token", Some(&basic("app", &old)), &redeem).await;
    let refresh =
        |token: &str| [("grant_type", "refresh_token".to_owned()), ("refresh_token", token.to_owned())];
    let mut token = first.text("refresh_token").to_owned();
    for (secret, wait, good) in [(new.reveal(), 3600, true), (&old, 0, false), (new.reveal(), 0, true)] {
        world.wait(wait);
        let pairs = refresh(&token);
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = world.send("/token", Some(&basic("app", secret)), &pairs).await;
        if good {
            token = answer.text("refresh_token").to_owned();
        } else {
            assert_eq!(answer.refused(), UNPROVEN);
        }
    }
}

#[tokio::test]
async fn t08_t11_a_client_uses_the_grants_it_is_registered_for() {
    let world = World::new();
    let (backend, key) = fixtures::backend_client("backend");
    world.store().put_client(backend);
    let public = [("grant_type", "client_credentials"), ("client_id", "app"), ("anything", "else")];
    assert_eq!(world.send("/token", None, &public).await.refused(), (400, "unauthorized_client"));
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let mut assertions = ["1", "2"].map(|jti| key.assertion("backend", jti)).into_iter();
    let (code, _) = world.offline_code(30).await;
    for (grant, proof) in
        [("authorization_code", ("code", code.as_str())), ("refresh_token", ("refresh_token", "x"))]
    {
        let assertion = assertions.next().unwrap();
        let pairs = [
            ("grant_type", grant),
            proof,
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
            ("client_assertion_type", kind),
            ("client_assertion", &assertion),
        ];
        assert_eq!(
            world.send("/token", None, &pairs).await.refused(),
            (400, "unauthorized_client"),
            "{grant}"
        );
    }
}

#[tokio::test]
async fn t14_a_code_of_another_stage_is_no_code_here() {
    let world = World::new();
    let (_, code) = fixtures::issued_grant("app", "ann");
    let elsewhere = std::collections::BTreeMap::from([(1, [9; 32])]);
    let elsewhere = smart::mac::TokenMacs::derive(&elsewhere, 1).unwrap();
    assert_eq!(world.redeem(&code.write(&elsewhere), &[]).await.refused(), REFUSED);
}

#[tokio::test]
async fn ca_4_k05_k07_a_secret_in_the_body_is_for_who_registered_it_so() {
    let world = World::new();
    let (client, secret) = confidential();
    let mut metadata = client.metadata.clone();
    metadata.token_endpoint_auth_method = smart::client::AuthMethod::ClientSecretPost;
    world.store().put_client(Client { metadata, ..client });
    let (code, _) = world.offline_code(30).await;
    let in_body = |secret: &str| {
        [
            ("code", &*code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
            ("client_secret", secret),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let basic = basic("app", &secret);
    let pairs = exchange(&code);
    assert_eq!(world.send("/token", Some(&basic), &pairs).await.refused(), UNPROVEN, "not by Basic then");
    for (secret, status) in [("wrong", 401), (&*"x".repeat(10_000), 401), ("", 401), (&*secret, 200)] {
        let pairs = in_body(secret);
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(world.token("authorization_code", &pairs, &[]).await.status, status);
    }
}
