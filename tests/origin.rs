//! CloudFront in front of the API: a request that comes another way gets nothing, whichever function it is for.

use local::{Options, Stack};
use smart_verify::jws::sha256_digest;

use crate::support::{Answer, http, logs, own_service_with, service};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const NEXT: &str = "fedcba9876543210fedcba9876543210";

fn hash(secret: &str) -> String {
    sha256_digest(secret).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn with_hashes(setting: String) -> Options {
    Options { parameters: vec![("OriginSecretHash".to_owned(), setting)], ..Options::default() }
}

async fn ask(path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = http().get(service().at(path)).header("cloudfront-viewer-address", "203.0.113.7:4711");
    Answer::of(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

#[tokio::test]
async fn every_function_refuses_what_comes_around_cloudfront_and_answers_both_secrets() {
    logs::keep();
    own_service_with(with_hashes(format!("{},{}", hash(SECRET), hash(NEXT))));
    // One path of each function.
    let paths = ["/help", "/manage", "/token", "/backend-token", "/clients"];
    for path in paths {
        for headers in [vec![], vec![("x-origin-secret", ""), ("origin", "https://app.example.org")]] {
            let refused = ask(path, &headers).await;
            assert_eq!((refused.status, refused.error().as_str()), (403, "access_denied"), "{path}");
            assert_eq!(line_of(&refused)["reason"], "origin_secret_wrong", "{path}");
            assert!(line_of(&refused).get("address").is_none());
        }
        for secret in [SECRET, NEXT] {
            let answer = ask(path, &[("x-origin-secret", secret)]).await;
            assert_ne!(answer.status, 403, "{path}");
            assert_eq!(line_of(&answer)["address"], "203.0.113.7", "{path}");
        }
    }
}

/// The line that an answer's request has left.
fn line_of(answer: &Answer) -> serde_json::Value {
    let lines = logs::text();
    let lines = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let id = answer.header("x-request-id");
    lines.into_iter().find(|line| line["event"] == "request" && line["request_id"] == id).unwrap()
}

#[tokio::test]
async fn a_malformed_hash_keeps_the_service_from_starting() {
    let error = Stack::start(&with_hashes("0123".to_owned())).await.err().unwrap().to_string();
    assert!(error.contains("ORIGIN_SECRET_HASH must be"), "{error}");
}
