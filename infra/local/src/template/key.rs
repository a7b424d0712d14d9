//! A KMS key: what kind it is and what it is for.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::key_policy::KeyPolicy;
use super::values::attribute;
use super::{Resource, TemplateError, Values};

/// A KMS key of the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name in the template, and locally its id.
    pub logical_id: String,
    /// Its ARN on this machine.
    pub arn: String,
    /// What kind of key it is.
    pub spec: KeySpec,
    /// What it is for.
    pub usage: KeyUsage,
    /// Who may use it in which way.
    pub policy: KeyPolicy,
}

/// The kinds of key that the local emulator of KMS can make.
///
/// Source: AWS KMS API reference, CreateKey, `KeySpec`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[expect(non_camel_case_types, reason = "these are the words of the KMS API")]
pub enum KeySpec {
    /// RSA with 2048 bits.
    RSA_2048,
    /// RSA with 3072 bits.
    RSA_3072,
    /// The elliptic curve P-256.
    ECC_NIST_P256,
    /// The elliptic curve P-384.
    ECC_NIST_P384,
    /// A secret of 256 bits for HMAC with SHA-256.
    HMAC_256,
    /// A secret of 256 bits for AES-GCM: what KMS makes unless something else is asked.
    SYMMETRIC_DEFAULT,
}

/// What a key is for; KMS refuses every other use of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum KeyUsage {
    /// It signs.
    SignVerify,
    /// It makes and checks MACs.
    GenerateVerifyMac,
    /// It encrypts and decrypts: what KMS takes unless something else is asked.
    EncryptDecrypt,
}

impl Key {
    pub(super) fn of(resource: &Resource<'_>) -> Result<Self, TemplateError> {
        let logical_id = resource.logical_id;
        let arn = attribute(&Values::default(), "AWS::KMS::Key", logical_id, "Arn");
        Ok(Self {
            logical_id: logical_id.to_owned(),
            arn: arn.ok_or_else(|| resource.fault("KeySpec", "its ARN is not known."))?,
            spec: word(resource, "KeySpec", KeySpec::SYMMETRIC_DEFAULT)?,
            usage: word(resource, "KeyUsage", KeyUsage::EncryptDecrypt)?,
            policy: KeyPolicy::of(resource)?,
        })
    }
}

/// A property that is one of a few words, or what AWS takes when it is not there.
///
/// Source: AWS CloudFormation, AWS::KMS::Key, `KeySpec` and `KeyUsage`.
fn word<T: DeserializeOwned>(
    resource: &Resource<'_>,
    property: &str,
    missing: T,
) -> Result<T, TemplateError> {
    if resource.properties[property].is_null() {
        return Ok(missing);
    }
    let word = Value::String(resource.text(property)?.to_owned());
    serde_json::from_value(word).map_err(|error| resource.fault(property, format!("{error}.")))
}
