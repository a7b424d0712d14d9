//! `cargo dev`: the whole service on one machine, until Ctrl-C.

use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use aws::lambda::now;
use aws::telemetry;
use clap::Parser as _;
use local::seed::Seeded;
use local::{Options, Stack, StartError, Urls, admin_token, dev_json, summary};
use tokio::signal::ctrl_c;
use tokio::time::sleep;
use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

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
    let level = std::env::var("RUST_LOG").unwrap_or_default();
    let on_terminal = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let lines = tracing_subscriber::fmt::layer().compact().with_ansi(on_terminal);
    let lines = lines.with_writer(std::io::stderr).with_filter(telemetry::filter(&level));
    tracing_subscriber::registry().with(lines).init();
}

/// Runs until Ctrl-C, also while it is still starting.
async fn run(options: &Options) -> Result<(), StartError> {
    let mut stack = tokio::select! {
        started = Stack::start_saying(options, |step| eprintln!("  {step}")) => started?,
        interrupted = ctrl_c() => return Ok(interrupted?),
    };
    let facts = Facts {
        urls: stack.urls.clone(),
        seeded: stack.seeded.clone(),
        starts_alone: stack.gateway.is_some(),
    };
    facts.write(None)?;
    // The admin token is there before anything is printed, unless the functions are started by somebody else.
    let mut next = if facts.starts_alone { facts.renew().await? } else { ASK_AGAIN };
    print(&summary::of(&stack));
    loop {
        tokio::select! {
            error = stack.went_down() => return Err(error),
            interrupted = ctrl_c() => {
                interrupted?;
                break;
            }
            renewed = facts.renew_after(next) => next = renewed?,
        }
    }
    eprintln!("  stopping");
    stack.stop().await;
    Ok(())
}

/// What `.local/dev.json` is made of.
struct Facts {
    urls: Urls,
    seeded: Seeded,
    starts_alone: bool,
}

impl Facts {
    fn write(&self, admin_access_token: Option<&str>) -> Result<(), StartError> {
        let document = dev_json::document(&self.urls, &self.seeded, admin_access_token);
        Ok(dev_json::write(&document, Path::new(dev_json::PATH))?)
    }

    async fn renew_after(&self, pause: Duration) -> Result<Duration, StartError> {
        sleep(pause).await;
        self.renew().await
    }

    /// Puts a fresh admin token into the file, and says when to come again.
    async fn renew(&self) -> Result<Duration, StartError> {
        match admin_token::fetch(&self.urls, &self.seeded.admin, now()).await {
            Ok(token) => {
                self.write(Some(&token))?;
                Ok(admin_token::REPLACED_EVERY)
            }
            Err(reason) => {
                if self.starts_alone {
                    eprintln!("  the admin token did not come, asking again: {reason}");
                }
                Ok(ASK_AGAIN)
            }
        }
    }
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn print(text: &str) {
    println!("{text}");
}
