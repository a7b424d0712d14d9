//! `cargo admin keys drop`: a key that is no longer trusted.

use clap::Args;
use serde_json::json;
use smart::signing_keys::JWKS_LIFETIME;

use super::current::Current;
use crate::report::Report;
use crate::service::DryRun;
use crate::{Failure, World, shell};

/// Take away a key that is no longer trusted, with every token that it signed
///
/// Another key must sign already. Functions stop signing with the key and publishing it within 5 minutes, and servers
/// that keep published keys refuse its tokens up to 5 minutes later. Every app whose access token it signed needs a new
/// one.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The key: its ARN, or the id at its end
    #[arg(value_name = "KEY")]
    key: String,

    /// Do not ask
    #[arg(long)]
    yes: bool,

    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) async fn run(options: &Options, current: &Current, world: &World) -> Result<Report, Failure> {
    let schedule = current.schedule()?;
    let key = &schedule.find(&options.key)?.key;
    let next = schedule.drop_key(key, world.now)?;
    let question = format!("Drop {key}? Every token that it signed becomes invalid. You cannot undo this.");
    world.confirm(&question, options.yes || options.dry_run.dry_run)?;
    let region = key.split(':').nth(3).unwrap_or_default();
    let disable = shell::command(["aws", "kms", "disable-key", "--region", region, "--key-id", key]);
    let more = json!({ "key": key, "disable": disable });
    let report = current.replace(&next, &options.dry_run, more, world.now).await?;
    let minutes = JWKS_LIFETIME.as_secs() / 60;
    Ok(report
        .text(format!(
            "\nServers that keep published keys refuse its tokens up to {minutes} minutes after that."
        ))
        .heading("Next, so that the key signs nothing more")
        .text(disable))
}
