//! `cargo admin`: what an operator does from the command line.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use admin::{Cli, World};
use clap::Parser as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
    let world = World { colour, ..World::of_operator() };
    match admin::run(cli, &world).await {
        // A reader that has seen enough, such as `head`, is no failure.
        Ok(said) => io::stdout().write_all(said.as_bytes()).map_or(ExitCode::SUCCESS, |()| ExitCode::SUCCESS),
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.code())
        }
    }
}
