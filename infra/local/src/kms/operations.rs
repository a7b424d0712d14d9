//! Which operation does what, and the three that only describe a key.

use serde::Deserialize;
use serde_json::{Value, json};

use super::wire::{Fault, base64, parsed};
use super::{Kms, StoredKey, algorithm, aliases, create, encryption, mac, sign};
use crate::template::{ACCOUNT, KeyUsage};

/// The one member of the operations that only tell about a key.
#[derive(Deserialize)]
struct KeyRequest {
    #[serde(rename = "KeyId")]
    key_id: String,
}

/// Does what a request asks.
pub(super) fn perform(kms: &Kms, operation: &str, body: &[u8]) -> Result<Value, Fault> {
    match operation {
        "Sign" => sign::sign(kms, &parsed(body)?),
        "GetPublicKey" => get_public_key(kms, &parsed(body)?),
        "GenerateMac" => mac::generate(kms, &parsed(body)?),
        "VerifyMac" => mac::verify(kms, &parsed(body)?),
        "Encrypt" => encryption::encrypt(kms, &parsed(body)?),
        "Decrypt" => encryption::decrypt(kms, &parsed(body)?),
        "DescribeKey" => describe_key(kms, &parsed(body)?),
        "CreateKey" => create::create(kms, &parsed(body)?),
        "CreateAlias" => aliases::create(kms, &parsed(body)?),
        "DeleteAlias" => aliases::delete(kms, &parsed(body)?),
        "GetKeyPolicy" => get_key_policy(kms, &parsed(body)?),
        _ => Err(Fault::new("UnknownOperationException", "This operation is not known here.")),
    }
}

/// Refuses what uses a disabled key, where the keys are elsewhere. A key that was made there cannot be disabled here.
pub(super) fn refuse_disabled(kms: &Kms, body: &[u8]) -> Result<(), Fault> {
    match parsed::<KeyRequest>(body).and_then(|request| kms.key(&request.key_id)) {
        Ok(key) => kms.usable_key(&key.described.arn).map(drop),
        Err(_) => Ok(()),
    }
}

/// Answers `GetPublicKey`: the public half in DER.
fn get_public_key(kms: &Kms, request: &KeyRequest) -> Result<Value, Fault> {
    let key = kms.usable_key(&request.key_id)?;
    let no_half = || Fault::new("UnsupportedOperationException", "A symmetric key has no public half.");
    let public_key = key.material.public_key().ok_or_else(no_half)?;
    Ok(json!({
        "KeyId": key.described.arn,
        "PublicKey": base64(&public_key),
        "KeySpec": key.described.spec,
        "CustomerMasterKeySpec": key.described.spec,
        "KeyUsage": key.described.usage,
        "SigningAlgorithms": signing_algorithms(&key),
    }))
}

/// Answers `DescribeKey`, for a disabled key too.
fn describe_key(kms: &Kms, request: &KeyRequest) -> Result<Value, Fault> {
    let key = kms.key(&request.key_id)?;
    Ok(metadata(&key, !kms.is_disabled(&key)))
}

/// Answers `GetKeyPolicy`.
fn get_key_policy(kms: &Kms, request: &KeyRequest) -> Result<Value, Fault> {
    let key = kms.key(&request.key_id)?;
    Ok(json!({ "Policy": key.described.policy.document().to_string(), "PolicyName": "default" }))
}

/// What `DescribeKey` and `CreateKey` tell of a key.
pub(super) fn metadata(key: &StoredKey, enabled: bool) -> Value {
    let (algorithms, names) = match key.described.usage {
        KeyUsage::SignVerify => ("SigningAlgorithms", signing_algorithms(key)),
        KeyUsage::GenerateVerifyMac => ("MacAlgorithms", vec![mac::HMAC_SHA_256]),
        KeyUsage::EncryptDecrypt => ("EncryptionAlgorithms", vec![encryption::SYMMETRIC_DEFAULT]),
    };
    json!({ "KeyMetadata": {
        "AWSAccountId": ACCOUNT,
        "Arn": key.described.arn,
        "KeyId": key.described.logical_id,
        "KeyManager": "CUSTOMER",
        "KeySpec": key.described.spec,
        "CustomerMasterKeySpec": key.described.spec,
        "KeyUsage": key.described.usage,
        "KeyState": if enabled { "Enabled" } else { "Disabled" },
        "Enabled": enabled,
        "MultiRegion": false,
        "Origin": "AWS_KMS",
        algorithms: names,
    }})
}

fn signing_algorithms(key: &StoredKey) -> Vec<&'static str> {
    algorithm::of_key(key.described.spec).map(|algorithm| algorithm.name).collect()
}
