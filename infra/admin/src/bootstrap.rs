//! `cargo admin bootstrap`: the first admin client, written into the table before there is anybody who may register one.

use std::io::Write as _;
use std::path::PathBuf;

use aws::Aws;
use aws::dynamodb::{Table, TableNames, Tables};
use clap::Args;
use serde_json::{Value, json};
use smart::client::{Client, ClientId, ClientMetadata};
use smart::ports::{ClientWriter as _, Created};
use smart_verify::scope::{ExtensionScope, Scope};

use crate::private_key::PrivateKey;
use crate::report::Report;
use crate::{Failure, World, files, shell};

/// Make the first admin client of a new deployment.
///
/// It is written into the table of clients with your own AWS credentials; every later client is registered by the admin
/// API, with a token of this one. A key pair is made, or the public half of your own is taken. The table is that of a
/// stack or one you name. Takes dynamodb:Query on its index by_creation, BatchGetItem and PutItem, and
/// cloudformation:ListStackResources with --stack.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  cargo admin bootstrap --stack smart-production --new-key admin.jwks")]
pub(crate) struct Options {
    /// The stack whose table of clients it is
    #[arg(
        long,
        env = "STACK_NAME",
        hide_env_values = true,
        value_name = "NAME",
        required_unless_present = "clients_table"
    )]
    stack: Option<String>,

    /// The table of clients, by name
    #[arg(long, value_name = "TABLE", conflicts_with = "stack")]
    clients_table: Option<String>,

    /// The region of the table, unless the environment says it
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// Make a key pair, and keep its private half in this new file, which only you may read
    #[arg(long, value_name = "FILE")]
    new_key: Option<PathBuf>,

    /// Make a key pair, and print its private half
    #[arg(long, conflicts_with = "new_key")]
    show_secret: bool,

    /// Take these public keys: a JWK set
    #[arg(long, value_name = "FILE", conflicts_with_all = ["new_key", "show_secret"])]
    jwks: Option<PathBuf>,

    /// What people call it
    #[arg(long, default_value = "Administrator", value_name = "NAME")]
    name: String,

    /// Make one though there is an admin client already, such as when its key is lost
    #[arg(long)]
    another: bool,
}

/// The id of the first one. It is fixed, so that of two who begin at the same time one is refused.
const FIRST: &str = "admin";

pub(crate) async fn run(options: &Options, world: &World) -> Result<Report, Failure> {
    if options.new_key.is_none() && !options.show_secret && options.jwks.is_none() {
        return Err(Failure::Usage("say --new-key FILE, --jwks FILE or --show-secret".to_owned()));
    }
    let aws = world.aws_in(options.region.as_deref()).await;
    let table = table(options, &aws).await?;
    let tables = Tables::new(aws.dynamodb(), TableNames::of_program([(Table::Clients, table.clone())]));
    if let (false, Some(known)) = (options.another, admin_of(&tables).await?) {
        let why = format!("{known} is an admin client already. If its key is lost, say --another.");
        return Err(Failure::Refused(why));
    }
    let (keys, private) = keys(options)?;
    let client =
        Client { checked: true, ..Client::new(id(options)?, metadata(&options.name, &keys)?, world.now) };
    let created = tables.create(&client).await?;
    if created == Created::Exists {
        forget(options);
        return Err(Failure::Refused(format!(
            "there is a client {} already; say --another.",
            client.client_id
        )));
    }
    Ok(report(options, &client, &table, private.as_ref()))
}

async fn table(options: &Options, aws: &Aws) -> Result<String, Failure> {
    let Some(stack) = &options.stack else { return Ok(options.clients_table.clone().unwrap_or_default()) };
    let Some(made) = aws::stack::resources(&aws.cloudformation(), stack).await? else {
        return Err(Failure::Usage(format!("there is no stack {stack} in this region")));
    };
    let table = made.into_iter().find(|resource| resource.logical_id == "ClientsTable");
    let why =
        || Failure::Usage(format!("the stack {stack} has no table of clients; name it by --clients-table"));
    table.map(|table| table.name).ok_or_else(why)
}

/// An admin client that is there and not stopped, by the index: no table is ever read whole.
async fn admin_of(tables: &Tables) -> Result<Option<ClientId>, Failure> {
    let mut after = None;
    loop {
        let page = tables.list(after.as_ref(), 100).await?;
        let Some(page) = page else { return Ok(None) };
        let admin = Scope::Extension(ExtensionScope::Registration);
        let is_admin = |client: &&Client| client.metadata.scope.has(&admin) && !client.disabled;
        if let Some(client) = page.items.iter().find(is_admin) {
            return Ok(Some(client.client_id.clone()));
        }
        after = page.next;
        if after.is_none() {
            return Ok(None);
        }
    }
}

/// The public keys, and the private half if it was made here and is to be printed.
fn keys(options: &Options) -> Result<(Value, Option<Value>), Failure> {
    if let Some(path) = &options.jwks {
        return Ok((json!(files::key_set(path)?), None));
    }
    let pair = PrivateKey::generate()?;
    let public = json!({ "keys": [pair.public_jwk()] });
    let private =
        pair.private_jwks().ok_or_else(|| Failure::Refused("the key cannot be written".to_owned()))?;
    let Some(path) = &options.new_key else { return Ok((public, Some(private))) };
    let mut file = files::for_secrets(path)?;
    writeln!(file, "{private:#}").map_err(|error| files::cannot(path, error))?;
    Ok((public, None))
}

/// A key that nobody took is of no use.
fn forget(options: &Options) {
    if let Some(path) = &options.new_key {
        let _ = std::fs::remove_file(path);
    }
}

fn id(options: &Options) -> Result<ClientId, Failure> {
    if options.another {
        return Ok(ClientId::generate());
    }
    FIRST.parse().map_err(|_| Failure::Refused("the id is none".to_owned()))
}

/// By the same rules as every other client.
fn metadata(name: &str, keys: &Value) -> Result<ClientMetadata, Failure> {
    let members = json!({
        "client_name": name, "token_endpoint_auth_method": "private_key_jwt", "jwks": keys,
        "grant_types": ["client_credentials"], "scope": "__registration",
    });
    let members = members.as_object().cloned().unwrap_or_default();
    ClientMetadata::check(&members).map_err(|errors| {
        let said = errors.iter().map(|error| format!("\n  {}  {}", error.pointer, error.message));
        Failure::Usage(format!("it cannot be registered:{}", said.collect::<String>()))
    })
}

fn report(options: &Options, client: &Client, table: &str, private: Option<&Value>) -> Report {
    let id = client.client_id.as_str();
    let file = options.new_key.as_ref().map(|path| path.display().to_string());
    let mut json = json!({ "client_id": id, "table": table, "scope": "__registration", "key_file": file });
    if let Some(private) = private {
        json["private_jwks"] = private.clone();
    }
    let key = file.clone().unwrap_or_else(|| "FILE".to_owned());
    let report = Report::new(json).heading(format!("Made the admin client {id} in {table}."));
    let report = match (&file, private) {
        (Some(file), _) => report.text(format!("Its private key is in {file}, and nowhere else.")),
        (None, Some(private)) => report.text(format!("Its private key, shown this once:\n{private:#}")),
        (None, None) => report.text("It signs with the key that you hold."),
    };
    report.heading("From now on").text(format!(
        "export SMART_ADMIN_BASE_URL=https://YOUR-SERVICE SMART_ADMIN_KEY={} SMART_ADMIN_CLIENT_ID={id}\n\
         cargo admin clients list\n\n\
         These commands get a token by themselves. To get one elsewhere, send the token endpoint an assertion signed\n\
         with that key, and scope=__registration; cargo admin assertion check says what an assertion lacks.",
        shell::quoted(&key)
    ))
}
