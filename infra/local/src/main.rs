//! `cargo dev`: the whole service on one machine, until Ctrl-C.

use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use aws::lambda::now;
use clap::Parser as _;
use local::{Options, Stack, StartError, admin_token, dev_json, summary};
use tokio::signal::ctrl_c;
use tokio::time::sleep;
use tracing_subscriber::EnvFilter;

/// How soon the admin token is asked for again when it did not come: with `--stand-ins` the functions start later.
const ASK_AGAIN: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    log();
    match run(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// One line a request on the terminal; `RUST_LOG` says more or less.
fn log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let on_terminal = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let lines =
        tracing_subscriber::fmt().compact().with_target(false).with_ansi(on_terminal).with_env_filter(filter);
    lines.with_writer(std::io::stderr).init();
}

/// Runs until Ctrl-C, also while it is still starting.
async fn run(options: &Options) -> Result<(), StartError> {
    let mut stack = tokio::select! {
        started = Stack::start_saying(options, |step| eprintln!("  {step}")) => started?,
        interrupted = ctrl_c() => return Ok(interrupted?),
    };
    dev_json::write(&dev_json::document(&stack, None), Path::new(dev_json::PATH))?;
    let mut waits_for = first_token(&mut stack).await?;
    print(&summary::of(&stack));
    loop {
        tokio::select! {
            error = stack.went_down() => return Err(error),
            interrupted = ctrl_c() => {
                interrupted?;
                break;
            }
            () = sleep(waits_for) => waits_for = renew(&stack).await?,
        }
    }
    eprintln!("  stopping");
    stack.stop().await;
    Ok(())
}

/// The admin token is there before anything is printed, unless the functions are started by somebody else.
async fn first_token(stack: &mut Stack) -> Result<Duration, StartError> {
    if stack.gateway.is_none() {
        return Ok(ASK_AGAIN);
    }
    renew(stack).await
}

/// Puts a fresh admin token into the file, and says when to come again.
async fn renew(stack: &Stack) -> Result<Duration, StartError> {
    match admin_token::fetch(stack, now()).await {
        Ok(token) => {
            dev_json::write(&dev_json::document(stack, Some(&token)), Path::new(dev_json::PATH))?;
            Ok(admin_token::REPLACED_EVERY)
        }
        Err(reason) if stack.gateway.is_some() => {
            eprintln!("  the admin token did not come, asking again: {reason}");
            Ok(ASK_AGAIN)
        }
        Err(_) => Ok(ASK_AGAIN),
    }
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn print(text: &str) {
    println!("{text}");
}
