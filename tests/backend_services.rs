//! Backend services: an assertion in, a short token out, once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jsonwebtoken::jwk::JwkSet;
use serde_json::json;
use smart_verify::access_token::{self, Expected};
use smart_verify::base64url;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::support::{Answer, form, http, service};

#[tokio::test]
async fn be_5_rs_1_an_assertion_becomes_a_short_token_that_verifies() {
    let answer = service().backend_token("/token", &service().assertion(), Some("system/*.rs")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    let body = answer.json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&"Bearer".into(), &300.into()));
    assert_eq!(body["scope"], "system/*.rs");
    assert!(
        body.get("refresh_token").is_none()
            && body.get("id_token").is_none()
            && body.get("patient").is_none()
    );

    let keys: JwkSet = serde_json::from_value(service().get("/.well-known/jwks.json").await.json()).unwrap();
    let expected =
        Expected { issuer: service().urls.issuer.clone(), audience: service().urls.fhir_base_url.clone() };
    let token = body["access_token"].as_str().unwrap();
    let claims = access_token::verify(token, &keys, &expected, aws::lambda::now()).unwrap();
    assert_eq!((claims.client_id.as_str(), claims.subject.as_str()), ("demo-backend", "demo-backend"));
    assert_eq!(claims.expires_at.since(claims.issued_at).as_secs(), 300);
}

#[tokio::test]
async fn b20_an_assertion_is_good_once_over_both_doors() {
    for (first, second) in [("/token", "/token"), ("/token", "/backend-token"), ("/backend-token", "/token")]
    {
        let assertion = service().assertion();
        assert_eq!(service().backend_token(first, &assertion, None).await.status, 200);
        let replayed = service().backend_token(second, &assertion, None).await;
        assert_eq!((replayed.status, replayed.error().as_str()), (401, "invalid_client"), "{first} {second}");
        assert!(replayed.text.contains("jti"), "rc_9: the message says jti");
    }
}

#[tokio::test]
async fn b20_of_many_replays_at_once_exactly_one_is_answered() {
    let assertion = service().assertion();
    let doors = ["/token", "/backend-token"].iter().cycle().take(64);
    let requests: Vec<_> = doors
        .map(|door| {
            let assertion = assertion.clone();
            tokio::spawn(async move { service().backend_token(door, &assertion, None).await.status })
        })
        .collect();
    let mut statuses = Vec::new();
    for request in requests {
        statuses.push(request.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 401].contains(status)), "{statuses:?}");
}

#[tokio::test]
async fn b13_be_10_each_of_the_three_audiences_is_good_at_either_door() {
    for audience in ["", "/token", "/backend-token"] {
        for door in ["/token", "/backend-token"] {
            let assertion = service().seeded.backend.assertion(&service().at(audience), aws::lambda::now());
            assert_eq!(
                service().backend_token(door, &assertion, None).await.status,
                200,
                "{audience} {door}"
            );
        }
    }
    let foreign = service().seeded.backend.assertion("https://other.example.org/token", aws::lambda::now());
    assert_eq!(service().backend_token("/token", &foreign, None).await.error(), "invalid_client");
}

#[tokio::test]
async fn b14_an_assertion_from_another_time_says_how_far_off_it_is() {
    let now = aws::lambda::now();
    let later = smart_verify::time::UnixSeconds(now.0 + 3360);
    let far = service().seeded.backend.assertion(&service().at("/token"), later);
    let answer = service().backend_token("/token", &far, None).await;
    assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_client"));
    assert!(answer.text.contains("s is allowed"), "{}", answer.text);
}

#[tokio::test]
async fn b18_b23_a_forged_signature_is_refused_and_burns_nothing() {
    let good = service().assertion();
    let (input, signature) = good.rsplit_once('.').unwrap();
    let mut bytes = base64url::decode(signature).unwrap();
    bytes[40] ^= 1;
    let forged = format!("{input}.{}", base64url::encode(&bytes));
    assert_eq!(service().backend_token("/token", &forged, None).await.error(), "invalid_client");
    assert_eq!(service().backend_token("/token", &good, None).await.status, 200);
}

#[tokio::test]
async fn b24_be_2_what_may_be_had_is_named_and_nothing_else_is_given() {
    let asked = |scope| async move { service().backend_token("/token", &service().assertion(), scope).await };
    assert_eq!(asked(None).await.json()["scope"], "system/*.rs");
    assert_eq!(
        asked(Some("system/Patient.read openid profile")).await.json()["scope"],
        "system/Patient.read"
    );
    assert_eq!(asked(Some("system/*.cruds")).await.json()["scope"], "system/*.rs");
    for nothing in ["patient/*.rs", "user/*.rs", "launch", "openid", "__registration", "system/Foo.rs"] {
        let answer = asked(Some(nothing)).await;
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_scope"), "{nothing}");
    }
}

#[tokio::test]
async fn be_8_t07_an_unknown_grant_is_400_whoever_asks() {
    let assertion = service().assertion();
    for (grant, door) in [
        ("password", "/token"),
        ("implicit", "/token"),
        ("Client_Credentials", "/token"),
        ("refresh_token", "/backend-token"),
        ("authorization_code", "/backend-token"),
    ] {
        let answer = service().post(door, &[("grant_type", grant), ("client_assertion", &assertion)]).await;
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (400, "unsupported_grant_type"),
            "{grant} {door}"
        );
    }
}

#[tokio::test]
async fn be_1_a_client_without_keys_gets_no_backend_token() {
    let confidential = service().seeded.clients.iter().find(|client| client.secret.is_some()).unwrap();
    let request = http().post(service().at("/token")).body(form(&[("grant_type", "client_credentials")]));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let answer = Answer::of(request.basic_auth("demo-confidential", confidential.secret.as_ref())).await;
    assert_eq!((answer.status, answer.error().as_str()), (400, "unauthorized_client"));
    let public =
        service().post("/token", &[("grant_type", "client_credentials"), ("client_id", "demo-public")]).await;
    assert_eq!((public.status, public.error().as_str()), (400, "unauthorized_client"));
}

/// Publishes a key set on loopback, and counts how often it is read.
async fn published(keys: serde_json::Value, cache_control: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    let reads = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&reads);
    tokio::spawn(async move {
        let body = json!({ "keys": keys }).to_string();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 2048];
            let _ = stream.read(&mut request).await.unwrap();
            counted.fetch_add(1, Ordering::Relaxed);
            let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{cache_control}");
            let head = format!("{head}content-length: {}", body.len());
            stream.write_all(format!("{head}\r\nconnection: close\r\n\r\n{body}").as_bytes()).await.unwrap();
        }
    });
    (address, reads)
}

/// How often the keys of a client are read for three good assertions, and then for five of a stranger.
async fn reads_of(cache_control: &'static str) -> (usize, usize) {
    let pair = local::seed::KeyPair::generate("x").unwrap();
    let (address, reads) = published(json!([pair.public_jwk()]), cache_control).await;
    let metadata = json!({
        "client_name": "Keys by address", "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": address, "scope": "system/*.rs",
    });
    let admin = service().seeded.admin.assertion(&service().at("/token"), aws::lambda::now());
    let token = service().backend_token("/token", &admin, None).await.json();
    let request = http().post(service().at("/clients")).bearer_auth(token["access_token"].as_str().unwrap());
    let registered =
        Answer::of(request.header("content-type", "application/json").body(metadata.to_string())).await;
    let id = registered.json()["client_id"].as_str().unwrap().to_owned();
    let assertion = |pair: &local::seed::KeyPair| {
        pair.of_client(&id).assertion(&service().at("/token"), aws::lambda::now())
    };
    for _ in 0..3 {
        assert_eq!(service().backend_token("/token", &assertion(&pair), None).await.status, 200);
    }
    let good = reads.load(Ordering::Relaxed);
    let stranger = local::seed::KeyPair::generate("stranger").unwrap();
    for _ in 0..5 {
        let answer = service().backend_token("/token", &assertion(&stranger), None).await;
        assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_client"));
    }
    (good, reads.load(Ordering::Relaxed) - good)
}

#[tokio::test]
async fn rg_2_ca_18_b07_keys_are_read_once_and_a_foreign_kid_does_not_have_them_read_again() {
    assert_eq!(reads_of("").await, (1, 0));
    assert_eq!(reads_of("cache-control: max-age=600\r\n").await, (1, 0));
}

#[tokio::test]
async fn ca_17_j12_keys_that_may_not_be_kept_are_read_each_time_and_never_twice() {
    assert_eq!(reads_of("cache-control: no-store\r\n").await, (3, 5));
}
