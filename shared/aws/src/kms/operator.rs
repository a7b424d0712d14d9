//! What an operator asks of KMS with their own credentials: a further signing key, and a secret sealed for the settings.

use aws_sdk_kms::Client;
use aws_sdk_kms::operation::create_alias::CreateAliasError;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{KeySpec, KeyUsageType};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use smart::signing_keys::{KeySchedule, SigningAlgorithm, SigningKey};

use super::read_half;
use crate::causes;

/// KMS could not be reached, or refused.
#[derive(Debug, thiserror::Error)]
#[error("KMS: {0}")]
pub struct NotDone(String);

impl NotDone {
    /// The cause with the refusal of AWS, which for an operator names the permission that is missing.
    fn of(error: &(impl std::error::Error + 'static)) -> Self {
        Self(causes(error))
    }
}

/// Makes a further key that signs, under the policy of one that is there, and returns its ARN. No function may use it
/// before [`name_key`].
///
/// # Errors
/// When KMS cannot be reached or refuses. No key was made then, unless the answer was lost.
pub async fn make_signing_key(
    client: &Client,
    algorithm: SigningAlgorithm,
    description: &str,
    like: &str,
) -> Result<String, NotDone> {
    let policy = client.get_key_policy().key_id(like).send().await;
    let policy = policy.map_err(|error| NotDone::of(&error))?.policy;
    let policy = policy.ok_or_else(|| NotDone(format!("the key {like} has no policy")))?;
    let spec = match algorithm {
        SigningAlgorithm::RS256 => KeySpec::Rsa2048,
    };
    let request = client.create_key().key_spec(spec).key_usage(KeyUsageType::SignVerify);
    let answer = request.description(description).policy(policy).send().await;
    let answer = answer.map_err(|error| NotDone::of(&error))?;
    let arn = answer.key_metadata().and_then(|made| made.arn());
    let arn = arn.ok_or_else(|| NotDone("the answer names no key".to_owned()))?;
    Ok(arn.to_owned())
}

/// Gives a key an alias. An alias that exists already stays as it is.
///
/// # Errors
/// When KMS cannot be reached or refuses.
pub async fn name_key(client: &Client, key: &str, alias: &str) -> Result<(), NotDone> {
    match client.create_alias().alias_name(alias).target_key_id(key).send().await {
        Ok(_) => Ok(()),
        Err(error) if error.as_service_error().is_some_and(CreateAliasError::is_already_exists_exception) => {
            Ok(())
        }
        Err(error) => Err(NotDone::of(&error)),
    }
}

/// A key with its public half, and so with its `kid`.
///
/// # Errors
/// When KMS cannot be reached or refuses, or the half is of another kind than the schedule says.
pub async fn public_half(client: &Client, key: KeySchedule) -> Result<SigningKey, NotDone> {
    read_half(client, key).await.map_err(|unread| NotDone(unread.reason()))
}

/// A secret sealed for the settings, as the item `providers` takes it: base64 of a ciphertext that is bound to its purpose.
///
/// # Errors
/// When KMS cannot be reached or refuses.
pub async fn seal(client: &Client, key: &str, secret: &[u8], purpose: &str) -> Result<String, NotDone> {
    let request = client.encrypt().key_id(key).plaintext(Blob::new(secret));
    let answer = request.encryption_context("purpose", purpose).send().await;
    let answer = answer.map_err(|error| NotDone::of(&error))?;
    let ciphertext = answer.ciphertext_blob().map(Blob::as_ref).unwrap_or_default();
    Ok(STANDARD.encode(ciphertext))
}
