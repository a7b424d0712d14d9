//! Registration by an administrator: created, read, listed, replaced, deleted, and good for a token meanwhile.

use http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, http, service};

pub(crate) async fn admin_token() -> String {
    let assertion = service().seeded.admin.assertion(&service().at("/backend-token"), service().now());
    let answer = service().backend_token("/backend-token", &assertion, Some("__registration")).await;
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

pub(crate) async fn send(
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Answer {
    let mut request = http().request(method, service().at(path)).bearer_auth(admin_token().await);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    let answer = Answer::of(request).await;
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    answer
}

fn an_app() -> Value {
    json!({
        "client_name": "Registered app",
        "redirect_uris": ["https://app.example.org/cb"],
        "scope": "launch/patient openid fhirUser patient/*.rs",
    })
}

async fn register(body: &Value) -> Answer {
    let answer = send(Method::POST, "/clients", &[], Some(body)).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer
}

fn path_of(registered: &Answer) -> String {
    format!("/clients/{}", registered.json()["client_id"].as_str().unwrap())
}

#[tokio::test]
async fn rg_4_rg_12_a_secret_is_shown_once() {
    let answer = register(&an_app()).await;
    let body = answer.json();
    assert_eq!(answer.header("location"), path_of(&answer));
    assert_eq!(body["token_endpoint_auth_method"], "client_secret_basic", "rg_5");
    assert_eq!(body["client_secret_expires_at"], 0);
    assert!(body["client_id_issued_at"].is_u64());
    let secret = body["client_secret"].as_str().unwrap();
    assert!(secret.len() >= 43);
    let read = send(Method::GET, &path_of(&answer), &[], None).await;
    assert_eq!((read.status, read.header("etag")), (200, answer.header("etag")));
    assert!(!read.text.contains(secret) && !read.text.contains("hash"), "g14");
    assert!(secret.ends_with(read.json()["secrets"][0]["last_four"].as_str().unwrap()));
}

#[tokio::test]
async fn a_registered_backend_service_gets_a_token() {
    let pair = local::seed::KeyPair::generate("x").unwrap();
    let body = json!({
        "client_name": "Registered service",
        "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": { "keys": [pair.public_jwk()] },
        "scope": "system/Patient.rs",
    });
    let registered = register(&body).await;
    let id = registered.json()["client_id"].as_str().unwrap().to_owned();
    let pair = pair.of_client(&id);
    let token = || async {
        let assertion = pair.assertion(&service().at("/token"), aws::lambda::now());
        service().backend_token("/token", &assertion, None).await
    };
    assert_eq!(token().await.json()["scope"], "system/Patient.rs");
    let deleted =
        send(Method::DELETE, &path_of(&registered), &[("if-match", registered.header("etag"))], None).await;
    assert_eq!(deleted.status, 204);
    assert_eq!(send(Method::GET, &path_of(&registered), &[], None).await.status, 404);
}

#[tokio::test]
async fn g01_only_a_token_with_the_scope_opens_the_door() {
    let url = service().at("/clients");
    let bare = Answer::of(http().get(&url)).await;
    assert_eq!((bare.status, bare.header("www-authenticate")), (401, "Bearer"));
    let bad = Answer::of(http().get(&url).bearer_auth("x.y.z")).await;
    assert_eq!((bad.status, bad.header("www-authenticate")), (401, "Bearer error=\"invalid_token\""));
    let answer = service().backend_token("/token", &service().assertion(), None).await.json();
    let other = Answer::of(http().get(&url).bearer_auth(answer["access_token"].as_str().unwrap())).await;
    assert_eq!(other.status, 403);
    assert!(other.header("www-authenticate").contains("insufficient_scope"));
    let posted = Answer::of(http().post(&url).header("content-type", "application/json").body("{}")).await;
    assert_eq!(posted.status, 401);
}

#[tokio::test]
async fn g02_g03_g05_g06_g08_every_bad_member_is_named_at_once() {
    let body = json!({
        "client_name": "",
        "redirect_uris": ["https://app.example.org/cb", "http://app.example.org/cb", "javascript:alert(1)"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": { "keys": [{ "kty": "oct", "k": "AAAA", "kid": "a" }] },
        "scope": "patient/Foo.rs",
        "typo": 1,
    });
    let answer = send(Method::POST, "/clients", &[], Some(&body)).await;
    assert_eq!((answer.status, answer.header("content-type")), (400, "application/problem+json"));
    let problem = answer.json();
    assert_eq!(problem["error"], "invalid_redirect_uri");
    let errors = problem["errors"].as_array().unwrap();
    let pointers: Vec<_> = errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(
        pointers,
        ["/typo", "/client_name", "/redirect_uris/1", "/redirect_uris/2", "/scope", "/jwks"]
    );
}

#[tokio::test]
async fn g07_g09_bodies_and_key_addresses_that_are_no_good_are_refused() {
    for uri in [
        "http://10.0.0.1/jwks",
        "https://127.0.0.1/jwks",
        "https://2130706433/jwks",
        "https://localhost/jwks",
        "file:///etc/passwd",
        "https://user@app.example.org/jwks",
        "https://app.example.org:22/jwks",
    ] {
        let mut body = an_app();
        body["token_endpoint_auth_method"] = json!("private_key_jwt");
        body["jwks_uri"] = json!(uri);
        let answer = send(Method::POST, "/clients", &[], Some(&body)).await;
        assert_eq!(
            (answer.status, answer.json()["error"].clone()),
            (400, "invalid_client_metadata".into()),
            "{uri}"
        );
    }
    let raw = |kind: &'static str, body: String| async move {
        let request = http().post(service().at("/clients")).bearer_auth(admin_token().await);
        Answer::of(request.header("content-type", kind).body(body)).await.status
    };
    assert_eq!(
        raw("application/json", "{\"client_name\":\"a\",\"client_name\":\"b\"}".to_owned()).await,
        400
    );
    assert_eq!(raw("application/json", format!("{{\"a\":{}", "[".repeat(10_000))).await, 400);
    assert_eq!(raw("application/json", " ".repeat(1_000_000)).await, 413);
    assert_eq!(raw("text/plain", an_app().to_string()).await, 400);
}

#[tokio::test]
async fn g10_ids_and_secrets_are_ours_to_give() {
    let mut body = an_app();
    body["client_id"] = json!("demo-public");
    body["client_secret"] = json!("mine");
    let answer = register(&body).await.json();
    assert_ne!(answer["client_id"], "demo-public");
    assert_ne!(answer["client_secret"], "mine");
}

#[tokio::test]
async fn g16_api_5_a_change_needs_the_version_that_was_read() {
    let registered = register(&an_app()).await;
    let path = path_of(&registered);
    let tag = registered.header("etag");
    let mut body = an_app();
    body["client_name"] = json!("Renamed");
    assert_eq!(send(Method::PUT, &path, &[], Some(&body)).await.status, 428);
    let changed = send(Method::PUT, &path, &[("if-match", tag)], Some(&body)).await;
    assert_eq!((changed.status, changed.json()["client_name"].clone()), (200, "Renamed".into()));
    assert!(changed.json().get("client_secret").is_none(), "the secret stays and is not shown again");
    let late = send(Method::PUT, &path, &[("if-match", tag)], Some(&an_app())).await;
    assert_eq!((late.status, late.json()["client_name"].clone()), (412, "Renamed".into()));
    assert_eq!(send(Method::DELETE, &path, &[], None).await.status, 428);
    assert_eq!(send(Method::DELETE, &path, &[("if-match", tag)], None).await.status, 412);
    let same = send(Method::GET, &path, &[("if-none-match", changed.header("etag"))], None).await;
    assert_eq!(same.status, 304);
}

#[tokio::test]
async fn g16_of_two_changes_at_once_one_is_lost_to_nobody() {
    let registered = register(&an_app()).await;
    let path = path_of(&registered);
    let tag = [("if-match", registered.header("etag"))];
    let change = |name: &str| {
        let mut body = an_app();
        body["client_name"] = json!(name);
        body
    };
    let (one, other) = (change("One"), change("Other"));
    let (one, other) = tokio::join!(
        send(Method::PUT, &path, &tag, Some(&one)),
        send(Method::PUT, &path, &tag, Some(&other))
    );
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
}

#[tokio::test]
async fn api_6_the_list_comes_in_pages_and_misses_nothing() {
    let mut registered = Vec::new();
    for _ in 0..3 {
        registered.push(register(&an_app()).await.json()["client_id"].as_str().unwrap().to_owned());
    }
    let mut seen = Vec::new();
    let mut path = "/clients?limit=2".to_owned();
    loop {
        let page = send(Method::GET, &path, &[], None).await;
        let body = page.json();
        let items = body["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        seen.extend(items.iter().map(|item| item["client_id"].as_str().unwrap().to_owned()));
        match body.get("next_cursor") {
            Some(cursor) => {
                assert!(page.header("link").contains("rel=\"next\""));
                path = format!("/clients?limit=2&cursor={}", cursor.as_str().unwrap());
            }
            None => break,
        }
    }
    for id in registered {
        assert_eq!(seen.iter().filter(|known| **known == id).count(), 1, "{id}");
    }
    for bad in ["limit=0", "limit=201", "limit=x", "cursor=x", "limit=1&limit=2"] {
        assert_eq!(send(Method::GET, &format!("/clients?{bad}"), &[], None).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn other_methods_and_unknown_clients_are_refused() {
    let posted = send(Method::POST, "/clients/nobody", &[], Some(&json!({}))).await;
    assert_eq!((posted.status, posted.header("allow")), (405, "GET, PUT, PATCH, DELETE, OPTIONS"));
    assert_eq!(send(Method::GET, "/clients/nobody", &[], None).await.status, 404);
    assert_eq!(send(Method::GET, "/clients/%00", &[], None).await.status, 404);
}

#[tokio::test]
async fn rg_12_g14_a_second_secret_works_beside_the_first_and_an_ended_one_does_not() {
    let registered = register(&an_app()).await;
    let path = path_of(&registered);
    let id = registered.json()["client_id"].as_str().unwrap().to_owned();
    let first = registered.json()["client_secret"].as_str().unwrap().to_owned();
    let added = send(Method::POST, &format!("{path}/secrets"), &[], None).await;
    assert_eq!(added.status, 201, "{}", added.text);
    let second = added.json()["client_secret"].as_str().unwrap().to_owned();
    let end = format!("{path}/secrets/{}", registered.json()["secrets"][0]["id"].as_str().unwrap());
    assert_eq!(send(Method::DELETE, &end, &[("if-match", added.header("etag"))], None).await.status, 204);
    let redeem = async |secret: &str| {
        let code = [("grant_type", "authorization_code"), ("code", "code_1_AAAA"), ("client_id", &id)];
        let pairs = [&code[..], &[("client_secret", secret)]].concat();
        service().post("/token", &pairs).await.error()
    };
    assert_eq!(redeem(&first).await, "invalid_client");
    assert_eq!(redeem(&second).await, "invalid_client", "it is registered for Basic alone");
    let basic = async |secret: &str| {
        let form = crate::support::form(&[
            ("grant_type", "authorization_code"),
            ("code", "code_1_AAAA"),
            ("redirect_uri", "https://app.example.org/cb"),
            ("code_verifier", crate::support::VERIFIER),
        ]);
        let request = http().post(service().at("/token")).basic_auth(&id, Some(secret)).body(form);
        let kind = "application/x-www-form-urlencoded";
        Answer::of(request.header("content-type", kind)).await.error()
    };
    assert_eq!(basic(&second).await, "invalid_grant", "the secret is right, the code is not");
    assert_eq!(basic(&first).await, "invalid_client");
    let list = send(Method::GET, &format!("{path}/secrets"), &[], None).await;
    assert!(!list.text.contains(&second) && list.text.contains(&second[second.len() - 4..]));
}

#[tokio::test]
async fn rg_11_g15_a_client_that_is_stopped_or_gone_gets_no_token() {
    let pair = local::seed::KeyPair::generate("x").unwrap();
    let body = json!({
        "client_name": "Stopped service",
        "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": { "keys": [pair.public_jwk()] },
        "scope": "system/Patient.rs",
    });
    let registered = register(&body).await;
    let path = path_of(&registered);
    let pair = pair.of_client(registered.json()["client_id"].as_str().unwrap());
    let token = || async {
        let assertion = pair.assertion(&service().at("/token"), aws::lambda::now());
        service().backend_token("/backend-token", &assertion, None).await
    };
    // Nothing has read the client yet, so nothing remembers it: with a memory it would take 30 seconds at most.
    let stopped = send(Method::POST, &format!("{path}/disable"), &[], None).await;
    assert_eq!((stopped.status, stopped.json()["status"].clone()), (200, "disabled".into()));
    assert_eq!(token().await.error(), "invalid_client");
    let gone = send(Method::DELETE, &path, &[("if-match", stopped.header("etag"))], None).await;
    assert_eq!(gone.status, 204);
    assert_eq!(token().await.error(), "invalid_client");
}

#[tokio::test]
async fn g08_g11_g12_kinds_that_do_not_fit_deceiving_names_and_pages_that_are_never_fetched() {
    let spoiled = |member: &str, value: Value| {
        let mut body = an_app();
        body[member] = value;
        body
    };
    for body in [
        spoiled("grant_types", json!(["password"])),
        spoiled("grant_types", json!(["implicit"])),
        spoiled("token_endpoint_auth_method", json!("tls_client_auth")),
        spoiled("scope", json!("system/*.rs")),
        spoiled("client_name", json!("safe\u{202E}exe")),
        spoiled("client_name", json!("x".repeat(10_000))),
        spoiled("jwks", json!({ "keys": [] })),
    ] {
        let refused = send(Method::POST, "/clients", &[], Some(&body)).await;
        assert_eq!(
            (refused.status, refused.json()["error"].clone()),
            (400, "invalid_client_metadata".into())
        );
    }
    let mut body = spoiled("logo_uri", json!("https://nobody.example/logo.png"));
    body["policy_uri"] = json!("https://nobody.example/policy");
    assert_eq!(register(&body).await.json()["logo_uri"], body["logo_uri"]);
}

#[tokio::test]
async fn g04_g13_schemes_that_run_code_and_tokens_without_the_scope() {
    for uri in [
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///x",
        "blob:x",
        " https://a.example/",
    ] {
        let mut body = an_app();
        body["redirect_uris"] = json!([uri]);
        let refused = send(Method::POST, "/clients", &[], Some(&body)).await;
        assert_eq!(
            (refused.status, refused.json()["error"].clone()),
            (400, "invalid_redirect_uri".into()),
            "{uri}"
        );
    }
    let path = path_of(&register(&an_app()).await);
    let answer = service().backend_token("/token", &service().assertion(), None).await.json();
    let token = answer["access_token"].as_str().unwrap();
    for path in [&path, "/users", "/approvals", "/register-tokens"] {
        assert_eq!(Answer::of(http().get(service().at(path)).bearer_auth(token)).await.status, 403, "{path}");
    }
}

#[tokio::test]
async fn api_4_the_same_request_at_once_registers_one_client() {
    let key = [("idempotency-key", "f1a4b0a2-5d1f-4c58-9a7e-5c6d8e9f0a1b")];
    let body = an_app();
    let (one, other) = tokio::join!(
        send(Method::POST, "/clients", &key, Some(&body)),
        send(Method::POST, "/clients", &key, Some(&body)),
    );
    assert_eq!((one.status, other.status), (201, 201), "{} {}", one.text, other.text);
    assert_eq!(one.json(), other.json(), "the secret too");
}
