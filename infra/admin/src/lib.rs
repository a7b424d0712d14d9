//! The command line of an operator, `smart-admin`: results go to standard output, progress and refusals to standard
//! error. It exits with 0 when done, 1 when refused, 2 when used wrongly, 3 when something could not be reached.
//!
//! Each command has a file of its own and gives a report; what it decides by is in `smart`, what it
//! asks of AWS in `aws`.

mod api;
mod apply;
mod assertion;
mod bootstrap;
mod cli;
mod clients;
mod completions;
mod doctor;
mod failure;
mod files;
mod keys;
mod mac_keys;
mod origin_secret;
mod private_key;
mod report;
mod sam_deploy;
mod seal;
mod service;
mod settings;
mod shell;
mod timestamps;
mod users;
mod web;
mod world;

pub use cli::Cli;
pub use failure::Failure;
pub use world::World;

use clap::CommandFactory as _;
use cli::Command;

/// Does what the command line says, and gives what belongs on standard output.
///
/// # Errors
/// Why it was not done.
pub async fn run(cli: Cli, world: &World) -> Result<String, Failure> {
    let report = match cli.command {
        Command::Apply(options) => apply::run(&options, world).await?,
        Command::Assertion(assertion) => {
            let (report, fails) = assertion::run(assertion, world).await?;
            return found(report.rendered(cli.json, world.colour), fails);
        }
        Command::Bootstrap(options) => bootstrap::run(&options, world).await?,
        Command::Clients(clients) => clients::run(clients, world).await?,
        Command::Completions(options) => return Ok(completions::script(&options, Cli::command())),
        Command::Doctor(options) => {
            let (report, fails) = doctor::run(&options, world).await?;
            return found(report.rendered(cli.json, world.colour), fails);
        }
        Command::Export(options) => apply::export(&options, world).await?,
        Command::Keys(keys) => keys::run(keys, world).await?,
        Command::OriginSecret(options) => origin_secret::run(&options),
        Command::Seal(options) => seal::run(&options, world).await?,
        Command::Settings(settings) => settings::run(settings, world).await?,
        Command::Users(users) => users::run(users, world).await?,
    };
    Ok(report.rendered(cli.json, world.colour))
}

const fn found(said: String, fails: bool) -> Result<String, Failure> {
    if fails { Err(Failure::Found(said)) } else { Ok(said) }
}
