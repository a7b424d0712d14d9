//! `CreateKey`: a further key that signs, as an operator makes one to replace another.

use serde::Deserialize;
use serde_json::Value;

use super::operations::metadata;
use super::wire::Fault;
use super::{Kms, StoredKey, algorithm};
use crate::template::{ACCOUNT, Key, KeySpec, KeyUsage, REGION};

/// The members of a `CreateKey` request that are used here. The policy must be JSON, and is not looked at: nothing is
/// enforced here.
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

/// How long the id of a key is that was made here.
pub(super) const ID_LENGTH: usize = 36;

/// Answers `CreateKey`.
pub(super) fn create(kms: &Kms, request: &CreateKeyRequest) -> Result<Value, Fault> {
    let signs = algorithm::of_key(request.key_spec).next().is_some();
    if !signs || request.key_usage != Some(KeyUsage::SignVerify) {
        return Err(Fault::validation("Here only keys that sign are made"));
    }
    if request.policy.as_deref().is_some_and(|policy| serde_json::from_str::<Value>(policy).is_err()) {
        return Err(Fault::new("MalformedPolicyDocumentException", "The policy is not JSON."));
    }
    let described = described(new_id(), request.key_spec, KeyUsage::SignVerify);
    let key = StoredKey::load_or_make(&described, kms.directory.as_deref()).map_err(|_| Fault::internal())?;
    kms.keep(key.clone());
    Ok(metadata(&key, true))
}

/// A key with the ARN that goes with its id.
pub(super) fn described(id: String, spec: KeySpec, usage: KeyUsage) -> Key {
    let arn = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{id}");
    Key { logical_id: id, arn, spec, usage }
}

/// 128 random bits, written as AWS writes the id of a key.
fn new_id() -> String {
    let hex: String = smart::random::bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
