//! A stack as CloudFormation, DynamoDB and KMS would describe it: AWS is played by what knows one stack, and for the rest
//! by the service on this machine.

use std::collections::BTreeMap;
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
use local::Stack;
use serde_json::{Value, json};

/// A stack as CloudFormation and DynamoDB would describe it.
#[derive(Clone, Debug)]
pub(crate) struct Played {
    /// Logical id, name, type.
    pub(crate) resources: Vec<(String, String, String)>,
    /// Names of tables that keep everything.
    pub(crate) endless: Vec<String>,
    /// Names of tables that have no backups.
    pub(crate) lost: Vec<String>,
    /// Names of tables that can be deleted.
    pub(crate) unprotected: Vec<String>,
    /// The parameters of the last deployment.
    pub(crate) parameters: BTreeMap<String, String>,
    /// The template after its transforms.
    pub(crate) template: String,
    /// The issuer, which is an output.
    issuer: String,
    /// Who answers everything else.
    dynamodb: String,
    kms: String,
}

pub(crate) const NAME: &str = "smart-test";

impl Played {
    /// All that the template makes. Its tables of clients and settings and its keys are those of the running service.
    pub(crate) fn of(stack: &Stack) -> Self {
        let functions = stack.template.functions().unwrap();
        let clients =
            functions.iter().find_map(|function| function.environment.get("CLIENTS_TABLE").cloned());
        let named = |id: &String| match id.as_str() {
            "ClientsTable" => clients.clone().unwrap(),
            "SettingsTable" | "SigningKey" | "SettingsKey" => id.clone(),
            _ => format!("{NAME}-{id}-1ABCDEF"),
        };
        let made = stack.template.document()["Resources"].as_object().unwrap().iter();
        let resources =
            made.map(|(id, made)| (id.clone(), named(id), made["Type"].as_str().unwrap().to_owned()));
        Self {
            resources: resources.collect(),
            endless: Vec::new(),
            lost: Vec::new(),
            unprotected: Vec::new(),
            parameters: BTreeMap::from([("SignInMode".to_owned(), "both".to_owned())]),
            template: json!({ "Resources": {} }).to_string(),
            issuer: stack.urls.issuer.clone(),
            dynamodb: stack.urls.dynamodb.clone(),
            kms: stack.urls.kms.clone(),
        }
    }

    pub(crate) fn count(&self, kind: &str) -> usize {
        self.resources.iter().filter(|(_, _, of)| of == kind).count()
    }

    /// Does what the command line says, with this AWS.
    pub(crate) async fn said(&self, words: &[&str]) -> Result<String, Failure> {
        self.run(words, None).await
    }

    /// The same, with a value on standard input.
    pub(crate) async fn said_with(&self, words: &[&str], input: &str) -> Result<String, Failure> {
        self.run(words, Some(input.to_owned())).await
    }

    async fn run(&self, words: &[&str], input: Option<String>) -> Result<String, Failure> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(Arc::new(self.clone()));
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let emulators = EmulatorUrls { dynamodb: url.clone(), kms: url };
        let world = World { aws: Some(Aws::emulated_at(emulators).await), input, ..World::of_operator() };
        let said = admin::run(Cli::parse_from(std::iter::once(&"smart-admin").chain(words)), &world).await;
        server.abort();
        said
    }

    /// What the doctor says of the service and of this stack: by check, the outcome and what was found.
    pub(crate) async fn examined(&self, stack: &Stack) -> Value {
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
            "DescribeTable" => {
                let is_protected = !self.unprotected.iter().any(|name| name == table);
                Some(json!({ "Table": { "TableName": table, "DeletionProtectionEnabled": is_protected } }))
            }
            "DescribeContinuousBackups" => Some(json!({ "ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": { "PointInTimeRecoveryStatus": status(&self.lost) },
            } })),
            _ => None,
        }
    }

    /// What CloudFormation answers.
    fn of_stack(&self, form: &str) -> Response {
        if !form.contains(&format!("StackName={NAME}&")) && !form.ends_with(&format!("StackName={NAME}")) {
            let error = "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack does not \
                exist</Message></Error></ErrorResponse>";
            return (StatusCode::BAD_REQUEST, error).into_response();
        }
        match form.split('&').find_map(|pair| pair.strip_prefix("Action=")) {
            Some("DescribeStacks") => self.described_stack(),
            Some("GetTemplate") => self.processed(form),
            _ => self.listed(form),
        }
    }

    fn described_stack(&self) -> Response {
        let parameters = self.parameters.iter().fold(String::new(), |said, (name, value)| {
            format!(
                "{said}<member><ParameterKey>{name}</ParameterKey><ParameterValue>{}</ParameterValue></member>",
                escaped(value)
            )
        });
        format!(
            "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>{NAME}</StackName>\
             <StackId>arn:aws:cloudformation:eu-central-1:000000000000:stack/{NAME}/1</StackId>\
             <CreationTime>2026-11-26T00:00:00Z</CreationTime><StackStatus>UPDATE_COMPLETE</StackStatus>\
             <Parameters>{parameters}</Parameters><Outputs><member><OutputKey>Issuer</OutputKey>\
             <OutputValue>{}</OutputValue></member></Outputs></member></Stacks></DescribeStacksResult>\
             </DescribeStacksResponse>",
            self.issuer
        )
        .into_response()
    }

    fn processed(&self, form: &str) -> Response {
        assert!(form.contains("TemplateStage=Processed"), "{form}");
        format!(
            "<GetTemplateResponse><GetTemplateResult><TemplateBody>{}</TemplateBody></GetTemplateResult>\
             </GetTemplateResponse>",
            escaped(&self.template)
        )
        .into_response()
    }

    /// In two pages, as a stack of this size has.
    fn listed(&self, form: &str) -> Response {
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
        return played.of_stack(std::str::from_utf8(&body).unwrap());
    };
    let asked: Value = serde_json::from_slice(&body).unwrap();
    if let Some(described) = played.described(&target, asked["TableName"].as_str().unwrap_or_default()) {
        return described.to_string().into_response();
    }
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let elsewhere = if target.starts_with("TrentService.") { &played.kms } else { &played.dynamodb };
    let there = http.post(elsewhere).headers(headers).body(body).send().await.unwrap();
    (there.status(), there.bytes().await.unwrap()).into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
