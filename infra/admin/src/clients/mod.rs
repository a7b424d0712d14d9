//! `cargo admin clients`: what is registered, by the admin API.

mod members;

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};
use smart::client::ClientId;

use crate::api::{Api, ApiAccess, ApiResponse};
use crate::files::{self, SecretTo, words};
use crate::report::Report;
use crate::{Failure, World};

use members::Members;
pub(crate) use members::needs_secret;

/// Register apps and services, look at them, change and stop them.
#[derive(Debug, Args)]
pub(crate) struct Clients {
    #[command(flatten)]
    access: ApiAccess,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List clients, the newest first
    List(List),
    /// Show a client
    Show {
        id: ClientId,
    },
    /// Register a client
    Create(Box<Create>),
    /// Change a client: what is not named stays as it is
    Update(Box<Update>),
    /// End a client: whoever uses it loses access
    Delete {
        id: ClientId,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Stop a client until it is enabled again; its tokens end at our endpoints within 30 seconds
    Disable {
        id: ClientId,
    },
    /// Let a client that was disabled work again
    Enable {
        id: ClientId,
    },
    RotateSecret(Rotate),
}

#[derive(Debug, Args)]
struct List {
    /// Only those of this owner
    #[arg(long, value_name = "SUB")]
    owner: Option<String>,
    /// Only active, disabled or pending ones
    #[arg(long, value_name = "STATUS", value_parser = ["active", "disabled", "pending"])]
    status: Option<String>,
    /// Only those of this kind
    #[arg(long, value_parser = ["public", "confidential-symmetric", "confidential-asymmetric", "backend"])]
    kind: Option<String>,
    /// Only those with these words in their name or id
    #[arg(long = "search", value_name = "WORDS")]
    words: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = CREATE)]
struct Create {
    #[command(flatten)]
    members: Members,
    /// Check it and show what it would be, and register nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    secret: SecretTo,
}

const CREATE: &str = "Examples:
  cargo admin clients create --name 'My app' --public --redirect-uri https://app.example.org/callback \\
    --scope 'launch/patient openid fhirUser patient/*.rs'
  cargo admin clients create --name 'Nightly export' --backend --jwks public.jwks --scope 'system/*.rs'
  cargo admin clients create --file app.json --secret-file app.secret";

#[derive(Debug, Args)]
struct Update {
    id: ClientId,
    #[command(flatten)]
    members: Members,
    /// Check it and show what it would be, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Give a client a second secret, and let the one before end after a while.
#[derive(Debug, Args)]
struct Rotate {
    id: ClientId,
    /// How long the secret before is still good, in seconds
    #[arg(long, default_value_t = 86_400, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=7_776_000))]
    overlap: u64,
    #[command(flatten)]
    secret: SecretTo,
}

pub(crate) async fn run(clients: Clients, world: &World) -> Result<Report, Failure> {
    let open = || clients.access.open(world);
    match clients.command {
        Command::List(list) => listed(&open().await?, &list).await,
        Command::Show { id } => Ok(shown(&open().await?.get(&path(&id)).await?.body)),
        Command::Create(create) => created(&create, world, &clients.access).await,
        Command::Update(update) => updated(&update, world, &clients.access).await,
        Command::Delete { id, yes } => deleted(&open().await?, &id, yes, world).await,
        Command::Disable { id } => acted(&open().await?, &id, "disable").await,
        Command::Enable { id } => acted(&open().await?, &id, "enable").await,
        Command::RotateSecret(rotate) => rotated(&rotate, &clients.access, world).await,
    }
}

fn path(id: &ClientId) -> String {
    format!("/clients/{id}")
}

async fn listed(api: &Api, list: &List) -> Result<Report, Failure> {
    let filters = [
        ("owner", list.owner.as_deref()),
        ("status", list.status.as_deref()),
        ("kind", list.kind.as_deref()),
        ("q", list.words.as_deref()),
    ];
    let items = api.list("/clients", &filters).await?;
    let row = |client: &Value| {
        ["client_id", "kind", "status", "client_name"].map(|name| words(&client[name])).to_vec()
    };
    let rows: Vec<_> = items.iter().map(row).collect();
    let report = Report::new(Value::Array(items));
    if rows.is_empty() {
        return Ok(report.text("There is no such client."));
    }
    Ok(report.table(vec!["CLIENT ID", "KIND", "STATUS", "NAME"], rows))
}

fn shown(body: &Value) -> Report {
    files::members(
        Report::new(body.clone()),
        body,
        &["client_id_issued_at", "client_secret", "client_secret_expires_at"],
    )
}

async fn created(create: &Create, world: &World, access: &ApiAccess) -> Result<Report, Failure> {
    let members = create.members.to_register(world)?;
    if create.dry_run {
        let answer = access.open(world).await?.act("/clients?dry_run=true", Some(&members)).await?;
        return Ok(shown(&answer.body));
    }
    let place = needs_secret(&members).then(|| create.secret.open()).transpose()?;
    let answer = access.open(world).await?.create("/clients", &members).await;
    let mut body = match (answer, place) {
        (Ok(answer), None) => return Ok(made(&answer.body, None)),
        // The file for the secret was made already.
        (Err(failure), place) => {
            place.map(|place| place.take(&mut Value::Null, "client_secret")).transpose()?;
            return Err(failure);
        }
        (Ok(answer), Some(place)) => (answer.body, place),
    };
    let secret = body.1.take(&mut body.0, "client_secret")?;
    Ok(made(&body.0, secret))
}

fn made(body: &Value, secret: Option<String>) -> Report {
    let report = Report::new(body.clone()).heading(format!("Registered {}.", words(&body["client_id"])));
    let report = match secret {
        Some(secret) => report.text(format!("Its secret: {secret}")),
        None => report,
    };
    files::members(report, body, &["client_id_issued_at", "client_secret", "client_secret_expires_at"])
}

async fn updated(update: &Update, world: &World, access: &ApiAccess) -> Result<Report, Failure> {
    let patch = update.members.to_patch(world)?;
    let api = access.open(world).await?;
    let read = api.get(&path(&update.id)).await?;
    let query = if update.dry_run { "?dry_run=true" } else { "" };
    let to = format!("{}{query}", path(&update.id));
    let ApiResponse { mut body, .. } = api.change(Method::PATCH, &to, &read, Some(&patch)).await?;
    let made_secret = body.as_object_mut().and_then(|members| members.remove("client_secret")).is_some();
    let report = shown(&body);
    Ok(if made_secret {
        report.text("\nIt now has a secret that nobody has seen: rotate-secret gives you one that you see.")
    } else {
        report
    })
}

async fn deleted(api: &Api, id: &ClientId, yes: bool, world: &World) -> Result<Report, Failure> {
    let read = api.get(&path(id)).await?;
    let name = words(&read.body["client_name"]);
    world.confirm(&format!("Delete {id} ({name})? Whoever uses it loses access."), yes)?;
    api.change(Method::DELETE, &path(id), &read, None).await?;
    Ok(Report::new(json!({ "deleted": id })).text(format!("Deleted {id} ({name}).")))
}

async fn acted(api: &Api, id: &ClientId, action: &str) -> Result<Report, Failure> {
    let body = api.act(&format!("{}/{action}", path(id)), None).await?.body;
    let said = format!("{id} ({}) is {}.", words(&body["client_name"]), words(&body["status"]));
    Ok(Report::new(body).text(said))
}

async fn rotated(rotate: &Rotate, access: &ApiAccess, world: &World) -> Result<Report, Failure> {
    let place = rotate.secret.open()?;
    let api = access.open(world).await;
    let overlap = json!({ "others_expire_in": rotate.overlap });
    let answer = match api {
        Ok(api) => api.act(&format!("{}/secrets", path(&rotate.id)), Some(&overlap)).await,
        Err(failure) => Err(failure),
    };
    let mut body = match answer {
        Ok(answer) => answer.body,
        Err(failure) => {
            place.take(&mut Value::Null, "client_secret")?;
            return Err(failure);
        }
    };
    let secret = place.take(&mut body, "client_secret")?.unwrap_or_default();
    let said = format!(
        "The new secret of {}: {secret}\nThe one before is good for {} s more.",
        rotate.id, rotate.overlap
    );
    Ok(Report::new(body).text(said))
}
