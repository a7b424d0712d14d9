//! `cargo admin doctor`: a deployment looked at from outside, check by check, with what to do.

mod browser;
mod discovery;
mod keys;
mod stack;
mod token;

use std::path::PathBuf;

use clap::Args;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use smart::client::ClientId;

use crate::report::Report;
use crate::{Failure, World, shell, web};

/// Look at a deployment from outside: what is wrong, and what to do.
///
/// It reads what is public, and sends one empty request to the token endpoint. With --key and --client-id it also gets a
/// token and verifies it by the published keys. With --stack it asks AWS about alarms, tables and settings, with your own
/// credentials: takes cloudformation:ListStackResources, DescribeStacks and GetTemplate, dynamodb:DescribeTable,
/// DescribeTimeToLive, DescribeContinuousBackups and GetItem.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The base URL of the FHIR server, or of the service
    #[arg(long, env = "SMART_ADMIN_BASE_URL", hide_env_values = true, value_name = "URL")]
    base_url: String,

    /// The private key of a client that may use client_credentials: PEM, a JWK, or a JWK set with one
    #[arg(
        long,
        env = "SMART_ADMIN_KEY",
        hide_env_values = true,
        value_name = "FILE",
        requires = "client_id"
    )]
    key: Option<PathBuf>,

    /// The id of that client
    #[arg(long, env = "SMART_ADMIN_CLIENT_ID", hide_env_values = true, value_name = "ID")]
    client_id: Option<ClientId>,

    /// The kid of the key, where its file does not say it
    #[arg(long, env = "SMART_ADMIN_KID", hide_env_values = true, value_name = "KID", requires = "key")]
    kid: Option<String>,

    /// The stack, to check its alarms, tables and settings as well
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,

    /// The region of the stack. Usually the region of your AWS configuration
    #[arg(long, value_name = "REGION", requires = "stack")]
    region: Option<String>,

    /// The environment of samconfig.toml from which the stack is deployed, for the commands that are printed
    #[arg(long, value_name = "NAME", requires = "stack")]
    config_env: Option<String>,
}

const EXAMPLES: &str = "Example:
  cargo admin doctor --base-url https://fhir.example.org/r4 --stack smart-production

Exit codes: 0 all is well, 1 something is wrong, 2 used wrongly, 3 not reached.";

/// What one check found.
#[derive(Debug)]
struct Check {
    name: &'static str,
    outcome: CheckResult,
    found: String,
    remedy: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CheckResult {
    Pass,
    Fail,
    Skipped,
}

impl Check {
    /// Holds, or is found wrong as told.
    fn of(name: &'static str, found: Result<String, String>, remedy: impl Into<String>) -> Self {
        let (outcome, found) = match found {
            Ok(found) => (CheckResult::Pass, found),
            Err(found) => (CheckResult::Fail, found),
        };
        Self { name, outcome, found, remedy: remedy.into() }
    }

    fn skipped(name: &'static str, why: &str) -> Self {
        Self { name, outcome: CheckResult::Skipped, found: why.to_owned(), remedy: String::new() }
    }

    const fn word(&self) -> &'static str {
        match self.outcome {
            CheckResult::Pass => "pass",
            CheckResult::Fail => "FAIL",
            CheckResult::Skipped => "skipped",
        }
    }
}

pub(crate) async fn run(options: &Options, world: &World) -> Result<(Report, bool), Failure> {
    let base = web::base(&options.base_url)?;
    let http = web::client(&base)?;
    // Whoever does not answer at all is not examined: that is exit code 3, with what TLS or the name service said.
    let first = discovery::first(&http, base.as_str().trim_end_matches('/'), world.now).await?;
    let mut checks = first.checks;
    if let Some(documents) = &first.documents {
        checks.extend(discovery::agreement(&http, documents).await);
        checks.extend(keys::checks(&http, documents, options, world.now).await?);
        checks.extend(token::checks(&http, documents).await);
        checks.extend(browser::checks(&http, documents).await);
    }
    if let Some(stack) = &options.stack {
        let aws = world.aws_in(options.region.as_deref()).await;
        checks.extend(stack::checks(&aws, stack, options, world).await?);
    }
    Ok(report(&checks, options.stack.as_deref()))
}

fn report(checks: &[Check], stack: Option<&str>) -> (Report, bool) {
    let failed: Vec<_> = checks.iter().filter(|check| check.outcome == CheckResult::Fail).collect();
    let row = |check: &Check| json!({ "check": check.name, "outcome": check.word().to_lowercase(), "found": check.found, "remedy": check.remedy });
    let json = json!({ "ok": failed.is_empty(), "checks": checks.iter().map(row).collect::<Vec<Value>>() });
    let heading = match failed.len() {
        0 => "Every check that could be made holds.".to_owned(),
        1 => "One check does not hold.".to_owned(),
        many => format!("{many} checks do not hold."),
    };
    let rows =
        checks.iter().map(|check| vec![check.name.to_owned(), check.word().to_owned(), check.found.clone()]);
    let report = Report::new(json).heading(heading).table(vec!["CHECK", "", "FOUND"], rows.collect());
    let report = failed.iter().fold(report, |report, check| report.heading(check.name).text(&check.remedy));
    let report = match stack {
        Some(stack) => report.heading("Which alarms ring").text(shell::command([
            "aws",
            "cloudwatch",
            "describe-alarms",
            "--alarm-name-prefix",
            &format!("{stack}-"),
            "--query",
            "MetricAlarms[].[AlarmName,StateValue]",
            "--output",
            "table",
        ])),
        None => report,
    };
    (report, !failed.is_empty())
}

/// An answer, or in words why there is none.
async fn ask(request: RequestBuilder) -> Result<Response, String> {
    web::send(request).await.map_err(|failure| failure.to_string())
}

/// A JSON document.
async fn document(http: &Client, url: &str) -> Result<Value, String> {
    let answer = ask(http.get(url)).await?;
    if !answer.status().is_success() {
        return Err(format!("{url} answers {}", answer.status().as_u16()));
    }
    web::json(answer).await.map_err(|failure| failure.to_string())
}

/// A header, empty if it is not there.
fn header(answer: &Response, name: &str) -> String {
    let values = answer.headers().get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.collect::<Vec<_>>().join(", ")
}
