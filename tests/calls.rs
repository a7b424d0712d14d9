//! The calls to AWS that a flow makes when it is warm, counted, and how many of them come one after the other. Each call
//! takes 20 ms meanwhile, so that what waits for it is seen to wait.
//!
//! The clock is stopped, so no flow reads its settings again here: that happens once in about five minutes, at the same time
//! as the other calls, and is counted in `live_settings.rs`.

use local::Options;
use local::calls::{Call, CallLog};

use crate::ehr_launch;
use crate::support::{Answer, App, Browser, Page, parameter, service, timeless_service_with};

const AUTHORIZE: &str = "AuthorizeFunction";

/// A service whose every call to AWS takes 20 ms.
fn slow_service() {
    timeless_service_with(Options { delay: 20, ..Options::default() });
}

const GET: &str = "dynamodb:GetItem";
const PUT: &str = "dynamodb:PutItem";
const SIGN: &str = "kms:Sign";
const TRANSACT: &str = "dynamodb:TransactWriteItems";

/// Asserts what the authorization endpoint has called since it was last asked, and how many of it in sequence.
fn assert_called(what: &str, actions: &[&str], depth: usize) {
    let mut expected: Vec<String> = actions.iter().map(|action| (*action).to_owned()).collect();
    expected.sort_unstable();
    assert_eq!(called(AUTHORIZE), (expected, depth), "{what}");
}

/// What a function has called since it was last asked: the actions, and how many came in sequence.
fn called(function: &str) -> (Vec<String>, usize) {
    let calls: Vec<Call> = service().calls(function);
    let mut actions: Vec<String> = calls.iter().map(|call| call.action.clone()).collect();
    actions.sort_unstable();
    (actions, CallLog::depth(&calls))
}

fn forget(function: &str) {
    service().calls(function);
}

#[tokio::test]
async fn a_backend_token_takes_two_calls_side_by_side_at_either_door() {
    slow_service();
    for (door, function) in [("/token", "TokenFunction"), ("/backend-token", "BackendTokenFunction")] {
        // The first request reads the client, which is remembered afterwards.
        assert_eq!(service().backend_token(door, &service().assertion(), None).await.status, 200);
        forget(function);
        assert_eq!(service().backend_token(door, &service().assertion(), None).await.status, 200);
        let expected = ["dynamodb:PutItem", "kms:Sign"].map(str::to_owned).to_vec();
        assert_eq!(called(function), (expected, 1), "{door}");
    }
}

/// Uncached the client is read, then its account, and only then its token is made: two calls more, one after the other.
#[tokio::test]
async fn a_system_account_costs_nothing_once_it_is_remembered_with_its_client() {
    slow_service();
    for (door, function) in [("/token", "TokenFunction"), ("/backend-token", "BackendTokenFunction")] {
        for (expected, depth) in [
            (vec!["dynamodb:GetItem", "dynamodb:GetItem", "dynamodb:PutItem", "kms:Sign"], 3),
            (vec!["dynamodb:PutItem", "kms:Sign"], 1),
        ] {
            forget(function);
            let assertion = crate::system_accounts::assertion();
            assert_eq!(service().backend_token(door, &assertion, None).await.status, 200);
            let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(called(function), (expected, depth), "{door}");
        }
    }
}

#[tokio::test]
async fn authorize_and_token_keep_to_their_budgets() {
    slow_service();
    let authorize = "AuthorizeFunction";
    let app = App::named("demo-public");
    let mut browser = Browser::default();
    browser.open(&app.address(&[])).await.page();
    forget(authorize);

    // Without a session: nothing, since the client is remembered.
    let page = browser.open(&app.address(&[])).await.page();
    assert_eq!(called(authorize), (Vec::new(), 0), "authorize GET without a session");

    // Sign-in itself, whose answer is not followed.
    let request = crate::support::http().post(service().at(&page.action()));
    let cookie = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<String>();
    let csrf = page.fields().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    let body =
        crate::support::form(&[("csrf", &csrf), ("username", "chidi"), ("password", page.password("chidi"))]);
    let request =
        request.header("content-type", "application/x-www-form-urlencoded").header("cookie", cookie);
    assert_eq!(Answer::of(request.body(body)).await.status, 303);
    let signed_in = ["dynamodb:GetItem", "dynamodb:TransactWriteItems", "dynamodb:TransactWriteItems"];
    assert_eq!(called(authorize), (signed_in.map(str::to_owned).to_vec(), 3), "sign-in");

    let consent = browser.sign_in(&page, "chidi").await.page();
    forget(authorize);

    let url = app.address(&[]);
    let step = url::Url::parse(&service().at(&consent.action())).unwrap();
    let step = parameter(&step, "step").unwrap();
    browser.open(&app.address(&[("step", &step)])).await.page();
    let reads = |number| vec!["dynamodb:GetItem".to_owned(); number];
    assert_eq!(called(authorize), (reads(3), 1), "authorize GET: session beside user beside consent");

    browser.open(&url).await.page();
    let (actions, depth) = called(authorize);
    // The picker signs after the reads, then goes on to consent, which reads again.
    assert_eq!(actions.iter().filter(|action| *action == "kms:Sign").count(), 1, "{actions:?}");
    assert_eq!((actions.len(), depth), (7, 3), "picker GET, then consent GET: {actions:?}");

    let answered = browser.submit(&consent, &[("decision", "allow")]).await.away();
    let mut consented = reads(2);
    consented.push("dynamodb:TransactWriteItems".to_owned());
    assert_eq!(called(authorize), (consented, 2), "consent");

    let code = app.code(&answered);
    let token = "TokenFunction";
    let forged = app.exchange("code_1_AAAA", &[]).await;
    assert_eq!(forged.status, 400);
    forget(token);
    assert_eq!(app.exchange("code_1_AAAA", &[]).await.status, 400);
    assert_eq!(called(token), (Vec::new(), 0), "c01: a forged code costs no call");

    assert_eq!(app.exchange(&code, &[]).await.status, 200);
    let exchange = ["dynamodb:GetItem", "dynamodb:GetItem", "dynamodb:PutItem", "kms:Sign", "kms:Sign"];
    assert_eq!(called(token), (exchange.map(str::to_owned).to_vec(), 3), "code with id_token");

    assert_eq!(app.exchange(&code, &[]).await.status, 400);
    let replay = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"].map(str::to_owned).to_vec();
    assert_eq!(called(token), (replay, 3), "replayed code, of which its owner is told");
    app.exchange(&code, &[]).await;
    forget(token);
    assert_eq!(app.exchange(&code, &[]).await.status, 400);
    assert_eq!(called(token), (reads(1), 1), "but not each time");
}

/// The step that a page of an authorization goes on from.
fn step_of(page: &Page) -> String {
    let action = url::Url::parse(&service().at(&page.action())).unwrap();
    parameter(&action, "step").unwrap()
}

#[tokio::test]
async fn an_ehr_launch_keeps_to_its_budget() {
    slow_service();
    let app = ehr_launch::sample_app();
    let mut browser = ehr_launch::signed_in("clara").await;
    ehr_launch::launch("clara", "chidi", &serde_json::json!({})).await;
    forget(AUTHORIZE);

    // The app and the EHR are remembered by now; uncached they are two reads more, side by side with the user.
    let handle = ehr_launch::launch("clara", "chidi", &serde_json::json!({})).await;
    assert_called("POST /launch: user, then the launch", &[GET, PUT], 2);

    let address = app.address(&[("launch", &handle)]);
    let consent = browser.open(&address).await.page();
    let mut both = vec![GET; 8];
    both.push(SIGN);
    assert_called("the patient of the launch is looked up: GET, sign, GET", &both, 3);

    browser.open(&format!("{address}&step={}", step_of(&consent))).await.page();
    assert_called("authorize GET: session beside user, launch and consent", &[GET; 4], 1);

    app.code(&browser.submit(&consent, &[("decision", "allow")]).await.away());
    assert_called("consent: session beside user and launch, then all at once", &[GET, GET, GET, TRANSACT], 2);
}

#[tokio::test]
async fn a_long_request_costs_one_write_and_then_one_read_more() {
    slow_service();
    let app = App::named("demo-public");
    let mut browser = ehr_launch::signed_in("chidi").await;
    browser.open(&app.address(&[])).await.page();
    let long = app.address(&[("unknown", &"x".repeat(7_000))]);
    forget(AUTHORIZE);

    let (path, query) = long.split_once('?').unwrap();
    // What a form of another site brings has no cookie, and goes on as a GET that has none either.
    let mut stranger = Browser::default();
    let page = stranger.post(path, query).await.page();
    assert_called("POST: the request is kept; GET without a session: it is read", &[PUT, GET], 2);

    let consent = stranger.sign_in(&page, "chidi").await.page();
    let flow = consent.action().replace("/authorize/consent", "/authorize");
    forget(AUTHORIZE);
    stranger.open(&service().at(&flow)).await.page();
    assert_called("authorize GET of a kept request: +1 / +1", &[GET; 4], 2);

    // A short one that is posted only changes to a GET.
    let (path, query) = app.address(&[]).split_once('?').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    Browser::default().post(&path, &query).await.page();
    assert_called("POST of a short request", &[], 0);
}

#[tokio::test]
async fn a_remembered_consent_costs_one_write_more_than_a_page() {
    slow_service();
    let app =
        App { scope: "openid fhirUser user/Condition.rs".to_owned(), ..App::named("demo-confidential") };
    let mut browser = ehr_launch::signed_in("clara").await;
    let consent = browser.open(&app.address(&[])).await.page();
    app.code(&browser.submit(&consent, &[("decision", "allow")]).await.away());
    forget(AUTHORIZE);
    app.code(&browser.open(&app.address(&[])).await.away());
    assert_called("remembered: authorize GET, then all at once", &[GET, GET, GET, TRANSACT], 2);
}

#[tokio::test]
async fn a_picker_costs_one_signature_more_than_a_page() {
    slow_service();
    let app = App::named("demo-public");
    let mut browser = ehr_launch::signed_in("clara").await;
    browser.open(&app.address(&[])).await.page();
    forget(AUTHORIZE);
    let picker = browser.open(&app.address(&[])).await.page();
    assert_called("picker: authorize GET, then sign", &[GET, GET, GET, SIGN], 2);

    let consent = browser.submit(&picker, &[("patient", "emre")]).await.page();
    assert!(consent.heading().starts_with("Allow "), "{}", consent.heading());
    let posted = [GET, GET, SIGN];
    let shown = [GET; 3];
    assert_called(
        "posted choice: reads, then sign; then the GET of the next page",
        &[&posted[..], &shown].concat(),
        3,
    );
}

#[tokio::test]
async fn coming_back_asking_and_giving_back_keep_to_their_budgets() {
    slow_service();
    let token = "TokenFunction";
    let calls = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let (get, put, sign) = ("dynamodb:GetItem", "dynamodb:PutItem", "kms:Sign");
    let member = |answer: &Answer, name: &str| answer.json()[name].as_str().unwrap().to_owned();

    let app = App::asking("launch/patient offline_access patient/*.rs");
    let mut browser = Browser::default();
    let code = app.code(&browser.allow(&app.address(&[]), "chidi", None).await);
    assert_eq!(app.refresh("refresh_1_AAAA", &[]).await.status, 400, "reads the client, which is remembered");
    forget(token);
    for forged in ["refresh_1_AAAA", "x"] {
        assert_eq!(app.refresh(forged, &[]).await.status, 400);
        assert_eq!(called(token), (calls(&[]), 0), "r01: a forged refresh token costs no call");
        assert_eq!(app.revoke(forged).await.status, 200);
        assert_eq!(called(token), (calls(&[]), 0), "nor does giving it back");
    }
    let first = app.exchange(&code, &[]).await;
    assert_eq!(called(token), (calls(&[get, get, put, sign]), 3), "code");
    let second = app.refresh(&member(&first, "refresh_token"), &[]).await;
    assert_eq!(called(token), (calls(&[get, get, put, sign]), 3), "refresh");
    let again = app.refresh(&member(&first, "refresh_token"), &[]).await;
    assert_eq!(again.status, 200);
    assert_eq!(called(token), (calls(&[get, get, sign]), 2), "the same answer again");
    let third = app.refresh(&member(&second, "refresh_token"), &[]).await;
    forget(token);
    assert_eq!(app.refresh(&member(&first, "refresh_token"), &[]).await.status, 400);
    assert_eq!(
        called(token),
        (calls(&[get, put, "dynamodb:UpdateItem"]), 3),
        "stale, of which its owner is told"
    );
    assert_eq!(app.revoke(&member(&third, "refresh_token")).await.status, 200);
    assert_eq!(called(token), (calls(&[get]), 1), "what is over needs no ending");

    let app = App::asking("launch/patient openid online_access patient/*.rs");
    let code = app.code(&browser.allow_again(&app.address(&[])).await);
    let first = app.exchange(&code, &[]).await;
    assert_eq!(called(token), (calls(&[get, get, get, put, sign, sign]), 3), "online_access with id_token");
    assert_eq!(app.revoke(&member(&first, "access_token")).await.status, 200);
    assert_eq!(called(token), (calls(&[get, put]), 2), "revoke");

    let app = App { scope: "launch/patient patient/*.rs".to_owned(), ..App::named("demo-confidential") };
    let code = app.code(&browser.allow_again(&app.address(&[])).await);
    let first = app.exchange(&code, &[]).await;
    forget(token);
    assert_eq!(app.introspect(&member(&first, "access_token")).await["active"], true);
    assert_eq!(called(token), (calls(&[get]), 1), "introspect");
}

#[tokio::test]
async fn the_admin_api_counts_and_then_reads_or_writes_once() {
    timeless_service_with(Options::default());
    let function = "RegistrationFunction";
    let token = crate::registration_api::admin_token().await;
    let ask = async |method: http::Method, path: &str, key: Option<&str>, body: &str| {
        let request = crate::support::http().request(method, service().at(path)).bearer_auth(&token);
        let request = request.header("content-type", "application/json").body(body.to_owned());
        let request = match key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        };
        Answer::of(request).await
    };
    let app =
        r#"{"client_name":"App","redirect_uris":["https://app.example.org/cb"],"scope":"patient/*.rs"}"#;
    let expect = |calls: &[&str]| {
        let mut calls: Vec<String> = calls.iter().map(|call| format!("dynamodb:{call}")).collect();
        calls.sort_unstable();
        assert_eq!(called(function).0, calls);
    };
    forget(function);
    let made = ask(http::Method::POST, "/clients", None, app).await;
    assert_eq!(made.status, 201);
    expect(&["UpdateItem", "TransactWriteItems"]);
    ask(http::Method::POST, "/clients", Some("a-key-of-sixteen-characters"), app).await;
    expect(&["UpdateItem", "GetItem", "TransactWriteItems"]);
    ask(http::Method::GET, made.header("location"), None, "").await;
    expect(&["UpdateItem", "GetItem"]);
    ask(http::Method::GET, "/clients?limit=2", None, "").await;
    expect(&["UpdateItem", "Query", "BatchGetItem"]);
    assert_eq!(service().get("/openapi.json").await.status, 200);
    expect(&[]);
    assert_eq!(
        ask(http::Method::POST, "/register", None, app).await.status,
        401,
        "it is no initial access token"
    );
    expect(&["UpdateItem"]);
    let open = crate::support::http().post(service().at("/register"));
    let open = Answer::of(open.header("content-type", "application/json").body(app)).await;
    assert_eq!(open.status, 201, "{}", open.text);
    expect(&["UpdateItem", "TransactWriteItems"]);
    let url = open.json()["registration_client_uri"].as_str().unwrap().to_owned();
    let token = open.json()["registration_access_token"].as_str().unwrap().to_owned();
    let own = crate::support::http().get(url).bearer_auth(token);
    assert_eq!(Answer::of(own).await.status, 200);
    expect(&["UpdateItem", "GetItem", "GetItem"]);
}

#[tokio::test]
async fn discovery_calls_nothing() {
    timeless_service_with(Options::default());
    forget("DiscoveryFunction");
    for path in ["/fhir/.well-known/smart-configuration", "/.well-known/jwks.json", "/fhir/metadata"] {
        assert_eq!(service().get(path).await.status, 200);
    }
    assert_eq!(called("DiscoveryFunction"), (Vec::new(), 0));
}

/// F01 in small: KMS throttles for longer than the SDK tries.
#[tokio::test]
async fn f01_while_kms_is_throttled_a_code_stays_good() {
    timeless_service_with(Options::default());
    let app = App::named("demo-public");
    let code = app.code(&Browser::default().allow(&app.address(&[]), "chidi", None).await);
    service().kms.throttle(50);
    let answer = app.exchange(&code, &[]).await;
    assert_eq!((answer.status, answer.error().as_str()), (503, "temporarily_unavailable"));
    assert!(!answer.header("retry-after").is_empty());
    service().kms.throttle(0);
    assert_eq!(app.exchange(&code, &[]).await.status, 200);
}
