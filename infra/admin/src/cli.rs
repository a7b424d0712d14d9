//! What can be said on the command line.

use clap::{Parser, Subcommand};

use crate::{
    apply, assertion, bootstrap, clients, completions, doctor, keys, origin_secret, seal, settings, users,
};

/// Manages a deployed service: its clients and accounts, its keys and its settings.
///
/// Commands that change something in AWS use your own credentials, from the environment or from ~/.aws (with single
/// sign-on, first run `eval "$(aws configure export-credentials --format env)"`). No command deploys the stack.
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
    OriginSecret(origin_secret::Options),
    Seal(seal::Options),
    Settings(settings::Settings),
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

    /// Each command with the arguments and options that it adds to the global ones above it.
    fn usage(command: &clap::Command, above: &[&clap::Id]) -> Vec<String> {
        let own =
            command.get_arguments().filter(|one| one.get_id() != "help" && !above.contains(&one.get_id()));
        let words = [command.get_name().to_owned()].into_iter().chain(own.map(ToString::to_string));
        let global = command.get_arguments().filter(|one| one.is_global_set()).map(clap::Arg::get_id);
        let global: Vec<_> = global.collect();
        let below = command.get_subcommands().filter(|one| one.get_name() != "help");
        let below = below.flat_map(|one| usage(one, &global)).map(|line| format!("  {line}"));
        [words.collect::<Vec<_>>().join(" ")].into_iter().chain(below).collect()
    }

    #[test]
    fn no_command_and_no_option_goes_missing_unnoticed() {
        let mut command_line = Cli::command();
        command_line.build();
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!("command_line", usage(&command_line, &[]).join("\n"));
        });
    }
}
