//! `Sign`: a digest, or a message that is digested here, becomes a signature.

use aws_lc_rs::digest::{self, Digest};
use serde::Deserialize;
use serde_json::{Value, json};

use super::algorithm::{self, Algorithm, Scheme};
use super::material::Material;
use super::wire::{Fault, base64, blob};
use super::{Kms, StoredKey};

/// The members of a `Sign` request that are used here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SignRequest {
    key_id: String,
    message: String,
    #[serde(default)]
    message_type: MessageType,
    signing_algorithm: String,
}

/// Whether the message is to be digested yet.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum MessageType {
    #[default]
    Raw,
    Digest,
}

/// How long a message may be that is not a digest, in bytes.
///
/// Source: AWS KMS API reference, Sign, `Message`.
pub(super) const LONGEST_MESSAGE: usize = 4096;

/// Answers `Sign`.
pub(super) fn sign(kms: &Kms, request: &SignRequest) -> Result<Value, Fault> {
    let key = kms.usable_key(&request.key_id)?;
    let algorithm = algorithm_of(&key, &request.signing_algorithm)?;
    let digest = digest(&blob(&request.message)?, request.message_type, algorithm)?;
    let signature = signature(&key.material, algorithm, &digest)?;
    Ok(json!({
        "KeyId": key.described.arn,
        "Signature": base64(&signature),
        "SigningAlgorithm": algorithm.name,
    }))
}

/// The algorithm asked for, if this key has it.
fn algorithm_of(key: &StoredKey, name: &str) -> Result<&'static Algorithm, Fault> {
    let unknown = || Fault::validation(format!("'{name}' is not a signing algorithm known here"));
    let algorithm = algorithm::named(name).ok_or_else(unknown)?;
    if algorithm::of_key(key.described.spec).any(|one| one.name == name) {
        return Ok(algorithm);
    }
    let message = format!("{} does not sign with {name}.", key.described.arn);
    Err(Fault::new("InvalidKeyUsageException", message))
}

fn digest(message: &[u8], kind: MessageType, algorithm: &Algorithm) -> Result<Digest, Fault> {
    match kind {
        MessageType::Digest => Digest::import_less_safe(message, algorithm.digest).map_err(|_| {
            Fault::validation(format!("Digest is invalid length for algorithm {}.", algorithm.name))
        }),
        MessageType::Raw if message.is_empty() || message.len() > LONGEST_MESSAGE => {
            Err(Fault::validation("Member 'message' must have 1 to 4096 bytes"))
        }
        MessageType::Raw => Ok(digest::digest(algorithm.digest, message)),
    }
}

fn signature(material: &Material, algorithm: &Algorithm, digest: &Digest) -> Result<Vec<u8>, Fault> {
    match (material, algorithm.scheme) {
        (Material::Rsa(pair), Scheme::Rsa(padding)) => {
            let mut signature = vec![0; pair.public_modulus_len()];
            let signed = pair.sign_digest(padding, digest, &mut signature);
            signed.map(|()| signature).map_err(|_| Fault::internal())
        }
        (Material::Ecdsa(pair), Scheme::Ecdsa) => {
            let signed = pair.sign_digest(digest);
            signed.map(|signature| signature.as_ref().to_vec()).map_err(|_| Fault::internal())
        }
        _ => Err(Fault::internal()),
    }
}
