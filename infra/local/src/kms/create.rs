//! `CreateKey`: a further key that signs, as an operator makes one to replace another.

use serde::Deserialize;
use serde_json::{Value, json};

use super::operations::metadata;
use super::wire::Fault;
use super::{Kms, StoredKey, algorithm};
use crate::template::{ACCOUNT, Key, KeyPolicy, KeySpec, KeyUsage, REGION};

/// The members of a `CreateKey` request that are used here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateKeyRequest {
    #[serde(default = "unsaid")]
    key_spec: KeySpec,
    key_usage: Option<KeyUsage>,
    policy: Option<String>,
}

const fn unsaid() -> KeySpec {
    KeySpec::SYMMETRIC_DEFAULT
}

/// What AWS gives a key of which no policy is said: the account decides, through IAM.
fn usual_policy() -> Value {
    let account = format!("arn:aws:iam::{ACCOUNT}:root");
    json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "AWS": account }, "Action": "kms:*", "Resource": "*" },
    ] })
}

/// How long the id of a key is that was made here.
pub(super) const ID_LENGTH: usize = 36;

/// Answers `CreateKey`.
pub(super) fn create(kms: &Kms, request: &CreateKeyRequest) -> Result<Value, Fault> {
    let signs = algorithm::of_key(request.key_spec).next().is_some();
    if !signs || request.key_usage != Some(KeyUsage::SignVerify) {
        return Err(Fault::validation("Here only keys that sign are made"));
    }
    let policy = match &request.policy {
        Some(policy) => serde_json::from_str(policy).ok().and_then(KeyPolicy::read),
        None => KeyPolicy::read(usual_policy()),
    };
    let malformed =
        || Fault::new("MalformedPolicyDocumentException", "The policy is not one that is known here.");
    let described =
        described(new_id(), request.key_spec, KeyUsage::SignVerify, policy.ok_or_else(malformed)?);
    let key = StoredKey::load_or_make(&described, kms.directory.as_deref()).map_err(|_| Fault::internal())?;
    kms.keep(key.clone());
    Ok(metadata(&key, true))
}

/// A key with the ARN that goes with its id.
pub(super) fn described(id: String, spec: KeySpec, usage: KeyUsage, policy: KeyPolicy) -> Key {
    let arn = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{id}");
    Key { logical_id: id, arn, spec, usage, policy }
}

/// 128 random bits, written as AWS writes the id of a key.
fn new_id() -> String {
    let hex: String = smart::random::bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
