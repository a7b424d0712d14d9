//! `cargo admin keys`: the schedule of signing keys, and the next one.

mod add;
mod deploy;
mod given;
mod list;
mod promote;
mod published_jwks;
mod retire;

use clap::{Args, Subcommand};

use crate::report::Report;
use crate::{Failure, World};
use given::Given;

/// Replace the key that signs tokens, without a token that somebody cannot verify.
///
/// A rotation takes three steps, each followed by a deployment: `add` makes a key and publishes it, `promote` lets it
/// sign once every client can have it, `retire` ends the turn of the old key and says when it can go. Each step prints
/// the next schedule and the command that deploys it; until then nothing changes.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Keys {
    #[command(flatten)]
    given: Given,

    /// The name of the stack, for the command that is printed
    #[arg(long, global = true, env = "STACK_NAME", hide_env_values = true, value_name = "NAME")]
    stack: Option<String>,

    #[command(subcommand)]
    command: Command,
}

const AFTER: &str = "The schedule in use is the output SigningKeys of the stack:
  export SIGNING_KEYS=$(aws cloudformation describe-stacks --stack-name NAME \\
    --query \"Stacks[0].Outputs[?OutputKey=='SigningKeys'].OutputValue\" --output text)";

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what each key does now, and what it does next
    List,
    /// Make a further key in KMS, and publish it
    ///
    /// The key gets the policy of the first one of the schedule: the same people administer it, and the same functions may
    /// sign with it once SigningKeyArns names it. The next deployment publishes it; it does not sign before it is promoted.
    /// Takes kms:GetKeyPolicy of that key, kms:CreateKey and kms:GetPublicKey.
    Add,
    Promote(promote::Options),
    Retire(retire::Options),
}

pub(crate) async fn run(keys: Keys, world: &World) -> Result<Report, Failure> {
    let schedule = keys.given.schedule()?;
    let stack = keys.stack.as_deref();
    match keys.command {
        Command::List => Ok(list::report(&schedule, world.now)),
        Command::Add => add::run(&schedule, stack, world).await,
        Command::Promote(options) => promote::run(&options, &schedule, stack, world).await,
        Command::Retire(options) => retire::run(&options, &schedule, stack, world.now),
    }
}
