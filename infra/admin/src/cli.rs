//! What can be said on the command line.

use clap::{Parser, Subcommand};

use crate::{apply, assertion, bootstrap, clients, completions, doctor, keys, seal, users};

/// Looks after a deployed service: its clients and accounts, its signing keys and the secrets among its settings.
///
/// Commands that change something in AWS use your own credentials, from the environment or from ~/.aws (with single
/// sign-on, first run `eval "$(aws configure export-credentials --format env)"`). What has to be deployed is
/// printed, never deployed by itself.
#[derive(Debug, Parser)]
#[command(name = "cargo admin", bin_name = "cargo admin", after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    /// Print JSON, for scripts
    #[arg(long, global = true)]
    pub json: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 refused, 2 used wrongly, 3 something could not be reached.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Apply(apply::Options),
    Assertion(assertion::Assertion),
    Bootstrap(bootstrap::Options),
    Clients(clients::Clients),
    Completions(completions::Options),
    Doctor(doctor::Options),
    Export(apply::Export),
    Keys(keys::Keys),
    Seal(seal::Options),
    Users(users::Users),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
