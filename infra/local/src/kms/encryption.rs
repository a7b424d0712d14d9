//! `Encrypt` and `Decrypt` with a symmetric key.
//!
//! What comes out of `Encrypt` names its key, as the blob of AWS does, so that `Decrypt` finds it without being told.

use std::collections::BTreeMap;

use aws_lc_rs::aead::{Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use serde::Deserialize;
use serde_json::{Value, json};

use super::material::Material;
use super::sign::LONGEST_MESSAGE;
use super::wire::{Fault, base64, blob};
use super::{Kms, StoredKey};

/// The one algorithm of a symmetric key: AES-GCM with 256 bits.
pub(super) const SYMMETRIC_DEFAULT: &str = "SYMMETRIC_DEFAULT";

/// What a ciphertext is bound to, and must be given again to be read.
///
/// Source: AWS KMS Developer Guide, "Encryption context".
type Context = BTreeMap<String, String>;

/// The members of an `Encrypt` request.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EncryptRequest {
    key_id: String,
    plaintext: String,
    #[serde(default)]
    encryption_context: Context,
    encryption_algorithm: Option<String>,
}

/// The members of a `Decrypt` request. The key may be left out.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DecryptRequest {
    key_id: Option<String>,
    ciphertext_blob: String,
    #[serde(default)]
    encryption_context: Context,
    encryption_algorithm: Option<String>,
}

/// Answers `Encrypt`: the same text never gives the same ciphertext twice.
pub(super) fn encrypt(kms: &Kms, request: &EncryptRequest) -> Result<Value, Fault> {
    let key = kms.usable_key(&request.key_id)?;
    let secret = secret(&key, request.encryption_algorithm.as_deref())?;
    let mut text = blob(&request.plaintext)?;
    if text.is_empty() || text.len() > LONGEST_MESSAGE {
        return Err(Fault::validation("Member 'plaintext' must have 1 to 4096 bytes"));
    }
    let bound = Aad::from(bound(&key, &request.encryption_context));
    let nonce = secret.seal_in_place_append_tag(bound, &mut text).map_err(|_| Fault::internal())?;
    let ciphertext = Ciphertext { key: &key.described.arn, nonce: *nonce.as_ref(), sealed: &text };
    Ok(json!({
        "KeyId": key.described.arn,
        "CiphertextBlob": base64(&ciphertext.written()),
        "EncryptionAlgorithm": SYMMETRIC_DEFAULT,
    }))
}

/// Answers `Decrypt`.
pub(super) fn decrypt(kms: &Kms, request: &DecryptRequest) -> Result<Value, Fault> {
    let bytes = blob(&request.ciphertext_blob)?;
    let ciphertext = Ciphertext::read(&bytes).ok_or_else(unreadable)?;
    if let Some(named) = &request.key_id {
        let named = kms.usable_key(named)?;
        secret(&named, request.encryption_algorithm.as_deref())?;
        if named.described.arn != ciphertext.key {
            let message =
                "The key ID in the request does not identify a CMK that can perform this operation.";
            return Err(Fault::new("IncorrectKeyException", message));
        }
    }
    // Whether a key of that name exists is not told to somebody who made it up.
    kms.key(ciphertext.key).map_err(|_| unreadable())?;
    let key = kms.usable_key(ciphertext.key)?;
    let secret = secret(&key, request.encryption_algorithm.as_deref())?;
    let mut text = ciphertext.sealed.to_vec();
    let nonce = Nonce::assume_unique_for_key(ciphertext.nonce);
    let bound = Aad::from(bound(&key, &request.encryption_context));
    let text = secret.open_in_place(nonce, bound, &mut text).map_err(|_| unreadable())?;
    Ok(json!({
        "KeyId": key.described.arn,
        "Plaintext": base64(text),
        "EncryptionAlgorithm": SYMMETRIC_DEFAULT,
    }))
}

/// KMS says no more: not even its message has words.
fn unreadable() -> Fault {
    Fault::new("InvalidCiphertextException", "")
}

fn secret<'a>(key: &'a StoredKey, algorithm: Option<&str>) -> Result<&'a RandomizedNonceKey, Fault> {
    match &key.material {
        Material::Aes(secret) if algorithm.is_none_or(|name| name == SYMMETRIC_DEFAULT) => Ok(secret),
        _ => {
            let message = format!("{} does not encrypt in this way.", key.described.arn);
            Err(Fault::new("InvalidKeyUsageException", message))
        }
    }
}

/// The key and the context in one unambiguous text.
fn bound(key: &StoredKey, context: &Context) -> Vec<u8> {
    json!([key.described.arn, context]).to_string().into_bytes()
}

/// A ciphertext with what it takes to read it.
struct Ciphertext<'a> {
    key: &'a str,
    nonce: [u8; NONCE_LEN],
    sealed: &'a [u8],
}

/// How a ciphertext begins.
const VERSION: u8 = 1;

impl<'a> Ciphertext<'a> {
    /// The version, the length of the key's name in two bytes, the name, the nonce, the rest.
    fn written(&self) -> Vec<u8> {
        let length = u16::try_from(self.key.len()).unwrap_or_default().to_be_bytes();
        [&[VERSION][..], &length, self.key.as_bytes(), &self.nonce, self.sealed].concat()
    }

    fn read(bytes: &'a [u8]) -> Option<Self> {
        let ([VERSION, high, low], rest) = bytes.split_first_chunk::<3>()? else { return None };
        let (key, rest) = rest.split_at_checked(u16::from_be_bytes([*high, *low]).into())?;
        let (nonce, sealed) = rest.split_first_chunk()?;
        Some(Self { key: std::str::from_utf8(key).ok()?, nonce: *nonce, sealed })
    }
}
