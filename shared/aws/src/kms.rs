//! KMS: signs tokens with keys that never leave it, and gives the secrets from which MACs and seals are made.

mod operator;

use std::collections::BTreeMap;

use aws_sdk_kms::Client;
use aws_sdk_kms::error::ProvideErrorMetadata as _;
use aws_sdk_kms::operation::get_public_key::GetPublicKeyError;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{MacAlgorithmSpec, MessageType, SigningAlgorithmSpec};
use futures_util::future::join_all;
use smart::error::Unreachable;
use smart::ports::{PublicKeys, Signer};
use smart::settings::MacName;
use smart::signing_keys::{KeySchedule, Schedule, SigningAlgorithm, SigningKey, SigningKeys};
use smart_verify::jws;

use crate::config::{MacKey, SealedSetting};
use crate::{StartError, causes, der, lambda};

pub use operator::{NotDone, make_signing_key, name_key, public_half, seal};

/// The schedule of keys with their public halves, read from KMS once.
#[derive(Clone, Debug)]
pub struct KmsSigner {
    client: Client,
    keys: SigningKeys,
    is_whole: bool,
}

impl KmsSigner {
    /// Reads the public half of every key of the schedule that is not removed yet, all at once. A key that is disabled,
    /// deleted or another than the schedule says is left out, and said so in the log as an error that an alarm can watch. If
    /// then no key signs, a function still verifies and publishes, and answers 503 where it has to sign. That KMS does not
    /// answer is no reason to leave a key out: what is published would lack it, while others sign with it.
    ///
    /// # Errors
    /// When KMS does not answer.
    pub async fn connect(client: Client, schedule: Schedule) -> Result<Self, StartError> {
        let now = lambda::now();
        let needed = schedule.keys().iter().filter(|key| key.remove_at.is_none_or(|end| now < end));
        let halves = join_all(needed.map(|key| read_half(&client, key.clone()))).await;
        let mut keys = Vec::new();
        let mut is_whole = true;
        for half in halves {
            match half {
                Ok(key) => keys.push(key),
                Err(Unread::Silent(cause)) => return Err(StartError::Keys(cause)),
                Err(Unread::Unusable(reason)) => {
                    tracing::error!(reason, "a signing key is left out");
                    is_whole = false;
                }
            }
        }
        let keys = SigningKeys::new(keys);
        if !is_whole && keys.signing(SigningAlgorithm::RS256, now).is_none() {
            tracing::error!("no key of the schedule signs");
        }
        Ok(Self { client, keys, is_whole })
    }

    /// Whether every key of the schedule that is not removed yet could be used.
    pub const fn is_whole(&self) -> bool {
        self.is_whole
    }
}

/// Why a public half was not read.
enum Unread {
    /// KMS did not answer; it may soon.
    Silent(String),
    /// The key is of no use, today and tomorrow.
    Unusable(String),
}

async fn read_half(client: &Client, entry: KeySchedule) -> Result<SigningKey, Unread> {
    let unusable = |reason: String| Unread::Unusable(format!("{}: {reason}", entry.key));
    let answer = client.get_public_key().key_id(&entry.key).send().await;
    let answer = answer.map_err(|error| match error.as_service_error() {
        Some(
            GetPublicKeyError::DisabledException(_)
            | GetPublicKeyError::KmsInvalidStateException(_)
            | GetPublicKeyError::NotFoundException(_)
            | GetPublicKeyError::InvalidKeyUsageException(_)
            | GetPublicKeyError::UnsupportedOperationException(_)
            | GetPublicKeyError::InvalidArnException(_),
        ) => unusable(causes(&error)),
        // IAM lets a function use a new key by its alias, some minutes after the alias was made.
        //
        // Source: AWS KMS Developer Guide, "Use aliases to control access to KMS keys".
        _ if entry.sign_from.is_none() && error.code() == Some("AccessDeniedException") => {
            unusable(causes(&error))
        }
        _ => Unread::Silent(causes(&error)),
    })?;
    if answer.key_id() != Some(entry.key.as_str()) {
        return Err(unusable("the public half is of another key".to_owned()));
    }
    let der = answer.public_key().map(Blob::as_ref).unwrap_or_default();
    let jwk = match entry.algorithm {
        SigningAlgorithm::RS256 => der::rsa_public_key(der),
    };
    let other_kind = || unusable("the public half is not of the kind that the schedule says".to_owned());
    let jwk = jwk.ok_or_else(other_kind)?;
    SigningKey::new(entry.clone(), jwk).map_err(|error| unusable(error.to_string()))
}

impl Unread {
    fn reason(self) -> String {
        match self {
            Self::Silent(reason) | Self::Unusable(reason) => reason,
        }
    }
}

impl PublicKeys for KmsSigner {
    fn keys(&self) -> &SigningKeys {
        &self.keys
    }
}

impl Signer for KmsSigner {
    async fn sign(&self, kid: &str, signing_input: &str) -> Result<Vec<u8>, Unreachable> {
        let unreachable = |cause: String| Unreachable::new("KMS Sign", cause);
        let key = self.keys.named(kid).ok_or_else(|| unreachable("no key of that name".to_owned()))?;
        let (algorithm, digest) = match key.schedule().algorithm {
            SigningAlgorithm::RS256 => {
                (SigningAlgorithmSpec::RsassaPkcs1V15Sha256, jws::sha256_digest(signing_input))
            }
        };
        let request = self.client.sign().key_id(&key.schedule().key).signing_algorithm(algorithm);
        // The digest, not the message: KMS takes at most 4096 bytes, and tokens may be longer.
        let request = request.message_type(MessageType::Digest).message(Blob::new(digest));
        let answer = request.send().await.map_err(|error| unreachable(causes(&error)))?;
        // Were a name re-pointed meanwhile, the signature would not hold under the kid in the header.
        if answer.key_id() != Some(key.schedule().key.as_str()) {
            return Err(unreachable("the answer is of another key".to_owned()));
        }
        let signature = answer.signature().map(|signature| signature.as_ref().to_vec()).unwrap_or_default();
        // A token that holds nowhere is worse than none, and to verify is far quicker than to sign.
        if !key.holds(signing_input, &signature) {
            return Err(unreachable("the signature does not hold".to_owned()));
        }
        Ok(signature)
    }
}

/// One secret for each accepted version of a key: the MAC of a label that names purpose and version.
///
/// # Errors
/// When KMS cannot be reached or refuses.
pub async fn secrets(
    client: &Client,
    key: &MacKey,
    name: MacName,
) -> Result<BTreeMap<u32, [u8; 32]>, StartError> {
    let purpose = name.name();
    let mut secrets = BTreeMap::new();
    for version in key.versions.accepted() {
        let label = format!("smart token service, {purpose}, version {version}");
        let request = client.generate_mac().key_id(&key.key).mac_algorithm(MacAlgorithmSpec::HmacSha256);
        let answer = request.message(Blob::new(label)).send().await;
        let answer = answer.map_err(|error| StartError::Keys(causes(&error)))?;
        let mac = answer.mac().map(Blob::as_ref).unwrap_or_default();
        let secret = mac.try_into().map_err(|_| StartError::Keys("a MAC is not 32 bytes long".to_owned()))?;
        secrets.insert(*version, secret);
    }
    Ok(secrets)
}

/// A secret among the settings, opened. It is bound to its purpose by the encryption context `{"purpose": ..}`, so a
/// ciphertext that was made for something else does not open.
///
/// # Errors
/// When KMS cannot be reached or refuses, or the ciphertext is of another key or purpose.
pub async fn open(client: &Client, sealed: &SealedSetting, purpose: &str) -> Result<Vec<u8>, StartError> {
    let request = client.decrypt().key_id(&sealed.key).ciphertext_blob(Blob::new(sealed.ciphertext.clone()));
    let answer = request.encryption_context("purpose", purpose).send().await;
    let answer = answer.map_err(|error| StartError::Keys(causes(&error)))?;
    if answer.key_id() != Some(sealed.key.as_str()) {
        return Err(StartError::Keys("a setting was opened by another key".to_owned()));
    }
    let secret = answer.plaintext().map(|secret| secret.as_ref().to_vec());
    secret.ok_or_else(|| StartError::Keys("a setting is empty".to_owned()))
}
