//! The secret half of a key, and the public half it gives away.

use aws_lc_rs::aead::{AES_256_GCM, RandomizedNonceKey};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::{EcdsaKeyPair, KeyPair as _};
use aws_lc_rs::{hmac, rand};

use super::algorithm;
use crate::template::KeySpec;

/// What a key is made of. No `Debug`: it is secret.
pub(super) enum Material {
    Rsa(rsa::KeyPair),
    Ecdsa(EcdsaKeyPair),
    Hmac(Box<hmac::Key>),
    Aes(Box<RandomizedNonceKey>),
}

/// How long the secret of a symmetric key is, in bytes.
const SYMMETRIC_SECRET: usize = 32;

impl Material {
    /// A new secret of this kind as bytes: PKCS#8 for a key pair, else the bare secret.
    pub(super) fn draw(spec: KeySpec) -> Result<Vec<u8>, Unspecified> {
        if let Some(curve) = algorithm::curve(spec) {
            return Ok(EcdsaKeyPair::generate(curve)?.to_pkcs8v1()?.as_ref().to_vec());
        }
        match spec {
            KeySpec::RSA_2048 => rsa_pair(KeySize::Rsa2048),
            KeySpec::RSA_3072 => rsa_pair(KeySize::Rsa3072),
            _ => {
                let mut secret = vec![0; SYMMETRIC_SECRET];
                rand::fill(&mut secret)?;
                Ok(secret)
            }
        }
    }

    /// Reads back what [`Material::draw`] gave.
    pub(super) fn read(spec: KeySpec, bytes: &[u8]) -> Result<Self, Unspecified> {
        if let Some(curve) = algorithm::curve(spec) {
            return Ok(Self::Ecdsa(EcdsaKeyPair::from_pkcs8(curve, bytes)?));
        }
        match spec {
            KeySpec::HMAC_256 => Ok(Self::Hmac(Box::new(hmac::Key::new(hmac::HMAC_SHA256, bytes)))),
            KeySpec::SYMMETRIC_DEFAULT => {
                RandomizedNonceKey::new(&AES_256_GCM, bytes).map(|key| Self::Aes(Box::new(key)))
            }
            _ => Ok(Self::Rsa(rsa::KeyPair::from_pkcs8(bytes)?)),
        }
    }

    /// The public half as SubjectPublicKeyInfo in DER; a symmetric key has none.
    pub(super) fn public_key(&self) -> Option<Vec<u8>> {
        let der: PublicKeyX509Der<'_> = match self {
            Self::Rsa(pair) => pair.public_key().as_der().ok()?,
            Self::Ecdsa(pair) => pair.public_key().as_der().ok()?,
            Self::Hmac(_) | Self::Aes(_) => return None,
        };
        Some(der.as_ref().to_vec())
    }
}

fn rsa_pair(size: KeySize) -> Result<Vec<u8>, Unspecified> {
    let der: Pkcs8V1Der<'_> = rsa::KeyPair::generate(size)?.as_der()?;
    Ok(der.as_ref().to_vec())
}
