//! `cargo admin keys promote`: a published key's turn.

use clap::Args;
use serde_json::json;
use smart::signing_keys::Schedule;
use smart_verify::time::UnixSeconds;
use url::Url;

use super::deploy::Next;
use super::published_jwks;
use crate::report::Report;
use crate::{Failure, World, timestamps};

/// Let a published key sign, as soon as every client can have it.
///
/// First the published keys are read from the service: the key must be among them. Then it may sign from one lifetime
/// of those keys later, with a margin for clocks that stray. Takes kms:GetPublicKey.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The key: its ARN, or the id at its end
    #[arg(value_name = "KEY")]
    key: String,

    /// The issuer, where the service answers, such as https://auth.example.org
    #[arg(long, env = "BASE_URL", hide_env_values = true, value_name = "URL")]
    base_url: Url,

    /// Sign from this moment on, such as 2026-11-26T10:00:00Z, and not from the earliest possible one
    #[arg(long, value_name = "MOMENT", value_parser = timestamps::read)]
    at: Option<UnixSeconds>,
}

pub(super) async fn run(
    options: &Options,
    schedule: &Schedule,
    stack: Option<&str>,
    world: &World,
) -> Result<Report, Failure> {
    let entry = schedule.find(&options.key)?;
    let kms = world.aws_of(&entry.key).await?.kms();
    let half = aws::kms::public_half(&kms, entry.clone()).await?;
    world.say(&format!("Reading the published keys of {} ..", options.base_url));
    let published = published_jwks::read(&options.base_url).await?;
    if !published.has(half.kid()) {
        return Err(Failure::Refused(format!(
            "the key {} is not published at {}; deploy the schedule of `cargo admin keys add` first",
            half.kid(),
            published.url
        )));
    }
    let next = schedule.promote(&entry.key, options.at, published.lifetime, world.now)?;
    let more = json!({ "key": entry.key, "kid": half.kid() });
    let report = Next { schedule: &next, stack }.report(more, world.now);
    Ok(report
        .heading("Then, when it signs")
        .text("cargo admin keys retire <the key before> --signing-keys <the schedule above>".to_owned()))
}
