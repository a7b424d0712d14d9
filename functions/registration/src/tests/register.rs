//! RFC 7591 and RFC 7592.

use http::{Method, StatusCode, header};
use serde_json::json;

use super::*;

/// Source: RFC 7591 §3.1, the printed request.
fn printed() -> Value {
    json!({
        "redirect_uris": ["https://client.example.org/callback", "https://client.example.org/callback2"],
        "client_name": "My Example Client",
        "client_name#ja-Jpan-JP": "\u{30AF}\u{30E9}\u{30A4}\u{30A2}\u{30F3}\u{30C8}\u{540D}",
        "token_endpoint_auth_method": "client_secret_basic",
        "logo_uri": "https://client.example.org/logo.png",
        "jwks_uri": "https://client.example.org/my_public_keys.jwks",
        "example_extension_parameter": "example_value",
    })
}

#[tokio::test]
async fn rg_4_rg_5_the_printed_request_of_rfc_7591_is_registered() {
    let stage = Stage::that_is(SelfRegistration::Open).await;
    let answer = stage.register(None, &printed()).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert_eq!(answer.headers()[header::PRAGMA], "no-cache");
    let body = body_of(&answer);
    assert_eq!((&body["client_id_issued_at"], &body["client_secret_expires_at"]), (&json!(NOW.0), &json!(0)));
    assert!(text(&body, "client_secret").len() >= 43);
    assert_eq!(body["grant_types"], json!(["authorization_code"]));
    assert_eq!(body["response_types"], json!(["code"]));
    assert_eq!(body["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(body["logo_uri"], "https://client.example.org/logo.png", "g12: kept, and never fetched");
    assert!(body.get("jwks_uri").is_none() && body.get("example_extension_parameter").is_none());
    assert_eq!(body["scope"], "launch/patient openid fhirUser patient/*.rs");
    let uri = format!("{ISSUER}/register/{}", text(&body, "client_id"));
    assert_eq!(text(&body, "registration_client_uri"), uri);
}

#[tokio::test]
async fn rg_1_rg_6_refusals_are_those_of_rfc_7591() {
    let stage = Stage::that_is(SelfRegistration::Open).await;
    let statement = "eyJhbGciOiJSUzI1NiJ9.eyJzb2Z0d2FyZV9pZCI6IjROUkIxIn0.AA";
    for (member, value, code) in [
        ("redirect_uris", json!([]), "invalid_redirect_uri"),
        ("software_statement", json!(statement), "unapproved_software_statement"),
        ("jwks", json!({ "keys": [] }), "invalid_client_metadata"), // rg_2: both at once
    ] {
        let mut body = printed();
        body[member] = value;
        let answer = stage.register(None, &body).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{member}");
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/json");
        let body = body_of(&answer);
        let sentence = text(&body, "error_description");
        assert!(
            sentence.bytes().all(|byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5B | 0x5D..=0x7E)),
            "{sentence}"
        );
        assert_eq!(body["error"], code, "{member}");
    }
}

#[tokio::test]
async fn rg_6_where_registration_is_off_only_an_initial_access_token_opens_it_and_only_so_often() {
    let mut stage = Stage::new().await;
    let register = async |stage: &Stage, token| stage.register(token, &printed()).await;
    let challenge = |answer: &Response| {
        let challenge = answer.headers()[header::WWW_AUTHENTICATE].to_str().unwrap().to_owned();
        (answer.status().as_u16(), challenge)
    };
    assert_eq!(challenge(&register(&stage, None).await), (401, "Bearer".to_owned()));
    let refused = (401, "Bearer error=\"invalid_token\"".to_owned());
    assert_eq!(challenge(&register(&stage, Some("x")).await), refused);
    let make = async |stage: &Stage| {
        let wanted =
            json!({ "description": "For the clinic", "scope": "system/Patient.rs patient/*.rs", "uses": 2 });
        let made = stage.json(Method::POST, "/register-tokens", None, &wanted).await;
        assert_eq!(made.status(), StatusCode::CREATED);
        [text(&body_of(&made), "token"), format!("/register-tokens/{}", text(&body_of(&made), "id"))]
    };
    let [used, _] = make(&stage).await;
    assert!(!text_of(&stage.get("/register-tokens").await).contains(&used), "g14");
    for _ in 0..2 {
        let answer = register(&stage, Some(&used)).await;
        assert_eq!(answer.status(), StatusCode::CREATED);
        assert_eq!(body_of(&answer)["scope"], "patient/*.rs", "no more than the token allows");
    }
    assert_eq!(stage.items("/register-tokens").await[0]["uses_left"], 0);
    let ([ended, path], [expired, _]) = (make(&stage).await, make(&stage).await);
    for status in [StatusCode::NO_CONTENT, StatusCode::NOT_FOUND] {
        assert_eq!(stage.json(Method::DELETE, &path, None, &json!({})).await.status(), status);
    }
    for token in [&used, &ended] {
        assert_eq!(challenge(&register(&stage, Some(token)).await), refused);
    }
    stage.later(7 * 24 * 3600).await;
    assert_eq!(challenge(&register(&stage, Some(&expired)).await), refused);
    let own = json!({ "scope": "__registration" });
    let own = stage.json(Method::POST, "/register-tokens", None, &own).await;
    assert_eq!(own.status(), StatusCode::BAD_REQUEST, "no scope of our own APIs");
}

#[tokio::test]
async fn rg_10_a_client_reads_replaces_and_ends_its_own_registration() {
    let mut stage = Stage::that_is(SelfRegistration::Open).await;
    let registered = body_of(&stage.register(None, &printed()).await);
    let path = format!("/register/{}", text(&registered, "client_id"));
    let own = async |stage: &Stage, method, token: &str, body: &Value| {
        let answer = stage.outsider(method, &path, Some(token), body).await;
        (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or(Value::Null))
    };
    let first = text(&registered, "registration_access_token");
    let (status, read) = own(&stage, Method::GET, &first, &Value::Null).await;
    assert_eq!((status, read.get("client_secret")), (200, None), "g14");
    let mut next = printed();
    next["client_id"] = registered["client_id"].clone();
    next["client_secret"] = registered["client_secret"].clone();
    next["client_name"] = json!("My New Example");
    let (status, replaced) = own(&stage, Method::PUT, &first, &next).await;
    assert_eq!((status, &replaced["client_name"]), (200, &json!("My New Example")), "{replaced}");
    let second = text(&replaced, "registration_access_token");
    assert_ne!(first, second, "it rotates");
    assert_eq!(own(&stage, Method::GET, &first, &Value::Null).await.0, 200, "for five minutes more");
    for (member, value) in [
        ("registration_access_token", json!(second)),
        ("registration_client_uri", json!("https://x.example")),
        ("client_secret_expires_at", json!(0)),
        ("client_id_issued_at", json!(1)),
        ("client_secret", json!("wrong")),
        ("client_id", json!("another")),
    ] {
        let mut bad = next.clone();
        bad[member] = value;
        let (status, refused) = own(&stage, Method::PUT, &second, &bad).await;
        assert_eq!((status, &refused["errors"][0]["pointer"]), (400, &json!(format!("/{member}"))));
    }
    stage.ports.policy.mode = SelfRegistration::Off;
    assert_eq!(own(&stage, Method::PUT, &second, &next).await.0, 403);
    assert_eq!(own(&stage, Method::DELETE, &second, &Value::Null).await.0, 204);
    assert_eq!(own(&stage, Method::GET, &second, &Value::Null).await.0, 401);
}

#[tokio::test]
async fn g13_another_client_and_one_that_is_not_there_read_alike() {
    let stage = Stage::that_is(SelfRegistration::Open).await;
    let one = body_of(&stage.register(None, &printed()).await);
    let other = body_of(&stage.register(None, &printed()).await);
    let token = text(&one, "registration_access_token");
    let mut answers = Vec::new();
    for id in [&text(&other, "client_id"), "unknown"] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let refused = stage.outsider(method, &format!("/register/{id}"), Some(&token), &json!({})).await;
            assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
            answers.push((body_of(&refused), refused.headers()[header::WWW_AUTHENTICATE].clone()));
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
}

#[tokio::test]
async fn rg_9_t13_only_pages_of_the_client_read_an_answer_across_origins() {
    let stage = Stage::that_is(SelfRegistration::Open).await;
    for (origin, allowed) in [("https://client.example.org", true), ("https://evil.example", false)] {
        let headers = [JSON, ("origin", origin)];
        let asked = request(Method::POST, "/register", &headers, printed().to_string());
        let answer = handle(asked, &stage.ports, NOW).await;
        let says = answer.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        assert_eq!(says.map(|says| says.to_str().unwrap()), allowed.then_some(origin));
        let asked = request(Method::OPTIONS, "/register", &[("origin", origin)], "");
        let preflight = handle(asked, &stage.ports, NOW).await;
        assert_eq!(preflight.status(), StatusCode::NO_CONTENT);
        assert!(!preflight.headers().contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
    }
}
