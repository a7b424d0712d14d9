//! `cargo admin keys retire`: the end of a key's turn.

use clap::Args;
use serde_json::json;
use smart_verify::time::UnixSeconds;

use super::current::Current;
use crate::report::Report;
use crate::service::DryRun;
use crate::{Failure, shell, timestamps};

/// End the turn of a key, and say when it may be deleted
///
/// Another key must sign. The old key stays published until the last token that it signed has expired, so no client
/// notices. A key that was never promoted is no longer published.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The key: its ARN, or the id at its end
    #[arg(value_name = "KEY")]
    key: String,

    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) async fn run(options: &Options, current: &Current, now: UnixSeconds) -> Result<Report, Failure> {
    let schedule = current.schedule()?;
    let key = &schedule.find(&options.key)?.key;
    let next = schedule.retire(key, now)?;
    let gone = next.find(key)?.remove_at.unwrap_or(now);
    let is_of_stack = current.service.signing_key.as_ref() == Some(key);
    let delete = (!is_of_stack).then(|| delete(key));
    let more = json!({ "key": key, "delete_from": gone, "delete": delete });
    let report = current.replace(&next, &options.dry_run, more, now).await?;
    Ok(match delete {
        _ if options.dry_run.dry_run => report,
        None => report.text("\nThe stack made this key. Do not delete it: CloudFormation manages it."),
        Some(delete) => {
            report.heading(format!("You may delete the key from {}", timestamps::written(gone))).text(delete)
        }
    })
}

fn delete(key: &str) -> String {
    let region = key.split(':').nth(3).unwrap_or_default();
    let words = ["aws", "kms", "schedule-key-deletion", "--region", region, "--key-id", key];
    shell::command(words.into_iter().chain(["--pending-window-in-days", "30"]))
}
