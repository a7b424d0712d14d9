//! Each metric filter of the template, evaluated on the log lines of real requests: it counts an event once.

mod pattern;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{Answer, App, Browser, http, logs, own_service, service};

/// A metric filter, and the function whose log it reads.
struct Filter {
    function: String,
    pattern: String,
}

fn filters() -> BTreeMap<String, Filter> {
    let resources = service().template.document()["Resources"].as_object().unwrap();
    let function_of = |log: &Value| {
        let logs_there = |one: &Value| one["Properties"]["LoggingConfig"]["LogGroup"] == *log;
        resources.iter().find(|(_, one)| logs_there(one)).unwrap().0.clone()
    };
    let filters = resources.iter().filter(|(_, one)| one["Type"] == "AWS::Logs::MetricFilter");
    let filter = |(name, one): (&String, &Value)| {
        let properties = &one["Properties"];
        assert_eq!(properties["MetricTransformations"][0]["MetricValue"], "1", "{name}");
        let pattern = properties["FilterPattern"].as_str().unwrap().to_owned();
        (name.clone(), Filter { function: function_of(&properties["LogGroupName"]), pattern })
    };
    filters.map(filter).collect()
}

/// The requests of this test whose lines a filter matches: each as often as lines match.
fn counted(filter: &Filter) -> Vec<String> {
    let answers = Answer::all();
    let routes = service().template.routes().unwrap();
    let lines: Vec<Value> = logs::text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let in_its_log = |line: &&Value| {
        let route = routes.iter().find(|route| line["route"] == route.path);
        route.is_none_or(|route| route.function == filter.function)
    };
    let matched = lines.iter().filter(in_its_log).filter(|line| pattern::matches(&filter.pattern, line));
    let requests = matched.map(|line| line["request_id"].as_str().unwrap_or_default().to_owned());
    // Other tests log too.
    requests.filter(|id| answers.iter().any(|answer| answer.header("x-request-id") == id)).collect()
}

fn request_of(answer: &Answer) -> String {
    answer.header("x-request-id").to_owned()
}

/// An app gets tokens, uses them, and errs in ways that are not counted.
async fn ordinary_requests(app: &App, tokens: &Value) {
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(app.introspect(access).await["active"], true);
    Answer::of(http().get(service().at("/userinfo")).bearer_auth(access)).await;
    assert_eq!(app.exchange("wrong", &[]).await.status, 400);
    assert_eq!(app.refresh("wrong", &[]).await.status, 400);
    for endpoint in ["/token", "/backend-token"] {
        assert_eq!(service().backend_token(endpoint, &service().assertion(), None).await.status, 200);
        assert_eq!(service().backend_token(endpoint, "wrong", None).await.status, 401);
    }
    for path in ["/clients", "/help", "/account", "/sign-in?to=account", "/manage", "/.well-known/jwks.json"]
    {
        service().get(path).await;
    }
}

/// An app with lasting access, and what it got for a code.
async fn connected(app: &App) -> (String, Value) {
    let code = app.code(&Browser::default().allow(&app.address(&[]), "chidi", None).await);
    let answer = app.exchange(&code, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    (code, answer.json())
}

/// A code and a refresh token used twice, and an assertion at each endpoint of the function `token`.
async fn replays_at_token() -> Vec<String> {
    let scope = "launch/patient openid fhirUser offline_access patient/*.rs".to_owned();
    let app = App { scope, ..App::named("demo-confidential") };
    let (code, tokens) = connected(&app).await;
    ordinary_requests(&app, &tokens).await;
    let code_replayed = app.exchange(&code, &[]).await;
    let (_, tokens) = connected(&app).await;
    let first = tokens["refresh_token"].as_str().unwrap();
    let second = app.refresh(first, &[]).await.json();
    app.refresh(second["refresh_token"].as_str().unwrap(), &[]).await;
    let refresh_replayed = app.refresh(first, &[]).await;
    let assertion = service().assertion();
    let token = service().backend_token("/token", &assertion, None).await.json();
    let assertion_replayed = service().backend_token("/token", &assertion, None).await;
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let pairs = [
        ("token", token["access_token"].as_str().unwrap()),
        ("client_assertion_type", kind),
        ("client_assertion", &assertion),
    ];
    let at_introspect = service().post("/introspect", &pairs).await;
    let replays = [code_replayed, refresh_replayed, assertion_replayed, at_introspect];
    for (answer, status) in replays.iter().zip([400, 400, 401, 401]) {
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    replays.iter().map(request_of).collect()
}

async fn replay_at_backend_token() -> String {
    let assertion = service().assertion();
    service().backend_token("/backend-token", &assertion, None).await;
    let replayed = service().backend_token("/backend-token", &assertion, None).await;
    assert_eq!(replayed.status, 401);
    request_of(&replayed)
}

/// Wrong passwords for an app and for a page of ours, until none is checked any more.
async fn lockouts_at_sign_in() -> Vec<String> {
    let mut browser = Browser::default();
    let mut locked = Vec::new();
    for address in [App::named("demo-public").address(&[]), service().at("/account")] {
        let page = browser.open(&address).await.page();
        for _ in 0..5 {
            let wrong = [("username", "unknown"), ("password", "wrong")];
            let answer = browser.submit(&page, &wrong).await.page().answer;
            locked.extend((answer.status == 429).then(|| request_of(&answer)));
        }
    }
    assert_eq!(locked.len(), 5, "all tries of the same name after the fifth");
    locked
}

/// A signed-in user who does not know the password.
async fn lockout_at_the_account_home() -> String {
    let mut browser = Browser::default();
    let page = browser.open(&service().at("/account")).await.page();
    browser.sign_in(&page, "clara").await.page();
    let page = browser.open(&service().at("/account/password")).await.page();
    let change = [("current", "wrong"), ("password", "another long password")];
    for _ in 0..5 {
        let refused = browser.submit_to(&page, "/account/password", &change).await.page();
        assert_eq!(refused.answer.status, 401, "{}", refused.answer.text);
    }
    let locked = browser.submit_to(&page, "/account/password", &change).await.page();
    assert_eq!(locked.answer.status, 429);
    request_of(&locked.answer)
}

#[tokio::test]
async fn each_metric_filter_counts_each_of_its_events_once_and_nothing_else() {
    logs::keep();
    own_service();
    let mut expected = BTreeMap::from([
        ("TokenReplays", replays_at_token().await),
        ("BackendTokenReplays", vec![replay_at_backend_token().await]),
        ("Lockouts", lockouts_at_sign_in().await),
        ("AccountLockouts", vec![lockout_at_the_account_home().await]),
    ]);
    for (name, filter) in filters() {
        let mut counted = counted(&filter);
        let mut events = expected.remove(name.as_str()).unwrap_or_default();
        counted.sort();
        events.sort();
        assert_eq!(counted, events, "{name}: {}", filter.pattern);
    }
    assert!(expected.is_empty(), "no filter counts {expected:?}");
}
