//! `cargo admin keys add`: a further key, published with the next deployment.

use serde_json::{Value, json};
use smart::signing_keys::{KeySchedule, Schedule, SigningAlgorithm};

use super::deploy::Next;
use crate::report::Report;
use crate::{Failure, World};

pub(super) async fn run(schedule: &Schedule, stack: Option<&str>, world: &World) -> Result<Report, Failure> {
    let algorithm = SigningAlgorithm::RS256;
    let arn = schedule.keys().first().map(|key| key.key.as_str()).unwrap_or_default();
    let kms = world.aws_of(arn).await?.kms();
    world.say("Making a key in KMS ..");
    let description = format!("{} - signs tokens", stack.unwrap_or("smart"));
    let made = aws::kms::make_signing_key(&kms, algorithm, &description, &policy(arn)).await?;
    world.say(&format!("Made {made}"));
    let next = schedule.add(&made, algorithm, world.now)?;
    let entry = next.keys().iter().find(|key| key.key == made).cloned();
    let kid = kid(&kms, entry).await;
    let report = Next { schedule: &next, stack }.report(json!({ "key": made, "kid": kid }), world.now);
    Ok(report.heading("Then, when it is deployed").text(format!(
        "cargo admin keys promote {made} --base-url <the issuer> --signing-keys <the schedule above>"
    )))
}

/// The name that the key will have in tokens. The key is there already, so without it the answer is still worth giving.
async fn kid(kms: &aws::KmsClient, entry: Option<KeySchedule>) -> Option<String> {
    let half = aws::kms::public_half(kms, entry?).await.ok()?;
    Some(half.kid().to_owned())
}

/// The policy of the stack's own key: the account administers it, through IAM. A test compares the two.
pub fn policy(arn: &str) -> Value {
    let part = |index| arn.split(':').nth(index).unwrap_or_default();
    let root = format!("arn:{}:iam::{}:root", part(1), part(4));
    json!({ "Version": "2012-10-17", "Statement": [{
        "Sid": "TheAccountAdministers", "Effect": "Allow", "Principal": { "AWS": root },
        "Action": "kms:*", "Resource": "*",
    }] })
}
