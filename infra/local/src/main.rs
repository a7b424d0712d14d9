//! `cargo dev`: the whole service on one machine, until Ctrl-C.

use std::process::ExitCode;

use clap::Parser as _;
use local::{Options, Stack, StartError};
use tokio::signal::ctrl_c;

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs until Ctrl-C, also while it is still starting.
async fn run(options: &Options) -> Result<(), StartError> {
    let mut stack = tokio::select! {
        started = Stack::start_saying(options, |step| eprintln!("  {step}")) => started?,
        interrupted = ctrl_c() => return Ok(interrupted?),
    };
    match stack.gateway {
        Some(_) => eprintln!("  ready: {}", stack.urls.issuer),
        None => eprintln!("  ready for cargo lambda watch, which will be {}", stack.urls.issuer),
    }
    tokio::select! {
        error = stack.went_down() => return Err(error),
        interrupted = ctrl_c() => interrupted?,
    }
    eprintln!("  stopping");
    stack.stop().await;
    Ok(())
}
