//! `cargo admin keys promote`: a published key's turn.

use clap::Args;
use serde_json::json;
use smart_verify::time::UnixSeconds;

use super::current::Current;
use super::list::id;
use super::published_jwks;
use crate::report::Report;
use crate::service::DryRun;
use crate::{Failure, World, timestamps};

/// Let a published key sign, as soon as every client can have it
///
/// The key must be among the published keys of the service. It signs once every function has the schedule and no client
/// keeps older published keys, with a margin for clocks that stray: 14 minutes later, and never before 24 minutes
/// after `add`. Takes kms:GetPublicKey.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The key: its ARN, or the id at its end
    #[arg(value_name = "KEY")]
    key: String,

    /// Sign from this later moment, such as 2026-11-26T10:00:00Z
    #[arg(long, value_name = "MOMENT", value_parser = timestamps::read)]
    at: Option<UnixSeconds>,

    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) async fn run(options: &Options, current: &Current, world: &World) -> Result<Report, Failure> {
    let (service, schedule) = (&current.service, current.schedule()?);
    let entry = schedule.find(&options.key)?;
    let issuer = service.issuer()?;
    let half = aws::kms::public_half(&service.kms(), entry.clone()).await?;
    world.say(&format!("Reading the published keys of {issuer}."));
    let published = published_jwks::read(issuer).await?;
    if !published.has(half.kid()) {
        return Err(Failure::Refused(format!(
            "the key {} is not published at {} yet. Functions publish it within 10 minutes of `cargo admin keys add`. \
             Run this command again.",
            half.kid(),
            published.url
        )));
    }
    let next = schedule.promote(&entry.key, options.at, published.lifetime, world.now)?;
    let sign_from = next.find(&entry.key)?.sign_from.unwrap_or(world.now);
    let before = schedule.signing(entry.algorithm, world.now).map(|before| id(&before.key));
    let more = json!({ "key": entry.key, "kid": half.kid(), "sign_from": sign_from });
    let report = current.replace(&next, &options.dry_run, more, world.now).await?;
    let report = report.text(format!("\nThe key signs from {}.", timestamps::written(sign_from)));
    Ok(match before {
        Some(before) if !options.dry_run.dry_run => {
            report.heading("Next, when the key signs").text(service.command(&["keys", "retire", before]))
        }
        _ => report,
    })
}
