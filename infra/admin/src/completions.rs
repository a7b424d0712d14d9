//! `cargo admin completions`: what shells know of this command line.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::Cli;

/// Print what lets a shell complete commands and options of smart-admin
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  cargo admin completions bash > ~/.local/share/bash-completion/completions/smart-admin"
)]
pub(crate) struct Options {
    /// The shell
    shell: Shell,
}

pub(crate) fn script(options: &Options) -> String {
    let mut script = Vec::new();
    clap_complete::generate(
        options.shell,
        &mut Cli::command().bin_name("smart-admin"),
        "smart-admin",
        &mut script,
    );
    String::from_utf8_lossy(&script).into_owned()
}
