//! The command line of an operator, `smart-admin`: results go to standard output, progress and refusals to standard
//! error. It exits with 0 when done, 1 when refused, 2 when used wrongly, 3 when something could not be reached.
//!
//! Each command has a file of its own and gives a [`Report`](report::Report); what it decides by is in `smart`, what it
//! asks of AWS in `aws`.

mod assertion;
mod cli;
mod failure;
mod keys;
mod moment;
mod report;
mod seal;
mod world;

pub use cli::Cli;
pub use failure::Failure;
pub use keys::policy_of_a_made_key;
pub use world::World;

use cli::Command;

/// Does what the command line says, and gives what belongs on standard output.
///
/// # Errors
/// Why it was not done.
pub async fn run(cli: Cli, world: &World) -> Result<String, Failure> {
    let report = match cli.command {
        Command::Assertion(assertion) => {
            let (report, fails) = assertion::run(assertion, world).await?;
            let said = report.rendered(cli.json, world.colour);
            return if fails { Err(Failure::Found(said)) } else { Ok(said) };
        }
        Command::Keys(keys) => keys::run(keys, world).await?,
        Command::Seal(options) => seal::run(&options, world).await?,
    };
    Ok(report.rendered(cli.json, world.colour))
}
