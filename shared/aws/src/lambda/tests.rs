use lambda_http::Body;

use super::*;
use crate::telemetry::tests::begin_at;

async fn asked<F: Future<Output = Response> + Send>(
    handler: impl Fn(Request, UnixSeconds) -> F + Send + Sync,
) -> (u16, String, String) {
    let mut request = lambda_http::Request::new(Body::Text("password=canary".to_owned()));
    *request.uri_mut() = "https://auth.example.org/token?code=canary".parse().unwrap();
    let answer = answer(request, &handler).await.unwrap();
    let request_id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let body = String::from_utf8(answer.body().to_vec()).unwrap();
    (answer.status().as_u16(), body, request_id)
}

#[tokio::test]
async fn l02_a_panic_is_an_answer_without_detail_one_alarm_and_not_the_end() {
    panics::keep_quiet();
    let handler = |request: Request, _| async move {
        assert!(!request.body().ends_with(b"canary"), "the body was {:?}", request.body());
        Response::default()
    };
    let (kept, guard) = begin_at("trace");
    let (status, body, request_id) = asked(handler).await;
    assert_eq!(status, 500);
    assert!(body.contains("server_error") && !body.contains("canary"), "{body}");
    // The same process answers the next one.
    assert_eq!(asked(|_, _| async { Response::default() }).await.0, 200);
    drop(guard);

    let lines = kept.lines();
    let alarms: Vec<_> = lines.iter().filter(|line| line["level"] == "ERROR").collect();
    let [alarm] = alarms.as_slice() else { panic!("{lines:?}") };
    assert_eq!((&alarm["target"], &alarm["reason"]), (&"request".into(), &"panic".into()));
    assert_eq!((&alarm["status"], &alarm["request_id"]), (&500.into(), &request_id.into()));
    assert!(alarm["place"].as_str().unwrap().starts_with("shared/aws/src/lambda/tests.rs:"), "{alarm}");
    assert!(!format!("{lines:?}").contains("canary"), "{lines:?}");
}

#[tokio::test]
async fn a_request_leaves_one_line_with_what_alarms_are_made_of() {
    let error = smart::error::ErrorCode::InvalidGrant.because("code_expired", "too late.");
    let (kept, guard) = begin_at("");
    let (_, _, request_id) = asked(|_, _| {
        let answer = respond::refusal(&error);
        async move { answer }
    })
    .await;
    drop(guard);
    let lines = kept.lines();
    let [audit, request] = lines.as_slice() else { panic!("{lines:?}") };
    for (name, value) in [("event", "refused"), ("reason", "code_expired"), ("error", "invalid_grant")] {
        assert_eq!(audit[name], value, "{audit}");
    }
    for (name, value) in
        [("event", "request"), ("reason", "code_expired"), ("route", "/token"), ("level", "INFO")]
    {
        assert_eq!(request[name], value, "{request}");
    }
    assert_eq!((&request["status"], &request["request_id"]), (&400.into(), &request_id.into()));
}

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn from(headers: &[(&str, &str)], hash: &str) -> Option<String> {
    let mut request = http::Request::builder().uri("/sign-in");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    sender(&request.body(Body::Empty).unwrap(), hash).map(|Sender(address)| address.to_string())
}

#[test]
fn the_address_of_the_viewer_counts_only_beside_the_secret_of_the_origin() {
    let hash = hexadecimal(&sha256_digest(SECRET));
    let viewer = ("cloudfront-viewer-address", "203.0.113.7:4711");
    let secret = ("x-origin-secret", SECRET);
    assert_eq!(from(&[viewer, secret], &hash).as_deref(), Some("203.0.113.7"));
    let of_ipv6 = ("cloudfront-viewer-address", "2001:db8::7:4711");
    assert_eq!(from(&[of_ipv6, secret], &hash).as_deref(), Some("2001:db8::7"));
    for (headers, hash) in [
        (vec![viewer], hash.as_str()),
        (vec![viewer, ("x-origin-secret", "another")], &hash),
        // Without CloudFront nobody has the secret, not even who sends an empty one.
        (vec![viewer, secret], ""),
        (vec![viewer, ("x-origin-secret", "")], ""),
    ] {
        assert_eq!(from(&headers, hash), None, "{headers:?}");
    }
}
