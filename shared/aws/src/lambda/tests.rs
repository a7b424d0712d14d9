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
