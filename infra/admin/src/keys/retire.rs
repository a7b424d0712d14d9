//! `cargo admin keys retire`: the end of a key's turn.

use clap::Args;
use serde_json::json;
use smart::settings::SETTINGS_LIFETIME_IN_AN_OUTAGE;
use smart::signing_keys::Schedule;
use smart_verify::time::UnixSeconds;

use super::deploy::Next;
use crate::report::Report;
use crate::{Failure, timestamps};

/// End the turn of a key, and say when it can go.
///
/// Another key must sign. The old one stays published until the last token that it signed has ended, even if the
/// deployment takes a day; only then may it be deleted in KMS.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The key: its ARN, or the id at its end
    #[arg(value_name = "KEY")]
    key: String,
}

pub(super) fn run(
    options: &Options,
    schedule: &Schedule,
    stack: Option<&str>,
    now: UnixSeconds,
) -> Result<Report, Failure> {
    let key = &schedule.find(&options.key)?.key;
    let next = schedule.retire(key, now)?;
    let gone = next.find(key)?.remove_at.unwrap_or(now);
    let region = key.split(':').nth(3).unwrap_or_default();
    let delete =
        format!("aws kms schedule-key-deletion --region {region} --key-id {key} --pending-window-in-days 30");
    let hours = SETTINGS_LIFETIME_IN_AN_OUTAGE.as_secs() / 3600;
    let more = json!({ "key": key, "delete_from": gone, "delete": delete });
    let report = Next { schedule: &next, stack }.report(more, now);
    Ok(report
        .text(format!("\nDeploy it within {hours} hours, or run this command again."))
        .heading(format!(
            "Then, from {} on (not for a key that the stack made itself)",
            timestamps::written(gone)
        ))
        .text(delete))
}
