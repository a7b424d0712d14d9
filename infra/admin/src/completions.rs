//! `cargo admin completions`: what shells know of this command line.

use clap::{Args, Command};
use clap_complete::Shell;

/// Print what lets a shell complete commands and options of smart-admin
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  cargo admin completions bash > ~/.local/share/bash-completion/completions/smart-admin"
)]
pub(crate) struct Options {
    /// The shell
    shell: Shell,
}

/// The script for one shell, for this whole command line.
pub(crate) fn script(options: &Options, command_line: Command) -> String {
    let mut script = Vec::new();
    let mut command_line = command_line.bin_name("smart-admin");
    clap_complete::generate(options.shell, &mut command_line, "smart-admin", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
