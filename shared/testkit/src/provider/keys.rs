//! The keys of the provider: its own, and those of a stranger, which are also its next.

use std::sync::LazyLock;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding, RsaKeyPair,
};
use serde_json::{Value, json};
use smart_verify::base64url;

static OWN: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
static OTHER: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

static OWN_ELLIPTIC: LazyLock<EcdsaKeyPair> = LazyLock::new(elliptic);
static OTHER_ELLIPTIC: LazyLock<EcdsaKeyPair> = LazyLock::new(elliptic);

fn elliptic() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()
}

/// Which key, of whatever kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// The one that is published at first.
    Own,
    /// The other.
    Other,
}

impl Which {
    fn pair(self) -> &'static RsaKeyPair {
        match self {
            Self::Own => &OWN,
            Self::Other => &OTHER,
        }
    }

    fn elliptic(self) -> &'static EcdsaKeyPair {
        match self {
            Self::Own => &OWN_ELLIPTIC,
            Self::Other => &OTHER_ELLIPTIC,
        }
    }

    /// What the key is called.
    pub(super) const fn kid(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Other => "other",
        }
    }

    /// Its public half, for an algorithm.
    pub(super) fn jwk(self, algorithm: &str) -> Value {
        if algorithm == "ES256" {
            let point = self.elliptic().public_key().as_ref();
            return json!({
                "kty": "EC", "crv": "P-256", "use": "sig", "alg": algorithm, "kid": self.kid(),
                "x": base64url::encode(&point[1..33]), "y": base64url::encode(&point[33..]),
            });
        }
        let public = PublicKeyComponents::<Vec<u8>>::from(self.pair().public_key());
        json!({
            "kty": "RSA", "use": "sig", "alg": algorithm, "kid": self.kid(),
            "n": base64url::encode(&public.n), "e": base64url::encode(&public.e),
        })
    }

    /// A signature by an algorithm.
    pub(super) fn sign(self, algorithm: &str, input: &[u8]) -> Vec<u8> {
        if algorithm == "ES256" {
            return self.elliptic().sign(&SystemRandom::new(), input).unwrap().as_ref().to_vec();
        }
        let padding: &dyn RsaEncoding =
            if algorithm == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
        let mut signature = vec![0; self.pair().public_modulus_len()];
        self.pair().sign(padding, &SystemRandom::new(), input, &mut signature).unwrap();
        signature
    }

    /// HS256 with the public half of the RSA key as the secret.
    pub(super) fn mac_with_public_half(self, input: &[u8]) -> Vec<u8> {
        let public = self.pair().public_key().as_der().unwrap();
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, public.as_ref()), input).as_ref().to_vec()
    }
}
