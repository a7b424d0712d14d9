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

fn text(body: &Value, member: &str) -> String {
    body[member].as_str().unwrap_or_else(|| panic!("{member} in {body}")).to_owned()
}

#[tokio::test]
async fn rg_4_rg_5_the_printed_request_of_rfc_7591_is_registered() {
    let stage = Stage::that_is(SelfRegistration::Open).await;
    let answer = stage.outsider(Method::POST, "/register", None, &printed()).await;
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
    let refused = async |member: &str, value: Value| {
        let mut body = printed();
        body[member] = value;
        let answer = stage.outsider(Method::POST, "/register", None, &body).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{member}");
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/json");
        let body = body_of(&answer);
        let sentence = text(&body, "error_description");
        assert!(
            sentence.bytes().all(|byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5B | 0x5D..=0x7E)),
            "gen_6"
        );
        text(&body, "error")
    };
    assert_eq!(refused("redirect_uris", json!([])).await, "invalid_redirect_uri");
    assert_eq!(
        refused("redirect_uris", json!(["http://client.example.org/cb"])).await,
        "invalid_redirect_uri"
    );
    assert_eq!(refused("grant_types", json!(["password"])).await, "invalid_client_metadata");
    assert_eq!(
        refused("token_endpoint_auth_method", json!("private_key_jwt2")).await,
        "invalid_client_metadata"
    );
    let statement = "eyJhbGciOiJSUzI1NiJ9.eyJzb2Z0d2FyZV9pZCI6IjROUkIxIn0.AA";
    assert_eq!(refused("software_statement", json!(statement)).await, "unapproved_software_statement");
    assert_eq!(refused("jwks", json!({ "keys": [] })).await, "invalid_client_metadata", "rg_2: both at once");
    assert_eq!(refused("scope", json!("__registration")).await, "invalid_client_metadata");
    assert_eq!(refused("scope", json!("user/*.cruds")).await, "invalid_client_metadata");
}

#[tokio::test]
async fn rg_6_where_registration_is_off_only_an_initial_access_token_opens_it_and_only_so_often() {
    let mut stage = Stage::new().await;
    let bare = stage.outsider(Method::POST, "/register", None, &printed()).await;
    assert_eq!(
        (bare.status(), &bare.headers()[header::WWW_AUTHENTICATE]),
        (StatusCode::UNAUTHORIZED, &"Bearer".parse().unwrap())
    );
    let bad = stage.outsider(Method::POST, "/register", Some("x"), &printed()).await;
    assert_eq!(bad.headers()[header::WWW_AUTHENTICATE], "Bearer error=\"invalid_token\"");
    let wanted =
        json!({ "description": "For the clinic", "scope": "system/Patient.rs patient/*.rs", "uses": 2 });
    let made = stage.json(Method::POST, "/register-tokens", None, &wanted).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let token = text(&body_of(&made), "token");
    let listed = stage.get("/register-tokens").await;
    assert!(!String::from_utf8(listed.body().to_vec()).unwrap().contains(&token), "g14");
    for _ in 0..2 {
        let answer = stage.outsider(Method::POST, "/register", Some(&token), &printed()).await;
        assert_eq!(answer.status(), StatusCode::CREATED);
        assert_eq!(body_of(&answer)["scope"], "patient/*.rs", "no more than the token allows");
    }
    let used_up = stage.outsider(Method::POST, "/register", Some(&token), &printed()).await;
    assert_eq!(used_up.status(), StatusCode::UNAUTHORIZED);
    let second = text(&body_of(&stage.json(Method::POST, "/register-tokens", None, &wanted).await), "token");
    stage.later(7 * 24 * 3600).await;
    let late = stage.outsider(Method::POST, "/register", Some(&second), &printed()).await;
    assert_eq!(late.status(), StatusCode::UNAUTHORIZED, "it has ended");
}

#[tokio::test]
async fn an_initial_access_token_is_ended_and_never_gives_scopes_of_our_own_apis() {
    let stage = Stage::new().await;
    let own = json!({ "scope": "__registration" });
    assert_eq!(
        stage.json(Method::POST, "/register-tokens", None, &own).await.status(),
        StatusCode::BAD_REQUEST
    );
    let made = body_of(
        &stage.json(Method::POST, "/register-tokens", None, &json!({ "scope": "patient/*.rs" })).await,
    );
    let path = format!("/register-tokens/{}", text(&made, "id"));
    assert_eq!(stage.json(Method::DELETE, &path, None, &json!({})).await.status(), StatusCode::NO_CONTENT);
    let token = text(&made, "token");
    let refused = stage.outsider(Method::POST, "/register", Some(&token), &printed()).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(stage.json(Method::DELETE, &path, None, &json!({})).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn rg_10_a_client_reads_replaces_and_ends_its_own_registration() {
    let stage = Stage::that_is(SelfRegistration::Open).await;
    let registered = body_of(&stage.outsider(Method::POST, "/register", None, &printed()).await);
    let path = format!("/register/{}", text(&registered, "client_id"));
    let first = text(&registered, "registration_access_token");
    let read = stage.outsider(Method::GET, &path, Some(&first), &json!({})).await;
    assert_eq!(read.status(), StatusCode::OK);
    let read = body_of(&read);
    assert!(read.get("client_secret").is_none(), "g14");
    let mut next = printed();
    next["client_id"] = registered["client_id"].clone();
    next["client_secret"] = registered["client_secret"].clone();
    next["client_name"] = json!("My New Example");
    let replaced = stage.outsider(Method::PUT, &path, Some(&first), &next).await;
    assert_eq!(replaced.status(), StatusCode::OK, "{:?}", replaced.body());
    let replaced = body_of(&replaced);
    assert_eq!(replaced["client_name"], "My New Example");
    let second = text(&replaced, "registration_access_token");
    assert_ne!(first, second, "it rotates");
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
        let refused = stage.outsider(Method::PUT, &path, Some(&second), &bad).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{member}");
        assert_eq!(body_of(&refused)["errors"][0]["pointer"], format!("/{member}"));
    }
    let gone = stage.outsider(Method::DELETE, &path, Some(&second), &json!({})).await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    let after = stage.outsider(Method::GET, &path, Some(&second), &json!({})).await;
    assert_eq!(after.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn g13_another_client_and_one_that_is_not_there_read_alike() {
    let mut stage = Stage::that_is(SelfRegistration::Open).await;
    let one = body_of(&stage.outsider(Method::POST, "/register", None, &printed()).await);
    let other = body_of(&stage.outsider(Method::POST, "/register", None, &printed()).await);
    let token = text(&one, "registration_access_token");
    let mut answers = Vec::new();
    for path in [format!("/register/{}", text(&other, "client_id")), "/register/nobody".to_owned()] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let refused = stage.outsider(method, &path, Some(&token), &json!({})).await;
            assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
            answers.push((body_of(&refused), refused.headers()[header::WWW_AUTHENTICATE].clone()));
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    // Rotated away, and over its overlap.
    let path = format!("/register/{}", text(&one, "client_id"));
    let mut next = printed();
    next["client_id"] = one["client_id"].clone();
    stage.outsider(Method::PUT, &path, Some(&token), &next).await;
    assert_eq!(stage.outsider(Method::GET, &path, Some(&token), &json!({})).await.status(), StatusCode::OK);
    stage.later(300).await;
    assert_eq!(
        stage.outsider(Method::GET, &path, Some(&token), &json!({})).await.status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn rg_10_what_may_not_be_changed_is_403() {
    let mut stage = Stage::that_is(SelfRegistration::Open).await;
    let own = body_of(&stage.outsider(Method::POST, "/register", None, &printed()).await);
    let path = format!("/register/{}", text(&own, "client_id"));
    let mut next = printed();
    next["client_id"] = own["client_id"].clone();
    let token = text(&own, "registration_access_token");
    stage.ports.policy.mode = SelfRegistration::Off;
    let closed = stage.outsider(Method::PUT, &path, Some(&token), &next).await;
    assert_eq!(closed.status(), StatusCode::FORBIDDEN);
    stage.ports.policy.mode = SelfRegistration::Open;
    let admin = format!("/clients/{}", text(&own, "client_id"));
    stage.json(Method::POST, &format!("{admin}/disable"), None, &json!({})).await;
    let stopped = stage.outsider(Method::PUT, &path, Some(&token), &next).await;
    assert_eq!(stopped.status(), StatusCode::FORBIDDEN);
    let read = stage.outsider(Method::GET, &path, Some(&token), &json!({})).await;
    assert_eq!(body_of(&read)["status"], "disabled");
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
