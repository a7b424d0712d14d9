//! The signing algorithms: their names at KMS, their digests, and which keys have them.
//!
//! Source: AWS KMS Developer Guide, "Key spec reference".

use aws_lc_rs::digest;
use aws_lc_rs::signature::{self, EcdsaSigningAlgorithm, RsaEncoding};

use crate::template::KeySpec;

/// How a digest becomes a signature.
#[derive(Clone, Copy)]
pub(super) enum Scheme {
    /// RSA with this padding.
    Rsa(&'static dyn RsaEncoding),
    /// ECDSA on the key's curve; the signature is DER.
    Ecdsa,
}

/// A signing algorithm of KMS.
pub(super) struct Algorithm {
    pub(super) name: &'static str,
    pub(super) digest: &'static digest::Algorithm,
    pub(super) scheme: Scheme,
}

static ALGORITHMS: [Algorithm; 8] = [
    rsa("RSASSA_PKCS1_V1_5_SHA_256", &digest::SHA256, &signature::RSA_PKCS1_SHA256),
    rsa("RSASSA_PKCS1_V1_5_SHA_384", &digest::SHA384, &signature::RSA_PKCS1_SHA384),
    rsa("RSASSA_PKCS1_V1_5_SHA_512", &digest::SHA512, &signature::RSA_PKCS1_SHA512),
    rsa("RSASSA_PSS_SHA_256", &digest::SHA256, &signature::RSA_PSS_SHA256),
    rsa("RSASSA_PSS_SHA_384", &digest::SHA384, &signature::RSA_PSS_SHA384),
    rsa("RSASSA_PSS_SHA_512", &digest::SHA512, &signature::RSA_PSS_SHA512),
    Algorithm { name: "ECDSA_SHA_256", digest: &digest::SHA256, scheme: Scheme::Ecdsa },
    Algorithm { name: "ECDSA_SHA_384", digest: &digest::SHA384, scheme: Scheme::Ecdsa },
];

const fn rsa(
    name: &'static str,
    digest: &'static digest::Algorithm,
    padding: &'static dyn RsaEncoding,
) -> Algorithm {
    Algorithm { name, digest, scheme: Scheme::Rsa(padding) }
}

/// The algorithms that a key of this kind signs with; none for one that makes MACs.
pub(super) fn of_key(spec: KeySpec) -> impl Iterator<Item = &'static Algorithm> {
    ALGORITHMS.iter().filter(move |algorithm| match (algorithm.scheme, spec) {
        (Scheme::Rsa(_), KeySpec::RSA_2048 | KeySpec::RSA_3072) => true,
        (Scheme::Ecdsa, KeySpec::ECC_NIST_P256) => algorithm.name == "ECDSA_SHA_256",
        (Scheme::Ecdsa, KeySpec::ECC_NIST_P384) => algorithm.name == "ECDSA_SHA_384",
        _ => false,
    })
}

/// The algorithm of this name, whichever keys have it.
pub(super) fn named(name: &str) -> Option<&'static Algorithm> {
    ALGORITHMS.iter().find(|algorithm| algorithm.name == name)
}

/// The curve of an elliptic key, with DER signatures as KMS gives them.
pub(super) fn curve(spec: KeySpec) -> Option<&'static EcdsaSigningAlgorithm> {
    match spec {
        KeySpec::ECC_NIST_P256 => Some(&signature::ECDSA_P256_SHA256_ASN1_SIGNING),
        KeySpec::ECC_NIST_P384 => Some(&signature::ECDSA_P384_SHA384_ASN1_SIGNING),
        _ => None,
    }
}
