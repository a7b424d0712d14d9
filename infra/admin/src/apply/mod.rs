//! `cargo admin apply` and `cargo admin export`: the clients of a service as one file.

mod plan;

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::api::{Api, ApiAccess};
use crate::files::{self, words};
use crate::report::Report;
use crate::{Failure, World};

use plan::{Action, Step};

/// Bring the clients of a service in line with a file: first the plan, then the changes.
///
/// An entry is the client with its client_id, else with its software_id, else with its name; where there is none, one is
/// registered. What an entry does not name is taken away, as the service has it by default; a status that is not
/// named stays. Clients that are not in the file are left alone. Applied again, the same file changes nothing.
#[derive(Debug, Args)]
#[command(after_help = "Example of clients.toml:
  [[client]]
  client_name = \"My app\"
  software_id = \"my-app\"
  token_endpoint_auth_method = \"none\"
  redirect_uris = [\"https://app.example.org/callback\"]
  scope = \"launch/patient openid fhirUser patient/*.rs\"")]
pub(crate) struct Options {
    #[command(flatten)]
    access: ApiAccess,

    /// The file, as export writes it
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Show the plan, and change nothing
    #[arg(long)]
    dry_run: bool,

    /// Do not ask
    #[arg(long)]
    yes: bool,

    /// Print the secrets of clients that are registered, which are shown this once
    #[arg(long, conflicts_with = "secret_file")]
    show_secret: bool,

    /// Write those secrets into a new file that only you may read, a JSON object a line
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

/// Print the clients of a service as a file for apply, without any secret.
///
/// Clients that wait to be approved are left out.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  cargo admin export > clients.toml")]
pub(crate) struct Export {
    #[command(flatten)]
    access: ApiAccess,
}

/// Ours to set: no part of what a file says.
const OURS: [&str; 9] = [
    "checked",
    "client_id_issued_at",
    "client_secret",
    "client_secret_expires_at",
    "created_at",
    "kind",
    "secrets",
    "status",
    "updated_at",
];

pub(crate) async fn export(export: &Export, world: &World) -> Result<Report, Failure> {
    let clients = export.access.open(world).await?.list("/clients", &[]).await?;
    let mut clients: Vec<_> = clients.into_iter().filter(|client| client["status"] != "pending").collect();
    // The oldest first: what is added later is added below.
    clients.reverse();
    let entries: Vec<Value> = clients.iter().map(entry).collect();
    let document = json!({ "client": entries });
    let text = toml::to_string_pretty(&document).map_err(|error| Failure::Refused(error.to_string()))?;
    Ok(Report::new(document).text(text.trim_end()))
}

/// A client as a file says it.
fn entry(client: &Value) -> Value {
    let mut entry = said(client);
    if client["status"] == "disabled" {
        entry.insert("status".to_owned(), json!("disabled"));
    }
    Value::Object(entry)
}

/// What can be said of a client, of all that is known of it.
fn said(client: &Value) -> Map<String, Value> {
    let members = client.as_object().into_iter().flatten();
    let members = members.filter(|(name, value)| !value.is_null() && !OURS.contains(&name.as_str()));
    members.map(|(name, value)| (name.clone(), value.clone())).collect()
}

pub(crate) async fn run(options: &Options, world: &World) -> Result<Report, Failure> {
    let entries = entries(&options.file)?;
    let api = options.access.open(world).await?;
    let steps = plan::of(&api, &entries).await?;
    let changes = steps.iter().filter(|step| step.action != Action::Nothing).count();
    let report = plan::report(&steps);
    if options.dry_run || changes == 0 {
        return Ok(report);
    }
    let secrets = secrets(options, &steps)?;
    if !options.yes {
        world.say(&report.rendered(false, world.colour));
    }
    if let Err(failure) = world.confirm(&format!("Do this ({changes})?"), options.yes) {
        if let Some(path) = options.secret_file.as_ref().filter(|_| secrets.is_some()) {
            std::fs::remove_file(path).map_err(|error| files::cannot(path, error))?;
        }
        return Err(failure);
    }
    carry_out(&api, &steps, options, secrets, report).await
}

fn entries(path: &Path) -> Result<Vec<Value>, Failure> {
    let cannot = |why: String| files::cannot(path, why);
    let document: Value = toml::from_str(&files::text(path)?).map_err(|error| cannot(error.to_string()))?;
    let unknown = document.as_object().into_iter().flatten().find(|(name, _)| *name != "client");
    if let Some((name, _)) = unknown {
        return Err(cannot(format!("{name} is not known here; each client begins with [[client]]")));
    }
    let entries = document["client"].as_array().cloned().unwrap_or_default();
    match entries.iter().position(|entry| entry["client_name"].as_str().is_none()) {
        Some(at) => Err(cannot(format!("client {} has no client_name", at + 1))),
        None => Ok(entries),
    }
}

/// Where secrets go, open before any is made; nowhere if none will be.
fn secrets(options: &Options, steps: &[Step]) -> Result<Option<File>, Failure> {
    if !steps.iter().any(Step::makes_a_secret) || options.show_secret {
        return Ok(None);
    }
    let Some(path) = &options.secret_file else {
        let why = "this makes secrets that are shown once: say --show-secret or --secret-file FILE";
        return Err(Failure::Usage(why.to_owned()));
    };
    files::for_secrets(path).map(Some)
}

async fn carry_out(
    api: &Api,
    steps: &[Step],
    options: &Options,
    mut secrets: Option<File>,
    mut report: Report,
) -> Result<Report, Failure> {
    for step in steps {
        let Some(client) = done(api, step).await? else { continue };
        let Some(secret) = client["client_secret"].as_str() else { continue };
        let line =
            json!({ "client_id": client["client_id"], "client_name": step.name, "client_secret": secret });
        match (&mut secrets, &options.secret_file) {
            (Some(file), Some(path)) => {
                writeln!(file, "{line}").map_err(|error| files::cannot(path, error))?;
            }
            _ => report = report.heading(format!("Secret of {}", words(&client["client_id"]))).text(secret),
        }
    }
    Ok(report.text("\nDone."))
}

/// One step; each client is changed as the plan has read it, or not at all.
async fn done(api: &Api, step: &Step) -> Result<Option<Value>, Failure> {
    let mut last = None;
    let mut id = step.id.clone();
    if step.action == Action::Create {
        let created = api.create("/clients", &step.desired).await?.body;
        id = created["client_id"].as_str().map(str::to_owned);
        last = Some(created);
    }
    let path = format!("/clients/{}", id.unwrap_or_default());
    if let (Action::Change, Some(read)) = (&step.action, &step.read) {
        last = Some(api.change(Method::PUT, &path, read, Some(&step.desired)).await?.body);
    }
    if let Some(action) = step.status_action {
        api.act(&format!("{path}/{action}"), None).await?;
    }
    Ok(last)
}
