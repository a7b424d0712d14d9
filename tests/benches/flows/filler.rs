//! Fills the grants table, so that it is seen whether anything depends on how much is in it.

use serde_json::{Value, json};
use smart::random;
use testkit::fixtures;

/// As many as DynamoDB takes in one call.
const BATCH: usize = 25;

/// How many calls are on their way at once.
const AT_ONCE: usize = 8;

/// Stores so many grants more. They are those of a typical app, and of as many people.
pub(crate) async fn fill(dynamodb: &str, grants: usize) {
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let (grant, _) = fixtures::issued_grant("an-app", "somebody");
    let item: serde_dynamo::Item = serde_dynamo::to_item(&grant).unwrap();
    let item = serde_json::to_value(item).unwrap();
    let mut left = grants;
    while left > 0 {
        let wave = (0..AT_ONCE).map(|_| {
            let number = BATCH.min(left);
            left -= number;
            tokio::spawn(store(client.clone(), dynamodb.to_owned(), item.clone(), number))
        });
        for call in wave.collect::<Vec<_>>() {
            call.await.unwrap();
        }
    }
}

async fn store(client: reqwest::Client, dynamodb: String, item: Value, number: usize) {
    if number == 0 {
        return;
    }
    let put = |_| {
        let mut item = item.clone();
        item["key"] = json!({ "S": random::sha256(fixtures::fresh_name().as_bytes()) });
        json!({ "PutRequest": { "Item": item } })
    };
    let body = json!({ "RequestItems": { "GrantsTable": (0..number).map(put).collect::<Vec<_>>() } });
    // It looks at the form of a signature, and at nothing else of it.
    let signed = "AWS4-HMAC-SHA256 Credential=local/20260101/eu-central-1/dynamodb/aws4_request, \
        SignedHeaders=host, Signature=none";
    let request = client.post(dynamodb).header("x-amz-target", "DynamoDB_20120810.BatchWriteItem");
    let request = request.header("content-type", "application/x-amz-json-1.0");
    let request = request.header("authorization", signed).header("x-amz-date", "20260101T000000Z");
    let answer = request.body(body.to_string()).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}
