//! The keys of the provider: its own, and that of a stranger, which is also its next.

use std::sync::LazyLock;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use smart::random::base64url;

static OWN: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
static OTHER: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

/// Which key.
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

    /// What the key is called.
    pub(super) const fn kid(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Other => "other",
        }
    }

    /// Its public half.
    pub(super) fn jwk(self) -> Value {
        let public = PublicKeyComponents::<Vec<u8>>::from(self.pair().public_key());
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid(),
            "n": base64url(&public.n), "e": base64url(&public.e),
        })
    }

    /// A signature by RS256.
    pub(super) fn sign(self, input: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair().public_modulus_len()];
        self.pair().sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input, &mut signature).unwrap();
        signature
    }

    /// HS256 with the public half as the secret.
    pub(super) fn mac_with_public_half(self, input: &[u8]) -> Vec<u8> {
        let public = self.pair().public_key().as_der().unwrap();
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, public.as_ref()), input).as_ref().to_vec()
    }
}
