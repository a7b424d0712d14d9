//! Which tokens the FHIR API accepts, and how it gets the keys to verify them.

use super::*;

#[tokio::test]
async fn without_a_token_nothing_is_told() {
    let stage = Stage::set().await;
    for path in ["Patient", "Patient/alma", "Patient/nobody", "Medication", "Patient/alma/_history"] {
        let response = stage.get(path).send().await.unwrap();
        assert_eq!(refusal(response).await, (401, "Bearer".to_owned()), "{path}");
    }
    let basic = stage.get("Patient").basic_auth("alma", Some("secret")).send().await.unwrap();
    assert_eq!(refusal(basic).await, (401, "Bearer".to_owned()));
    let create = stage.client.post(format!("{}/Patient", stage.base)).send().await.unwrap();
    assert_eq!(refusal(create).await.0, 401);
}

#[tokio::test]
async fn a_token_that_is_not_for_this_api_is_refused() {
    let stage = Stage::set().await;
    let good = stage.claims("system/*.rs", &json!({}));
    assert_eq!(stage.status("Patient", &stage.key.sign(&good)).await, 200);
    for (member, value) in [
        ("iss", json!("https://other.example")),
        ("aud", json!("https://other.example/fhir")),
        ("exp", json!(NOW)),
        ("iat", json!(NOW + 3600)),
    ] {
        let mut spoiled = good.clone();
        spoiled[member] = value;
        let response = stage.get("Patient").bearer_auth(stage.key.sign(&spoiled)).send().await.unwrap();
        let (status, challenge) = refusal(response).await;
        assert_eq!(status, 401, "{member}");
        assert!(challenge.starts_with(r#"Bearer error="invalid_token", error_description=""#), "{challenge}");
    }
}

#[tokio::test]
async fn a_token_signed_by_another_key_is_refused() {
    let stage = Stage::set().await;
    let claims = stage.claims("system/*.rs", &json!({}));
    let stranger = Key::generate("one").sign(&claims);
    let good = stage.key.sign(&claims);
    let unsigned = good.rsplit_once('.').unwrap().0;
    for token in [stranger.as_str(), unsigned, &format!("{unsigned}."), "nonsense", "ä", ""] {
        let response = stage.get("Patient").bearer_auth(token).send().await.unwrap();
        let (status, challenge) = refusal(response).await;
        assert_eq!((status, challenge.starts_with("Bearer")), (401, true), "{token}");
    }
}

#[tokio::test]
async fn nothing_can_be_changed() {
    let stage = Stage::set().await;
    let token = stage.backend("system/*.cruds");
    for (method, path) in [
        (Method::POST, "Patient"),
        (Method::PUT, "Patient/alma"),
        (Method::PATCH, "Patient/alma"),
        (Method::DELETE, "Patient/alma"),
        (Method::DELETE, "Patient"),
    ] {
        let request = stage.client.request(method.clone(), format!("{}/{path}", stage.base));
        let response = request.bearer_auth(&token).send().await.unwrap();
        assert_eq!(response.headers()["allow"], "GET, HEAD", "{method} {path}");
        assert_eq!(refusal(response).await.0, 405, "{method} {path}");
    }
}

#[tokio::test]
async fn any_origin_may_ask_and_cookies_play_no_part() {
    let stage = Stage::set().await;
    for path in ["Patient/alma", "Observation/_search", "Nothing/at/all"] {
        let preflight = stage.client.request(Method::OPTIONS, format!("{}/{path}", stage.base));
        let preflight = preflight
            .header("origin", "https://app.example")
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "authorization");
        let response = preflight.send().await.unwrap();
        assert_eq!(response.status(), 204);
        assert_eq!(response.headers()["access-control-allow-origin"], "*");
        assert_eq!(response.headers()["access-control-allow-headers"], "authorization, content-type, accept");
        assert!(response.headers().get("access-control-allow-credentials").is_none());
    }
    let answer = stage.get("Patient").bearer_auth(stage.backend("system/*.rs")).send().await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    assert_eq!(answer.headers()["cache-control"], "no-store");
}

#[tokio::test]
async fn keys_are_kept_five_minutes_and_an_unknown_kid_asks_again_after_a_pause() {
    let stage = Stage::set().await;
    let long = json!({ "exp": NOW + 100_000 });
    let token = stage.key.sign(&stage.claims("system/*.rs", &long));
    let stranger = Key::generate("two").sign(&stage.claims("system/*.rs", &long));
    for (at, token, status, fetches) in [
        (NOW, &token, 200, 1),
        (NOW + 9, &stranger, 401, 1),
        (NOW + 10, &stranger, 401, 2),
        (NOW + 19, &stranger, 401, 2),
        (NOW + 309, &token, 200, 2),
        (NOW + 310, &token, 200, 3),
    ] {
        CLOCK.set(at);
        assert_eq!(stage.status("Patient", token).await, status, "{at}");
        assert_eq!(stage.fetches.load(Ordering::SeqCst), fetches, "{at}");
    }
    CLOCK.set(NOW);
}

#[tokio::test]
async fn what_is_no_token_costs_no_fetch() {
    let stage = Stage::set().await;
    assert_eq!(stage.status("Patient", "nonsense").await, 401);
    assert_eq!(stage.get("Patient").send().await.unwrap().status(), 401);
    assert_eq!(stage.fetches.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn while_the_keys_cannot_be_had_the_answer_is_503() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", silent.local_addr().unwrap());
    drop(silent);
    let stage = Stage::with_authorization_server(Key::generate("one"), &origin, Arc::default()).await;
    let response = stage.get("Patient").bearer_auth(stage.backend("system/*.rs")).send().await.unwrap();
    assert_eq!(response.headers()["retry-after"], "2");
    assert_eq!(refusal(response).await.0, 503);
    assert_eq!(refusal(stage.get("metadata").send().await.unwrap()).await.0, 503);
}

#[tokio::test]
async fn as_the_fhir_base_it_relays_discovery_without_a_token() {
    let stage = Stage::set().await;
    let document = stage.get("metadata").send().await.unwrap();
    assert_eq!(document.headers()["content-type"], "application/json");
    assert_eq!(document.headers()["access-control-allow-origin"], "*");
    assert_eq!(document.json::<Value>().await.unwrap()["issuer"], ISSUER);
    let missing = stage.get(".well-known/smart-configuration").send().await.unwrap();
    assert_eq!(missing.status(), 404, "whatever the authorization server says is handed on");
}
