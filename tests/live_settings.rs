//! Settings change while the service runs: no function is deployed or started again.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws::config::Environment;
use aws::dynamodb::{SettingsTable, Written};
use aws::function::{Function, Running};
use aws::kms::KmsSigner;
use aws::{Aws, Deployed, EmulatorUrls, Timeouts};
use jsonwebtoken::decode_header;
use local::{Clock, Options};
use serde_json::{Value, json};
use smart::settings::{MacVersions, SettingsItem};
use smart::signing_keys::{JWKS_LIFETIME, Schedule, SigningAlgorithm};
use smart_verify::time::UnixSeconds;
use testkit::proxy::{Fault, Plan, Proxy};

use crate::support::{Answer, App, Browser, http, own_service_with, service};

/// How far the clock of each service here is ahead, in seconds.
static AHEAD: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];

fn ahead(number: usize) -> UnixSeconds {
    aws::lambda::now() + Duration::from_secs(AHEAD[number].load(Ordering::Relaxed))
}

fn pass(number: usize, seconds: u64) {
    AHEAD[number].fetch_add(seconds, Ordering::Relaxed);
}

async fn aws() -> Aws {
    let urls = &service().urls;
    Aws::emulated_at(EmulatorUrls { dynamodb: urls.dynamodb.clone(), kms: urls.kms.clone() }).await
}

/// What an operator does: replaces an item by what the last one becomes.
async fn change(item: SettingsItem, value: &Value, now: UnixSeconds) {
    let table = SettingsTable::new(aws().await.dynamodb(), "SettingsTable".to_owned());
    let stored = table.read(&[item]).await.unwrap();
    let written = table.write(item, value.to_string(), stored.get(item), now).await.unwrap();
    assert!(matches!(written, Written::Version(_)));
}

const STACK_KEY: &str = "arn:aws:kms:eu-central-1:000000000000:key/SigningKey";

async fn make_key() -> String {
    let kms = aws().await.kms();
    aws::kms::make_signing_key(&kms, SigningAlgorithm::RS256, "a later key", STACK_KEY).await.unwrap()
}

/// Lets the functions use a key.
async fn name(key: &str) {
    let alias = format!("alias/local/signing/{}", key.rsplit('/').next().unwrap());
    aws::kms::name_key(&aws().await.kms(), key, &alias).await.unwrap();
}

async fn published() -> BTreeSet<String> {
    let set = service().get("/.well-known/jwks.json").await.json();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn kid(token: &str) -> String {
    decode_header(token).unwrap().kid.unwrap()
}

async fn backend_token(door: &str) -> String {
    let answer = service().backend_token(door, &service().assertion(), None).await;
    answer.json()["access_token"].as_str().unwrap_or_else(|| panic!("{}", answer.text)).to_owned()
}

/// A clinician chooses a patient, which takes a token of `authorize`; the token is read by the FHIR API.
async fn app_token() -> Value {
    let app = App {
        scope: "launch/patient openid fhirUser patient/*.rs offline_access".to_owned(),
        ..App::named("demo-public")
    };
    let answered = Browser::default().allow(&app.address(&[]), "clara", Some("emre")).await;
    let body = app.exchange(&app.code(&answered), &[]).await.json();
    let token = body["access_token"].as_str().unwrap_or_else(|| panic!("{body}"));
    assert_eq!(service().fhir("Patient/emre", token).await.status, 200);
    body
}

/// `registration` verifies the token of an administrator.
async fn administer() -> String {
    let assertion = service().seeded.admin.assertion(&service().at("/token"), service().now());
    let token = service().backend_token("/token", &assertion, Some("__registration")).await.json();
    let token = token["access_token"].as_str().unwrap_or_else(|| panic!("{token}")).to_owned();
    let listed = Answer::of(http().get(service().at("/clients?limit=1")).bearer_auth(&token)).await;
    assert_eq!(listed.status, 200, "{}", listed.text);
    token
}

#[tokio::test]
async fn d04_a_signing_key_is_replaced_while_every_function_runs() {
    let clock = Clock::Running(|| ahead(0));
    own_service_with(Options { clock, ..Options::default() });
    let first = kid(&backend_token("/token").await);
    assert_eq!(published().await, BTreeSet::from([first.clone()]));

    let made = make_key().await;
    let added = Schedule::parse(STACK_KEY).unwrap().add(&made, SigningAlgorithm::RS256, ahead(0)).unwrap();
    name(&made).await;
    change(SettingsItem::SigningKeys, &json!(added), ahead(0)).await;
    assert_eq!(published().await, BTreeSet::from([first.clone()]), "within five minutes");
    pass(0, 301);
    let both = published().await;
    assert_eq!((both.len(), both.contains(&first)), (2, true));
    assert_eq!(kid(&backend_token("/token").await), first);

    let promoted = added.promote(&made, None, JWKS_LIFETIME, ahead(0)).unwrap();
    change(SettingsItem::SigningKeys, &json!(promoted), ahead(0)).await;
    pass(0, 301);
    assert_eq!(kid(&backend_token("/token").await), first, "its turn has not come");
    let old = app_token().await;
    pass(0, 1200);
    let second = both.into_iter().find(|kid| *kid != first).unwrap();
    for door in ["/token", "/backend-token"] {
        assert_eq!(kid(&backend_token(door).await), second, "{door}");
    }
    let new = app_token().await;
    assert_eq!(kid(new["access_token"].as_str().unwrap()), second);
    assert_eq!(kid(new["id_token"].as_str().unwrap()), second);
    assert_eq!(kid(&administer().await), second);
    // A token of the first key still verifies.
    assert_eq!(service().fhir("Patient/emre", old["access_token"].as_str().unwrap()).await.status, 200);

    let dropped = promoted.drop_key(STACK_KEY, ahead(0)).unwrap();
    change(SettingsItem::SigningKeys, &json!(dropped), ahead(0)).await;
    pass(0, 301);
    assert_eq!(published().await, BTreeSet::from([second]));
}

#[tokio::test]
async fn a_new_mac_version_ends_refresh_tokens_and_a_planned_one_keeps_them() {
    let clock = Clock::Running(|| ahead(1));
    own_service_with(Options { clock, ..Options::default() });
    let app = App::named("demo-public");
    let refresh = async |token: &Value| {
        let token = token["refresh_token"].as_str().unwrap().to_owned();
        app.refresh(&token, &[]).await
    };
    let versions = |versions: &MacVersions| json!({ "token-mac": versions });
    let token = app_token().await;
    let added = MacVersions::default().add(ahead(1)).unwrap();
    change(SettingsItem::MacVersions, &versions(&added), ahead(1)).await;
    pass(1, 1021);
    let promoted = added.promote(ahead(1)).unwrap();
    change(SettingsItem::MacVersions, &versions(&promoted), ahead(1)).await;
    pass(1, 301);
    let token = refresh(&token).await.json();
    let renewed = token["refresh_token"].as_str().unwrap_or_else(|| panic!("{token}"));
    pass(1, 1021);
    let retired = promoted.retire(ahead(1)).unwrap();
    change(SettingsItem::MacVersions, &versions(&retired), ahead(1)).await;
    pass(1, 301);
    assert!(renewed.contains("2_"), "{renewed}");
    let token = refresh(&token).await.json();
    assert!(token["refresh_token"].is_string(), "{token}");

    let replaced = retired.replace_now(ahead(1)).unwrap();
    change(SettingsItem::MacVersions, &versions(&replaced), ahead(1)).await;
    pass(1, 301);
    let ended = refresh(&token).await;
    assert_eq!((ended.status, ended.error().as_str()), (400, "invalid_grant"));
    // Who asks again is served by the new version.
    assert!(app_token().await["refresh_token"].is_string());
}

/// A function of this test's own, whose calls pass a proxy.
async fn running<F: Function>(binary: &str, proxy: &Proxy, now: UnixSeconds) -> Running<F> {
    let urls = &service().urls;
    let (dynamodb, kms) = (proxy.before(&urls.dynamodb).await, proxy.before(&urls.kms).await);
    let aws = Aws::emulated_at(EmulatorUrls { dynamodb, kms }).await;
    let aws = aws.with_timeouts(Timeouts { backoff: Duration::from_millis(1), ..Timeouts::WITH_EMULATORS });
    let functions = service().template.functions().unwrap();
    let function = functions.into_iter().find(|function| function.binary == binary).unwrap();
    Running::start(Environment::from(function.environment), aws, now).await.unwrap()
}

/// IAM needs some minutes until a function may use a key by its new alias.
#[tokio::test]
async fn a_function_starts_without_a_new_key_that_it_may_not_use_yet_and_publishes_it_later() {
    own_service_with(Options::default());
    let (proxy, begin) = (Proxy::default(), aws::lambda::now());
    let made = make_key().await;
    let added = Schedule::parse(STACK_KEY).unwrap().add(&made, SigningAlgorithm::RS256, begin).unwrap();
    change(SettingsItem::SigningKeys, &json!(added), begin).await;
    let fault = Fault::Exception("AccessDeniedException");
    proxy.plan(Plan { action: "GetPublicKey", nth: 1, times: 1, fault });
    let running = running::<discovery::Ports<KmsSigner>>("discovery", &proxy, begin).await;
    let published = async |seconds| {
        let request = http::Request::get("/.well-known/jwks.json").body("".into()).unwrap();
        let answer = running.answer(request, begin + Duration::from_secs(seconds)).await;
        serde_json::from_slice::<Value>(answer.body()).unwrap()["keys"].as_array().unwrap().len()
    };
    assert_eq!(published(1).await, 1);
    assert_eq!(published(301).await, 2);
}

/// A request that needs nothing but the function itself: it is refused with 400.
async fn status(running: &Running<token::Ports<Deployed>>, now: UnixSeconds) -> u16 {
    let request = http::Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
    let answer = running.answer(request.body("grant_type=unknown".into()).unwrap(), now).await;
    if answer.status() == 503 {
        assert!(answer.headers().contains_key("retry-after"));
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(body["error"], "temporarily_unavailable");
    }
    answer.status().as_u16()
}

#[tokio::test]
async fn settings_are_read_again_when_they_are_five_minutes_old_and_serve_for_fifteen_in_an_outage() {
    let (proxy, begin) = (Proxy::default(), aws::lambda::now());
    let running = running("token", &proxy, begin).await;
    let at = |seconds| begin + Duration::from_secs(seconds);
    let watch = Plan { action: "GetItem", nth: 0, times: 0, fault: Fault::Internal };
    let outage = Plan { times: usize::MAX, ..watch };
    let reads = |proxy: &Proxy, next| {
        let reads = proxy.calm().get("GetItem").copied().unwrap_or_default();
        proxy.plan(next);
        reads
    };
    proxy.plan(watch);
    for seconds in [1, 100, 239] {
        assert_eq!(status(&running, at(seconds)).await, 400);
    }
    assert_eq!(reads(&proxy, watch), 0, "a fresh setting is not read again");
    assert_eq!(status(&running, at(240)).await, 400);
    assert_eq!(reads(&proxy, watch), 2, "with a request, a minute before it is too old");
    assert_eq!(status(&running, at(479)).await, 400);
    assert_eq!(reads(&proxy, watch), 0);
    assert_eq!(status(&running, at(4000)).await, 400);
    assert_eq!(reads(&proxy, watch), 2, "after a long sleep");

    proxy.plan(outage);
    for seconds in [4300, 4500, 4899] {
        assert_eq!(status(&running, at(seconds)).await, 400, "the last ones serve");
    }
    assert_eq!(status(&running, at(4900)).await, 503);
    assert!(reads(&proxy, outage) > 0);
    for _ in 0..20 {
        assert_eq!(status(&running, at(4901)).await, 503);
    }
    assert_eq!(reads(&proxy, watch), 0, "an outage is not asked about with every request");
    assert_eq!(status(&running, at(4920)).await, 400, "the outage is over");
}

#[tokio::test]
async fn an_item_that_cannot_be_used_leaves_the_last_settings_in_use() {
    own_service_with(Options::default());
    let (proxy, begin) = (Proxy::default(), aws::lambda::now());
    let running = running("token", &proxy, begin).await;
    change(SettingsItem::SigningKeys, &json!([]), begin).await;
    assert_eq!(status(&running, begin + Duration::from_secs(600)).await, 400);
    assert_eq!(status(&running, begin + Duration::from_secs(900)).await, 503);
    let first = json!([{ "key": "arn:aws:kms:eu-central-1:000000000000:key/SigningKey", "algorithm": "RS256",
        "publish_from": 0, "sign_from": 0 }]);
    change(SettingsItem::SigningKeys, &first, begin).await;
    assert_eq!(status(&running, begin + Duration::from_secs(920)).await, 400);
}

#[tokio::test]
async fn of_two_operators_who_change_one_item_the_second_is_refused() {
    own_service_with(Options::default());
    let table = SettingsTable::new(aws().await.dynamodb(), "SettingsTable".to_owned());
    let (item, now) = (SettingsItem::MacVersions, aws::lambda::now());
    assert_eq!(table.write(item, "{}".to_owned(), None, now).await.unwrap(), Written::Version(1));
    assert_eq!(table.write(item, "{}".to_owned(), None, now).await.unwrap(), Written::Conflict);
    let seen = table.read(&[item]).await.unwrap();
    let seen = seen.get(item);
    assert_eq!(table.write(item, "{}".to_owned(), seen, now).await.unwrap(), Written::Version(2));
    assert_eq!(table.write(item, "{}".to_owned(), seen, now).await.unwrap(), Written::Conflict);
}
