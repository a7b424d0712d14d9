//! `cargo admin`: what an operator does from the command line.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use admin::{Cli, Failure, World};
use clap::Parser as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
    let world = World { colour, ..World::of_operator() };
    match admin::run(cli, &world).await {
        Ok(said) => on_standard_output(&said, ExitCode::SUCCESS),
        Err(Failure::Found(said)) => {
            on_standard_output(&said, ExitCode::from(Failure::Found(String::new()).code()))
        }
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.code())
        }
    }
}

/// A reader that has seen enough, such as `head`, is no failure.
fn on_standard_output(said: &str, code: ExitCode) -> ExitCode {
    io::stdout().write_all(said.as_bytes()).map_or(code, |()| code)
}
