//! The key pair of a demo client, made when the stack starts.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsBigEndian, EcPrivateKeyBin};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use smart::random::text;
use smart_verify::base64url;
use smart_verify::time::UnixSeconds;

use crate::start::StartError;

/// A P-384 key pair of a client, which signs its assertions.
#[derive(Clone)]
pub struct KeyPair {
    client_id: String,
    kid: String,
    pair: Arc<EcdsaKeyPair>,
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "KeyPair({}, redacted)", self.client_id)
    }
}

impl KeyPair {
    /// Makes one.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn generate(client_id: &str) -> Result<Self, StartError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING);
        let pair = pair.map_err(|_| StartError::Seed("no key pair could be made".to_owned()))?;
        Ok(Self { client_id: client_id.to_owned(), kid: format!("{client_id}-key"), pair: Arc::new(pair) })
    }

    /// The same pair for another client, which was registered with its public half.
    #[must_use]
    pub fn of_client(&self, client_id: &str) -> Self {
        Self { client_id: client_id.to_owned(), ..self.clone() }
    }

    /// The client it belongs to.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The public half as a JWK.
    pub fn public_jwk(&self) -> Value {
        // 0x04, then x and y of 48 bytes each.
        let point = self.pair.public_key().as_ref();
        json!({
            "kty": "EC", "crv": "P-384", "kid": self.kid, "use": "sig", "alg": "ES384",
            "x": base64url::encode(&point[1..49]), "y": base64url::encode(&point[49..]),
        })
    }

    /// Both halves as a JWK, for scripts.
    pub fn private_jwk(&self) -> Option<Value> {
        let scalar: EcPrivateKeyBin<'static> = self.pair.private_key().as_be_bytes().ok()?;
        let mut jwk = self.public_jwk();
        jwk["d"] = json!(base64url::encode(scalar.as_ref()));
        Some(jwk)
    }

    /// A fresh assertion, good for four minutes and once.
    ///
    /// Source: SMART App Launch 2.2, client-confidential-asymmetric#authenticating-to-the-token-endpoint.
    pub fn assertion(&self, audience: &str, now: UnixSeconds) -> String {
        let header = json!({ "alg": "ES384", "typ": "JWT", "kid": self.kid });
        let claims = json!({
            "iss": self.client_id, "sub": self.client_id, "aud": audience,
            "exp": now.0 + 240, "iat": now.0, "jti": text::<16>(),
        });
        let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
        let input = format!("{}.{}", part(&header), part(&claims));
        let signature = self.pair.sign(&SystemRandom::new(), input.as_bytes());
        let signature = signature.map(|signature| base64url::encode(signature.as_ref())).unwrap_or_default();
        format!("{input}.{signature}")
    }
}
