//! `cargo admin users`: accounts, by the admin API. Of passwords nothing is ever sent: a link lets their person set one.

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::{Api, ApiAccess, part};
use crate::files::{self, SecretTo, words};
use crate::report::Report;
use crate::{Failure, World};

/// Make accounts, look at them, change and stop them.
#[derive(Debug, Args)]
pub(crate) struct Users {
    #[command(flatten)]
    access: ApiAccess,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List accounts, the newest first
    List {
        /// Only those of this role
        #[arg(long, value_parser = ["patient", "clinician"])]
        role: Option<String>,
        /// Only those with these words in a name
        #[arg(long = "search", value_name = "WORDS")]
        words: Option<String>,
    },
    /// Show an account
    Show { name: String },
    /// Make an account; set-password-link then lets its person set a password
    Create {
        name: String,
        #[command(flatten)]
        members: Members,
    },
    /// Change an account: what is not named stays as it is
    Update {
        name: String,
        #[command(flatten)]
        members: Members,
    },
    /// Stop an account and end its sessions
    Disable { name: String },
    /// Let an account that was disabled work again
    Enable { name: String },
    /// End an account
    Delete {
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Make a link by which its person sets a password: good once, for a day
    SetPasswordLink {
        name: String,
        #[command(flatten)]
        secret: SecretTo,
    },
}

#[derive(Debug, Args)]
struct Members {
    /// What people call them
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// What they are
    #[arg(long, value_parser = ["patient", "clinician"])]
    role: Option<String>,
    /// Who they are in the FHIR server, such as Practitioner/p1
    #[arg(long, value_name = "REFERENCE")]
    fhir_user: Option<String>,
    /// A patient whose record they may see, by id. May be repeated
    #[arg(long = "patient", value_name = "ID")]
    patients: Vec<String>,
    /// Whether they administer the service
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true")]
    administrator: Option<bool>,
}

impl Members {
    fn body(&self) -> Value {
        let mut body = json!({});
        let texts =
            [("display_name", &self.display_name), ("role", &self.role), ("fhirUser", &self.fhir_user)];
        for (name, text) in texts.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?))) {
            body[name] = json!(text);
        }
        if !self.patients.is_empty() {
            body["patients"] = json!(self.patients);
        }
        if let Some(administrator) = self.administrator {
            body["administrator"] = json!(administrator);
        }
        body
    }
}

pub(crate) async fn run(users: Users, world: &World) -> Result<Report, Failure> {
    let open = || users.access.open(world);
    match users.command {
        Command::List { role, words } => listed(&open().await?, role.as_deref(), words.as_deref()).await,
        Command::Show { name } => Ok(shown(&open().await?.get(&path(&name)).await?.body)),
        Command::Create { name, members } => {
            let mut body = members.body();
            body["name"] = json!(name);
            Ok(shown(&open().await?.act("/users", Some(&body)).await?.body))
        }
        Command::Update { name, members } => updated(&open().await?, &name, &members.body()).await,
        Command::Disable { name } => acted(&open().await?, &name, "disable").await,
        Command::Enable { name } => acted(&open().await?, &name, "enable").await,
        Command::Delete { name, yes } => deleted(&open().await?, &name, yes, world).await,
        Command::SetPasswordLink { name, secret } => linked(&users.access, &name, &secret, world).await,
    }
}

fn path(name: &str) -> String {
    format!("/users/{}", part(name))
}

async fn listed(api: &Api, role: Option<&str>, search: Option<&str>) -> Result<Report, Failure> {
    let items = api.list("/users", &[("role", role), ("q", search)]).await?;
    let row = |user: &Value| {
        let state = if user["disabled"] == true { "disabled" } else { "active" };
        let admin = if user["administrator"] == true { "yes" } else { "" };
        vec![
            words(&user["name"]),
            words(&user["role"]),
            state.into(),
            admin.into(),
            words(&user["display_name"]),
        ]
    };
    let rows: Vec<_> = items.iter().map(row).collect();
    let report = Report::new(Value::Array(items));
    if rows.is_empty() {
        return Ok(report.text("There is no such account."));
    }
    Ok(report.table(vec!["NAME", "ROLE", "STATUS", "ADMIN", "DISPLAY NAME"], rows))
}

fn shown(body: &Value) -> Report {
    files::members(Report::new(body.clone()), body, &[])
}

async fn updated(api: &Api, name: &str, patch: &Value) -> Result<Report, Failure> {
    let read = api.get(&path(name)).await?;
    Ok(shown(&api.change(Method::PATCH, &path(name), &read, Some(patch)).await?.body))
}

async fn acted(api: &Api, name: &str, action: &str) -> Result<Report, Failure> {
    let body = api.act(&format!("{}/{action}", path(name)), None).await?.body;
    Ok(Report::new(body).text(format!("{name} is {action}d.")))
}

async fn deleted(api: &Api, name: &str, yes: bool, world: &World) -> Result<Report, Failure> {
    let read = api.get(&path(name)).await?;
    world.confirm(&format!("Delete the account {name} ({})?", words(&read.body["display_name"])), yes)?;
    api.change(Method::DELETE, &path(name), &read, None).await?;
    Ok(Report::new(json!({ "deleted": name })).text(format!("Deleted {name}.")))
}

async fn linked(access: &ApiAccess, name: &str, secret: &SecretTo, world: &World) -> Result<Report, Failure> {
    let place = secret.open()?;
    let answer = match access.open(world).await {
        Ok(api) => api.act(&format!("{}/set-password-link", path(name)), None).await,
        Err(failure) => Err(failure),
    };
    let mut body = match answer {
        Ok(answer) => answer.body,
        Err(failure) => {
            place.take(&mut Value::Null, "link")?;
            return Err(failure);
        }
    };
    let link = place.take(&mut body, "link")?.unwrap_or_default();
    let said = format!("A link for {name}, good once and until {}:\n{link}", words(&body["expires_at"]));
    Ok(Report::new(body).text(said))
}
