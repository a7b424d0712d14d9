//! `cargo admin assertion check`: why a client assertion is refused, rule by rule, before the service has to say it.

mod report;
mod service;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use smart::client::ClientId;
use smart::client_auth::ExpectedAssertion;
use smart::client_auth::doctor::{self, Case};
use smart_verify::time::UnixSeconds;

use crate::private_key::PrivateKey;
use crate::report::Report;
use crate::{Failure, World, files};

use service::AssertionTarget;

/// Find out why the assertions of a backend service are refused
#[derive(Debug, Args)]
pub(crate) struct Assertion {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(Box<Options>),
}

/// Hold an assertion against every rule, and say what was found, what was expected and what to do.
///
/// Give the assertion itself, `-` to read it from standard input, or `--key` with a private key to have one made. Without
/// --base-url nothing is sent anywhere; with it, only what anybody may read is fetched. The assertion is never sent.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The assertion, or - for standard input
    #[arg(value_name = "ASSERTION", required_unless_present = "key", conflicts_with = "key")]
    assertion: Option<String>,

    /// Make an assertion with this private key: PEM, a JWK, or a JWK set with one
    #[arg(long, value_name = "FILE", requires = "client_id")]
    key: Option<PathBuf>,

    /// The kid that the assertion is to name, where the file of --key does not say it
    #[arg(long, value_name = "KID", requires = "key")]
    kid: Option<String>,

    /// The id of the client that it should come from
    #[arg(long, value_name = "ID")]
    client_id: Option<ClientId>,

    /// The public keys that are registered: a JWK set
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,

    /// The address of keys that is registered, if there is one
    #[arg(long, value_name = "URL")]
    jwks_uri: Option<String>,

    /// An audience that the service accepts, such as its token URL. May be repeated
    #[arg(long, value_name = "URL", required_unless_present = "base_url")]
    audience: Vec<String>,

    /// The base URL of the FHIR server or of the service: audiences, algorithms and the clock are read there
    #[arg(long, value_name = "URL", conflicts_with = "audience")]
    base_url: Option<String>,
}

const EXAMPLES: &str = "Examples:
  cargo admin assertion check --key client.pem --kid k1 --client-id abc --base-url https://fhir.example.org/r4
  cargo admin assertion check - --jwks public.jwks --audience https://auth.example.org/token < assertion.txt

Exit codes: 0 every rule that could be looked at holds, 1 some rule does not, 2 used wrongly, 3 not reached.";

pub(crate) async fn run(command: Assertion, world: &World) -> Result<(Report, bool), Failure> {
    let Command::Check(options) = command.command;
    let place = match &options.base_url {
        Some(base_url) => AssertionTarget::at(base_url, world.now).await?,
        None => AssertionTarget::of_audiences(options.audience.clone()),
    };
    let key =
        options.key.as_deref().map(|path| files::private_key(path, options.kid.as_deref())).transpose()?;
    let assertion = match &key {
        Some(key) => made(key, &options, &place, world.now)?,
        None => given(&options, world)?,
    };
    let registered = match (&options.jwks, &key) {
        (Some(path), _) => Some(files::key_set(path)?),
        (None, Some(key)) => Some(key.as_registered()?),
        (None, None) => None,
    };
    // What the service would see: its own clock judges.
    let now = place.clock(world.now);
    let diagnosis = doctor::examine(&Case {
        assertion: &assertion,
        expected: ExpectedAssertion {
            audiences: place.audiences.iter().map(String::as_str).collect(),
            algorithms: &place.algorithms,
            now,
        },
        client_id: options.client_id.as_ref(),
        keys: registered.as_ref(),
        jwks_uri: options.jwks_uri.as_deref(),
    });
    let made = key.is_some().then_some(assertion.as_str());
    Ok((report::of(&diagnosis, place.clock_ahead, made), diagnosis.fails()))
}

fn given(options: &Options, world: &World) -> Result<String, Failure> {
    match options.assertion.as_deref() {
        Some("-") | None => Ok(world.read_input()?),
        Some(text) => Ok(text.to_owned()),
    }
}

/// A good assertion as this key makes it, on the clock of this machine, good for four minutes.
///
/// Source: SMART App Launch 2.2, client-confidential-asymmetric#authenticating-to-the-token-endpoint.
fn made(
    key: &PrivateKey,
    options: &Options,
    place: &AssertionTarget,
    now: UnixSeconds,
) -> Result<String, Failure> {
    let client_id = options.client_id.as_ref().map(ToString::to_string);
    let claims = json!({
        "iss": client_id, "sub": client_id, "aud": place.audiences.first(),
        "exp": now.0 + 240, "iat": now.0, "jti": smart::random::text::<16>(),
    });
    key.sign(&claims)
}
