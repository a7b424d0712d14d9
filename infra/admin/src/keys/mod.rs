//! `cargo admin keys`: the schedule of signing keys and the versions of MAC keys, in the SettingsTable.

mod add;
mod current;
mod drop;
mod list;
mod mac;
mod promote;
mod published_jwks;
mod retire;

use clap::{Args, Subcommand};
use smart::settings::SettingsItem;

use crate::report::Report;
use crate::service::ServiceOptions;
use crate::settings::refuse_unimported;
use crate::{Failure, World};
use current::Current;

/// Replace the keys of a running service. Nothing is deployed.
///
/// A new signing key takes three steps: `add` publishes it, `promote` lets it sign once every client can have it, and
/// `retire` ends the turn of the old key. `drop` takes away a key that was misused. `mac` replaces the secrets of codes,
/// refresh tokens, cookies and log hashes. Each step writes the SettingsTable, which functions read again within 5
/// minutes. Takes cloudformation:ListStackResources, cloudformation:DescribeStacks, dynamodb:GetItem and
/// dynamodb:PutItem of the SettingsTable.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Keys {
    #[command(flatten)]
    service: ServiceOptions,

    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  cargo admin keys list --stack smart-production
  cargo admin keys add --stack smart-production
  cargo admin keys mac replace-now token-mac --stack smart-production";

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what each key does now, and what it does next
    List,
    Add(add::Options),
    Promote(promote::Options),
    Retire(retire::Options),
    Drop(drop::Options),
    Mac(mac::Mac),
}

pub(crate) async fn run(keys: Keys, world: &World) -> Result<Report, Failure> {
    let current = Current::read(&keys.service, world).await?;
    match keys.command {
        Command::List => list::report(&current, world.now),
        Command::Add(options) => {
            // Before a key is made that the schedule could not take.
            refuse_unimported(&current.service, SettingsItem::SigningKeys, &current.stored).await?;
            add::run(&options, &current, world).await
        }
        Command::Promote(options) => promote::run(&options, &current, world).await,
        Command::Retire(options) => retire::run(&options, &current, world.now).await,
        Command::Drop(options) => drop::run(&options, &current, world).await,
        Command::Mac(mac) => mac::run(&mac, &current, world).await,
    }
}
