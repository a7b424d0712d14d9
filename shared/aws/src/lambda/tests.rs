use lambda_http::Body;

use super::*;
use crate::origin::tests::{SECRET, hashes, origin};
use crate::telemetry::tests::begin_at;

async fn asked<F: Future<Output = Response> + Send>(
    handler: impl Fn(Request, UnixSeconds) -> F + Send + Sync,
) -> (u16, String, String) {
    let mut request = lambda_http::Request::new(Body::Text("password=canary".to_owned()));
    *request.uri_mut() = "https://auth.example.org/token?code=canary".parse().unwrap();
    let answer = answer(request, &Origin::default(), &handler).await.unwrap();
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
    let error = ErrorCode::InvalidGrant.because("code_expired", "too late.");
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

/// A request, and what the handler knows of its sender: nothing if the handler was not asked.
async fn sent_with(headers: &[(&str, &str)], setting: &str) -> (http::Response<Body>, Option<String>) {
    let mut request = http::Request::builder().uri("/sign-in");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let seen = std::sync::Mutex::new(None);
    let handler = |request: Request, _| {
        let sender = request.extensions().get::<Sender>().map(|Sender(address)| address.to_string());
        *seen.lock().unwrap() = Some(sender.unwrap_or_default());
        async { Response::default() }
    };
    let request = request.body(Body::Empty).unwrap();
    let answer = answer(request, &origin(setting).unwrap(), &handler).await.unwrap();
    let seen = seen.lock().unwrap().clone();
    (answer, seen)
}

#[tokio::test]
async fn around_cloudfront_no_handler_answers_and_the_line_has_no_address() {
    let viewer = ("cloudfront-viewer-address", "203.0.113.7:4711");
    let setting = hashes(&[SECRET]);
    let (kept, guard) = begin_at("");
    for headers in [vec![viewer], vec![viewer, ("x-origin-secret", "wrong")]] {
        let (answer, seen) = sent_with(&headers, &setting).await;
        assert_eq!((answer.status(), seen), (StatusCode::FORBIDDEN, None));
        let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(body["error"], "access_denied");
    }
    drop(guard);
    let lines = kept.lines();
    let requests: Vec<_> = lines.iter().filter(|line| line["event"] == "request").collect();
    assert_eq!(requests.len(), 2);
    for line in requests {
        assert_eq!((&line["status"], &line["reason"]), (&403.into(), &"origin_secret_wrong".into()));
        assert!(line.get("address").is_none(), "{line}");
    }
}

#[tokio::test]
async fn through_cloudfront_the_handler_and_the_line_know_the_viewer() {
    let headers = [("cloudfront-viewer-address", "203.0.113.7:4711"), ("x-origin-secret", SECRET)];
    let (kept, guard) = begin_at("");
    let (answer, seen) = sent_with(&headers, &hashes(&[SECRET])).await;
    // Without CloudFront the header is the caller's own.
    let (_, without) = sent_with(&headers, "").await;
    drop(guard);
    assert_eq!((answer.status(), seen.as_deref()), (StatusCode::OK, Some("203.0.113.7")));
    assert_eq!(without.as_deref(), Some(""));
    let lines = kept.lines();
    let [through, without] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!(through["address"], "203.0.113.7");
    assert!(without.get("address").is_none(), "{without}");
}
