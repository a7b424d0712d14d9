//! The secret half of a key, and the public half it gives away.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::error::{KeyRejected, Unspecified};
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
}

/// How long an HMAC secret is, in bytes.
const HMAC_SECRET: usize = 32;

impl Material {
    /// A new secret of this kind as bytes: PKCS#8 for a key pair, the bare secret for HMAC.
    pub(super) fn draw(spec: KeySpec) -> Result<Vec<u8>, Unspecified> {
        if let Some(curve) = algorithm::curve(spec) {
            return Ok(EcdsaKeyPair::generate(curve)?.to_pkcs8v1()?.as_ref().to_vec());
        }
        match spec {
            KeySpec::RSA_2048 => rsa_pair(KeySize::Rsa2048),
            KeySpec::RSA_3072 => rsa_pair(KeySize::Rsa3072),
            _ => {
                let mut secret = vec![0; HMAC_SECRET];
                rand::fill(&mut secret)?;
                Ok(secret)
            }
        }
    }

    /// Reads back what [`Material::draw`] gave.
    pub(super) fn read(spec: KeySpec, bytes: &[u8]) -> Result<Self, KeyRejected> {
        if let Some(curve) = algorithm::curve(spec) {
            return EcdsaKeyPair::from_pkcs8(curve, bytes).map(Self::Ecdsa);
        }
        match spec {
            KeySpec::HMAC_256 => Ok(Self::Hmac(Box::new(hmac::Key::new(hmac::HMAC_SHA256, bytes)))),
            _ => rsa::KeyPair::from_pkcs8(bytes).map(Self::Rsa),
        }
    }

    /// The public half as SubjectPublicKeyInfo in DER; a key for MACs has none.
    pub(super) fn public_key(&self) -> Option<Vec<u8>> {
        let der: PublicKeyX509Der<'_> = match self {
            Self::Rsa(pair) => pair.public_key().as_der().ok()?,
            Self::Ecdsa(pair) => pair.public_key().as_der().ok()?,
            Self::Hmac(_) => return None,
        };
        Some(der.as_ref().to_vec())
    }
}

fn rsa_pair(size: KeySize) -> Result<Vec<u8>, Unspecified> {
    let der: Pkcs8V1Der<'_> = rsa::KeyPair::generate(size)?.as_der()?;
    Ok(der.as_ref().to_vec())
}
