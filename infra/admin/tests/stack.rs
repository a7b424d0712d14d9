//! What the command line asks about a stack: AWS is played by what knows one stack, and for the rest by this machine.

#![allow(clippy::unwrap_used, reason = "a journey that cannot go on has failed")]

use std::fmt::Write as _;
use std::sync::Arc;

use admin::{Cli, Failure, World};
use aws::{Aws, EmulatorUrls};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use clap::Parser as _;
use local::{Options, Stack};
use serde_json::{Value, json};

/// A stack as CloudFormation and DynamoDB would describe it.
#[derive(Clone, Debug)]
struct Played {
    /// Logical id, name, type.
    resources: Vec<(String, String, String)>,
    /// Names of tables that keep everything.
    endless: Vec<String>,
    /// Names of tables that have no backups.
    lost: Vec<String>,
    /// Who answers everything else.
    dynamodb: String,
}

const NAME: &str = "smart-test";

impl Played {
    /// All that the template makes. Its table of clients is the one of the running service.
    fn of(stack: &Stack) -> Self {
        let functions = stack.template.functions().unwrap();
        let clients =
            functions.iter().find_map(|function| function.environment.get("CLIENTS_TABLE").cloned());
        let named = |id: &String| match id.as_str() {
            "ClientsTable" => clients.clone().unwrap(),
            _ => format!("{NAME}-{id}-1ABCDEF"),
        };
        let made = stack.template.document()["Resources"].as_object().unwrap().iter();
        let resources =
            made.map(|(id, made)| (id.clone(), named(id), made["Type"].as_str().unwrap().to_owned()));
        Self {
            resources: resources.collect(),
            endless: Vec::new(),
            lost: Vec::new(),
            dynamodb: stack.urls.dynamodb.clone(),
        }
    }

    fn count(&self, kind: &str) -> usize {
        self.resources.iter().filter(|(_, _, of)| of == kind).count()
    }

    /// Does what the command line says, with this AWS.
    async fn said(&self, words: &[&str]) -> Result<String, Failure> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(Arc::new(self.clone()));
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let emulators = EmulatorUrls { dynamodb: url.clone(), kms: url };
        let world = World { aws: Some(Aws::emulated_at(emulators).await), ..World::of_operator() };
        let said = admin::run(Cli::parse_from(std::iter::once(&"smart-admin").chain(words)), &world).await;
        server.abort();
        said
    }

    /// What the doctor says of the service and of this stack: by check, the outcome and what was found.
    async fn examined(&self, stack: &Stack) -> Value {
        let words = ["doctor", "--json", "--base-url", &stack.urls.fhir_base_url, "--stack", NAME];
        match self.said(&words).await {
            Ok(said) | Err(Failure::Found(said)) => serde_json::from_str(&said).unwrap(),
            Err(other) => panic!("{other}"),
        }
    }

    fn described(&self, target: &str, table: &str) -> Option<Value> {
        let status =
            |off: &Vec<String>| if off.iter().any(|name| name == table) { "DISABLED" } else { "ENABLED" };
        match target.rsplit_once('.')?.1 {
            "DescribeTimeToLive" => {
                Some(json!({ "TimeToLiveDescription": { "TimeToLiveStatus": status(&self.endless) } }))
            }
            "DescribeContinuousBackups" => Some(json!({ "ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": { "PointInTimeRecoveryStatus": status(&self.lost) },
            } })),
            _ => None,
        }
    }

    /// In two pages, as a stack of this size has.
    fn listed(&self, form: &str) -> Response {
        if !form.contains(&format!("StackName={NAME}&")) && !form.ends_with(&format!("StackName={NAME}")) {
            let error = "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack does not \
                exist</Message></Error></ErrorResponse>";
            return (StatusCode::BAD_REQUEST, error).into_response();
        }
        let (first, second) = self.resources.split_at(self.resources.len() / 2);
        let (page, token) =
            if form.contains("NextToken=") { (second, "") } else { (first, "<NextToken>2</NextToken>") };
        let members = page.iter().fold(String::new(), |mut said, (id, name, kind)| {
            write!(
                said,
                "<member><LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>{name}</PhysicalResourceId>\
                 <ResourceType>{kind}</ResourceType><ResourceStatus>UPDATE_COMPLETE</ResourceStatus>\
                 <LastUpdatedTimestamp>2026-11-26T00:00:00Z</LastUpdatedTimestamp></member>"
            )
            .unwrap();
            said
        });
        format!(
            "<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>{members}\
             </StackResourceSummaries>{token}</ListStackResourcesResult></ListStackResourcesResponse>"
        )
        .into_response()
    }
}

async fn answer(State(played): State<Arc<Played>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(target) = headers.get("x-amz-target").map(|target| target.to_str().unwrap().to_owned()) else {
        return played.listed(std::str::from_utf8(&body).unwrap());
    };
    let asked: Value = serde_json::from_slice(&body).unwrap();
    if let Some(described) = played.described(&target, asked["TableName"].as_str().unwrap_or_default()) {
        return described.to_string().into_response();
    }
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let there = http.post(&played.dynamodb).headers(headers).body(body).send().await.unwrap();
    (there.status(), there.bytes().await.unwrap()).into_response()
}

fn outcome<'a>(said: &'a Value, name: &str) -> (&'a str, &'a str) {
    let check = said["checks"].as_array().unwrap().iter().find(|check| check["check"] == name);
    let check = check.unwrap_or_else(|| panic!("no check {name}: {said:#}"));
    (check["outcome"].as_str().unwrap(), check["found"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_a_missing_alarm_and_tables_that_keep_or_lose_too_much() {
    let stack = Stack::start(&Options::default()).await.unwrap();
    let whole = Played::of(&stack);
    let said = whole.examined(&stack).await;
    assert_eq!(said["ok"], true, "{said:#}");
    let (alarms, tables) = (whole.count("AWS::CloudWatch::Alarm"), whole.count("AWS::DynamoDB::Table"));
    assert!(alarms > 0 && tables > 0);
    assert_eq!(outcome(&said, "alarms"), ("pass", &*format!("there, all {alarms}")));
    assert_eq!(outcome(&said, "TTL"), ("pass", &*format!("on, {tables} tables")));
    assert_eq!(outcome(&said, "point-in-time recovery"), ("pass", &*format!("on, {tables} tables")));

    let mut broken = whole.clone();
    broken.resources.retain(|(id, ..)| id != "ReplayAlarm");
    let named = |id: &str| whole.resources.iter().find(|(of, ..)| of == id).unwrap().1.clone();
    // Clients and users do not end: their tables have no TTL to be on.
    broken.endless = vec![named("GrantsTable"), named("ClientsTable"), named("UsersTable")];
    broken.lost = vec![named("ClientsTable")];
    let said = broken.examined(&stack).await;
    assert_eq!(outcome(&said, "alarms"), ("fail", "not there: ReplayAlarm"));
    assert_eq!(outcome(&said, "TTL"), ("fail", &*format!("off: {}", named("GrantsTable"))));
    assert_eq!(
        outcome(&said, "point-in-time recovery"),
        ("fail", &*format!("off: {}", named("ClientsTable")))
    );

    // All that the template lets forget, and nothing else.
    let mut endless = whole.clone();
    endless.endless = whole.resources.iter().map(|(_, name, _)| name.clone()).collect();
    let resources = &stack.template.document()["Resources"];
    let forgets = |id: &str| resources[id]["Properties"]["TimeToLiveSpecification"]["Enabled"] == true;
    let with_ttl = whole.resources.iter().filter(|(id, ..)| forgets(id));
    let names: Vec<_> = with_ttl.map(|(_, name, _)| name.as_str()).collect();
    assert!(names.len() > 4, "{names:?}");
    let said = endless.examined(&stack).await;
    assert_eq!(outcome(&said, "TTL"), ("fail", &*format!("off: {}", names.join(", "))));

    let said = whole.said(&["doctor", "--base-url", &stack.urls.fhir_base_url, "--stack", "smart"]).await;
    let Err(Failure::Found(said)) = said else { panic!("{said:?}") };
    assert!(said.contains("there is no stack smart here"), "{said}");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_admin_is_written_into_the_table_of_a_stack() {
    let stack = Stack::start(&Options::default()).await.unwrap();
    let played = Played::of(&stack);
    let words = ["bootstrap", "--show-secret", "--another", "--json", "--stack"];
    let said: Value =
        serde_json::from_str(&played.said(&[&words[..], &[NAME]].concat()).await.unwrap()).unwrap();
    let table = &played.resources.iter().find(|(id, ..)| id == "ClientsTable").unwrap().1;
    assert_eq!(said["table"], **table);
    let refused = played.said(&["bootstrap", "--show-secret", "--stack", NAME]).await;
    assert!(matches!(refused, Err(Failure::Refused(_))), "{refused:?}");

    let unknown = played.said(&[&words[..], &["smart"]].concat()).await;
    assert!(matches!(&unknown, Err(Failure::Usage(why)) if why.contains("no stack smart")), "{unknown:?}");
    let mut emptied = played.clone();
    emptied.resources.retain(|(_, _, kind)| kind != "AWS::DynamoDB::Table");
    let tableless = emptied.said(&[&words[..], &[NAME]].concat()).await;
    assert!(
        matches!(&tableless, Err(Failure::Usage(why)) if why.contains("--clients-table")),
        "{tableless:?}"
    );
    stack.stop().await;
}
