//! What is found in the grants table, however it came there: older than this code, newer, spoilt, too late deleted.

use serde_json::{Value, json};
use smart::grant::{CodeBinding, Grant, GrantContext, Grantor, Lasting, Stage};
use smart::narrowing::RequestedScopes;
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;
use testkit::fixtures::NOW;

use crate::support::bench::{Bench, Came, DAY};
use crate::support::{form, http, service};

/// An operation on the table itself.
async fn table(operation: &str, mut members: Value) -> Value {
    members["TableName"] = json!("GrantsTable");
    let request = http().post(&service().urls.dynamodb).body(members.to_string());
    let request = request.header("x-amz-target", format!("DynamoDB_20120810.{operation}"));
    let request = request.header("content-type", "application/x-amz-json-1.0");
    // It looks at the form of a signature, and at nothing else of it.
    let signed = "AWS4-HMAC-SHA256 Credential=local/20260101/eu-central-1/dynamodb/aws4_request, \
        SignedHeaders=host, Signature=none";
    let request = request.header("authorization", signed).header("x-amz-date", "20260101T000000Z");
    let answer = request.send().await.unwrap();
    let (status, body) = (answer.status(), answer.json().await.unwrap());
    assert!(status.is_success(), "{body}");
    body
}

async fn item(grant: &Grant) -> Value {
    table("GetItem", json!({ "Key": { "key": { "S": grant.key.0 } } })).await["Item"].clone()
}

async fn put(item: &Value) {
    table("PutItem", json!({ "Item": item })).await;
}

async fn send(bench: &Bench, path: &str, form: &str, now: UnixSeconds) -> Came {
    bench.send(&bench.patient, path, form, now).await
}

#[tokio::test]
async fn f15_an_item_that_cannot_be_read_is_a_fault_of_ours_and_no_panic() {
    let bench = Bench::new().await;
    let (grant, code) = bench.code(None, NOW).await;
    let whole = item(&grant).await;
    let names: Vec<String> = whole.as_object().unwrap().keys().cloned().collect();
    let mut unreadable = 0;
    for name in names.iter().filter(|name| *name != "key") {
        for spoilt in
            [None, Some(json!({ "BOOL": true })), Some(json!({ "L": [] })), Some(json!({ "NULL": true }))]
        {
            let mut item = whole.clone();
            match &spoilt {
                Some(value) => item[name] = value.clone(),
                None => drop(item.as_object_mut().unwrap().remove(name)),
            }
            put(&item).await;
            let came = send(&bench, "/token", &bench.exchange(&grant, &code), NOW).await;
            match came.status {
                200 => put(&whole).await,
                503 => unreadable += 1,
                // It can be read, and says something else than the code does.
                400 => assert_eq!(came.error(), "invalid_grant", "{name} {spoilt:?}"),
                _ => panic!("{name} {spoilt:?}: {came:?}"),
            }
        }
    }
    assert!(unreadable > names.len(), "{unreadable}");
    put(&whole).await;
    assert_eq!(
        send(&bench, "/token", &bench.exchange(&grant, &code), NOW).await.status,
        200,
        "it was whole all along"
    );
}

#[tokio::test]
async fn f15_an_unreadable_family_is_neither_refreshed_nor_active_nor_revoked_by_guess() {
    let bench = Bench::new().await;
    let (grant, token) = bench.refresh_token(NOW).await;
    let whole = item(&grant).await;
    for spoilt in [json!({ "M": {} }), json!({ "S": "x" }), json!({ "M": { "generation": { "N": "-1" } } })] {
        let mut item = whole.clone();
        item["family"] = spoilt;
        put(&item).await;
        for (path, form) in [
            ("/token", Bench::refresh(&token)),
            ("/introspect", form(&[("token", &token)])),
            ("/revoke", form(&[("token", &token)])),
        ] {
            let came = send(&bench, path, &form, NOW).await;
            assert_eq!((came.status, came.retry_after), (503, Some(2)), "{path}: {came:?}");
        }
    }
    put(&whole).await;
    assert_eq!(send(&bench, "/token", &Bench::refresh(&token), NOW).await.status, 200);
}

#[tokio::test]
async fn f21_an_item_of_older_code_reads_fine_and_one_of_newer_code_too() {
    let bench = Bench::new().await;
    let (grant, code) = bench.code(None, NOW).await;
    let mut item = item(&grant).await;
    for later in ["lasting", "family", "context", "encounter", "nonce", "fhir_user", "patient"] {
        item.as_object_mut().unwrap().remove(later);
    }
    item["something_new"] = json!({ "M": { "a": { "S": "b" } } });
    put(&item).await;
    let came = send(&bench, "/token", &bench.exchange(&grant, &code), NOW).await;
    assert_eq!(came.status, 200, "{came:?}");
    assert!(came.body.get("refresh_token").is_none());
}

#[tokio::test]
async fn f11_an_item_deleted_late_or_at_once_makes_no_difference() {
    let bench = Bench::new().await;
    let minute = UnixSeconds(NOW.0 + 61);
    let years = UnixSeconds(NOW.0 + 3 * 365 * 86_400);
    let (coded, code) = bench.code(None, NOW).await;
    let (refreshed, token) = bench.refresh_token(NOW).await;
    let mut answers = Vec::new();
    for deleted in [false, true] {
        if deleted {
            for grant in [&coded, &refreshed] {
                table("DeleteItem", json!({ "Key": { "key": { "S": grant.key.0 } } })).await;
            }
        }
        let mut came = Vec::new();
        for (path, form, now) in [
            ("/token", bench.exchange(&coded, &code), minute),
            ("/token", Bench::refresh(&token), years),
            ("/introspect", form(&[("token", &token)]), years),
        ] {
            let answer = send(&bench, path, &form, now).await;
            came.push((answer.status, answer.error().to_owned(), answer.body["active"].clone()));
        }
        answers.push(came);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0][0].1, "invalid_grant");
    assert_eq!(answers[0][2].2, false);
    assert_eq!(send(&bench, "/revoke", &form(&[("token", &token)]), years).await.status, 200);
}

#[tokio::test]
async fn f10_a_clock_that_is_wrong_gives_no_negative_lifetime_and_no_overflow() {
    let bench = Bench::new().await;
    for (moved, exchanged) in
        [(-3600_i64, true), (-600, true), (-60, true), (59, true), (60, false), (600, false)]
    {
        let now = UnixSeconds(NOW.0.saturating_add_signed(moved));
        let (grant, code) = bench.code(None, NOW).await;
        let came = send(&bench, "/token", &bench.exchange(&grant, &code), now).await;
        assert_eq!(came.status == 200, exchanged, "{moved}: {came:?}");
        if exchanged {
            assert_eq!(came.body["expires_in"], 3600, "{moved}");
        } else {
            assert_eq!(
                send(&bench, "/token", &bench.exchange(&grant, &code), NOW).await.status,
                200,
                "not burnt"
            );
        }
    }
    let mut token = bench.refresh_token(NOW).await.1;
    for moved in [60_i64, -60, 600, -600, -3600, 1800, 0, i64::MIN] {
        let now = UnixSeconds(NOW.0.saturating_add_signed(moved));
        let came = send(&bench, "/token", &Bench::refresh(&token), now).await;
        assert_eq!(came.status, 200, "{moved}: {came:?}");
        assert!((1..=3600).contains(&came.body["expires_in"].as_u64().unwrap()), "{moved}");
        token = came.refresh_token();
    }
    let end = UnixSeconds(u64::MAX);
    let came = send(&bench, "/token", &Bench::refresh(&token), end).await;
    assert_eq!((came.status, came.error()), (400, "invalid_grant"));
    let about = send(&bench, "/introspect", &form(&[("token", &token)]), end).await;
    assert_eq!(about.body, json!({ "active": false }));
}

/// The size of an item, by which DynamoDB counts what is read and written, in bytes.
///
/// Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats".
fn size(item: &Value) -> usize {
    let members = item.as_object().unwrap();
    members.iter().map(|(name, value)| name.len() + size_of_value(value)).sum()
}

fn size_of_value(value: &Value) -> usize {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "S" => value.as_str().unwrap().len(),
        "N" => value.as_str().unwrap().len().div_ceil(2) + 1,
        "BOOL" | "NULL" => 1,
        "M" => 3 + size(value) + value.as_object().unwrap().len(),
        "L" => {
            let values = value.as_array().unwrap();
            3 + values.len() + values.iter().map(size_of_value).sum::<usize>()
        }
        other => panic!("no item has a {other}"),
    }
}

/// The largest that an item of some scopes becomes while its code and its first refresh tokens are used, in bytes.
async fn largest(scope: &str) -> usize {
    let bench = Bench::new().await;
    let now = aws::lambda::now();
    let scopes = ScopeSet::parse(scope);
    let granted = RequestedScopes::all_registered(&scopes).narrow_to(&scopes, &scopes).granted;
    let typical = |grant: Grant| Grant {
        scope: granted,
        context: GrantContext {
            patient: Some("a3f1c9b2-7d64-4e0b-9a5d-2c8e6f7b1d05".to_owned()),
            encounter: Some("5b0e7c1d-93a8-4f26-8c4b-71d2e9f0a6b3".to_owned()),
            ..grant.context
        },
        person: Grantor {
            fhir_user: Some(
                "https://fhir.example.org/r4/Patient/a3f1c9b2-7d64-4e0b-9a5d-2c8e6f7b1d05".to_owned(),
            ),
            ..grant.person
        },
        code: CodeBinding { nonce: Some("f2b7d9c4e6a81035f2b7d9c4e6a81035".to_owned()), ..grant.code },
        stage: Stage::Issued { lasting: Some(Lasting::Offline { until: now + DAY * 365 }) },
        ..grant
    };
    let (grant, code) = bench.code_of(typical, now).await;
    let mut largest = size(&item(&grant).await);
    let mut came = send(&bench, "/token", &bench.exchange(&grant, &code), now).await;
    for _ in 0..3 {
        largest = largest.max(size(&item(&grant).await));
        came = send(&bench, "/token", &Bench::refresh(&came.refresh_token()), now).await;
    }
    largest.max(size(&item(&grant).await))
}

#[tokio::test]
async fn a_typical_grant_costs_one_write_unit_and_one_of_forty_granular_scopes_five() {
    let typical = "launch/patient launch/encounter openid fhirUser offline_access patient/Patient.rs \
        patient/Observation.rs patient/Condition.rs patient/MedicationRequest.rs patient/AllergyIntolerance.rs";
    assert_eq!(typical.split_whitespace().count(), 10);
    let bytes = largest(typical).await;
    println!("a typical grant: {bytes} bytes");
    assert!((600..=1_024).contains(&bytes), "{bytes}");

    let category = "http://terminology.hl7.org/CodeSystem/observation-category";
    let granular: Vec<String> =
        (0..40).map(|n| format!("patient/Observation.rs?category={category}|laboratory{n:02}")).collect();
    let bytes = largest(&granular.join(" ")).await;
    println!("a grant of forty granular scopes: {bytes} bytes");
    assert!((4_000..=5 * 1_024).contains(&bytes), "{bytes}");
}
