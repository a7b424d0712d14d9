//! An RSA key of a backend service.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA384, RsaKeyPair};
use serde_json::{Value, json};
use smart_verify::base64url;

/// An RSA key of 2048 bits, made for one test.
#[derive(Debug)]
pub struct RsaBackendKey(RsaKeyPair);

impl Default for RsaBackendKey {
    fn default() -> Self {
        Self(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }
}

impl RsaBackendKey {
    /// The public half, with a `kid`.
    pub fn public_jwk(&self, kid: &str) -> Value {
        let public = PublicKeyComponents::<Vec<u8>>::from(self.0.public_key());
        json!({ "kty": "RSA", "kid": kid, "n": base64url::encode(&public.n), "e": base64url::encode(&public.e) })
    }

    /// Some parts and their signature by RS384, whatever the header says.
    pub fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
        let input = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA384, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
        format!("{input}.{}", base64url::encode(&signature))
    }
}
