//! `GenerateMac` and `VerifyMac`.

use std::sync::Arc;

use aws_lc_rs::hmac;
use serde::Deserialize;
use serde_json::{Value, json};

use super::material::Material;
use super::sign::LONGEST_MESSAGE;
use super::wire::{Fault, base64, blob};
use super::{Kms, StoredKey};

/// The one MAC algorithm of a key of 256 bits.
pub(super) const HMAC_SHA_256: &str = "HMAC_SHA_256";

/// The members of a `GenerateMac` request, and of a `VerifyMac` request, which also has the MAC.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MacRequest {
    key_id: String,
    message: String,
    mac_algorithm: String,
    mac: Option<String>,
}

/// Answers `GenerateMac`: the same message gives the same MAC, always.
pub(super) fn generate(kms: &Kms, request: &MacRequest) -> Result<Value, Fault> {
    let (key, message) = parts(kms, request)?;
    let mac = hmac::sign(secret(&key)?, &message);
    Ok(json!({ "KeyId": key.described.arn, "Mac": base64(mac.as_ref()), "MacAlgorithm": HMAC_SHA_256 }))
}

/// Answers `VerifyMac`.
pub(super) fn verify(kms: &Kms, request: &MacRequest) -> Result<Value, Fault> {
    let (key, message) = parts(kms, request)?;
    let mac = blob(request.mac.as_deref().unwrap_or_default())?;
    hmac::verify(secret(&key)?, &message, &mac)
        .map_err(|_| Fault::new("KMSInvalidMacException", "The MAC does not match the message."))?;
    Ok(json!({ "KeyId": key.described.arn, "MacAlgorithm": HMAC_SHA_256, "MacValid": true }))
}

fn secret(key: &StoredKey) -> Result<&hmac::Key, Fault> {
    match &key.material {
        Material::Hmac(secret) => Ok(secret),
        _ => {
            let message = format!("{} does not make MACs.", key.described.arn);
            Err(Fault::new("InvalidKeyUsageException", message))
        }
    }
}

fn parts(kms: &Kms, request: &MacRequest) -> Result<(Arc<StoredKey>, Vec<u8>), Fault> {
    let key = kms.usable_key(&request.key_id)?;
    secret(&key)?;
    if request.mac_algorithm != HMAC_SHA_256 {
        let message = format!("{} only knows {HMAC_SHA_256}.", key.described.arn);
        return Err(Fault::new("InvalidKeyUsageException", message));
    }
    let message = blob(&request.message)?;
    if message.is_empty() || message.len() > LONGEST_MESSAGE {
        return Err(Fault::validation("Member 'message' must have 1 to 4096 bytes"));
    }
    Ok((key, message))
}
