//! `cargo admin keys add`: a further key, published and not signing yet.

use aws::KmsClient;
use clap::Args;
use serde_json::json;
use smart::signing_keys::{KeySchedule, Schedule, SigningAlgorithm};

use super::current::Current;
use super::list::id;
use crate::report::Report;
use crate::service::{DryRun, alias};
use crate::{Failure, World};

/// Make a further signing key, and publish it
///
/// The key is made in KMS with the key policy of the first key, and gets the alias alias/STACK/signing/ID, by which
/// functions may use it. IAM can take 5 minutes to know an alias; a function that cannot read the key yet leaves it out
/// and reads it 5 minutes later. The key does not sign before it is promoted. If this command stops after the key was
/// made, run it again with --key. Takes kms:GetKeyPolicy, kms:CreateKey, kms:CreateAlias and kms:GetPublicKey.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Publish this key instead of a new one: the ARN of an RSA key of 2048 bits that signs
    #[arg(long, value_name = "ARN")]
    key: Option<String>,

    #[command(flatten)]
    dry_run: DryRun,
}

const ALGORITHM: SigningAlgorithm = SigningAlgorithm::RS256;

pub(super) async fn run(options: &Options, current: &Current, world: &World) -> Result<Report, Failure> {
    let (service, schedule) = (&current.service, current.schedule()?);
    let stack = service.stack.as_deref().ok_or_else(|| {
        Failure::Usage("Add --stack NAME, which is part of the alias of the new key.".to_owned())
    })?;
    if options.dry_run.dry_run {
        let shown = options.key.clone().unwrap_or_else(|| unmade(&schedule));
        let next = schedule.add(&shown, ALGORITHM, world.now)?;
        return current.replace(&next, &options.dry_run, json!({ "key": options.key }), world.now).await;
    }
    let kms = service.kms();
    let made = match &options.key {
        Some(key) => {
            // A key that cannot be published, or that is there already, gets no alias.
            let next = schedule.add(key, ALGORITHM, world.now)?;
            aws::kms::public_half(&kms, next.find(key)?.clone()).await?;
            key.clone()
        }
        None => make(&kms, current, &schedule, stack, world).await?,
    };
    let again = format!("Run again:\n  {}", service.command(&["keys", "add", "--key", &made]));
    let then = |failure: Failure| failure.with(&again);
    let alias = alias(stack, &made);
    aws::kms::name_key(&kms, &made, &alias).await.map_err(|error| then(error.into()))?;
    let next = schedule.add(&made, ALGORITHM, world.now)?;
    let kid = kid(&kms, next.find(&made)?.clone()).await;
    let more = json!({ "key": made, "kid": kid, "alias": alias });
    let report = current.replace(&next, &options.dry_run, more, world.now).await.map_err(then)?;
    Ok(report.heading("Next, when the key is published").text(service.command(&[
        "keys",
        "promote",
        id(&made),
    ])))
}

async fn make(
    kms: &KmsClient,
    current: &Current,
    schedule: &Schedule,
    stack: &str,
    world: &World,
) -> Result<String, Failure> {
    let first = schedule.keys().first().map(|key| key.key.as_str());
    let like = current.service.signing_key.as_deref().or(first).unwrap_or_default();
    world.say("Making a key in KMS.");
    let made = aws::kms::make_signing_key(kms, ALGORITHM, &format!("{stack} - signs tokens"), like).await?;
    world.say(&format!("Made {made}."));
    Ok(made)
}

/// The place of a key that is not made yet.
fn unmade(schedule: &Schedule) -> String {
    let first = schedule.keys().first().map(|key| key.key.as_str()).unwrap_or_default();
    let place = first.rsplit_once('/').map_or(first, |(place, _)| place);
    format!("{place}/NEW-KEY")
}

/// The name that the key will have in tokens. The key is there already, so without it the answer is still worth giving.
async fn kid(kms: &KmsClient, entry: KeySchedule) -> Option<String> {
    let half = aws::kms::public_half(kms, entry).await.ok()?;
    Some(half.kid().to_owned())
}
