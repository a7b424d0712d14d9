//! A signer whose RSA key lives in the process, and which can be told to fail.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use jsonwebtoken::jwk::{AlgorithmParameters, CommonParameters, Jwk, RSAKeyParameters, RSAKeyType};
use smart::error::Unreachable;
use smart::ports::{PublicKeys, Signer};
use smart::signing_keys::{KeySchedule, SigningAlgorithm, SigningKey, SigningKeys};
use smart_verify::base64url;
use smart_verify::time::UnixSeconds;

/// Made once: RSA keys are slow to make.
static KEY: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

/// Signs in the process.
#[derive(Debug)]
pub struct LocalSigner {
    keys: SigningKeys,
    fails: AtomicBool,
}

impl Default for LocalSigner {
    fn default() -> Self {
        let public = PublicKeyComponents::<Vec<u8>>::from(KEY.public_key());
        let rsa = RSAKeyParameters {
            key_type: RSAKeyType::RSA,
            n: base64url::encode(&public.n),
            e: base64url::encode(&public.e),
        };
        let jwk = Jwk { common: CommonParameters::default(), algorithm: AlgorithmParameters::RSA(rsa) };
        let schedule = KeySchedule {
            key: "local".to_owned(),
            algorithm: SigningAlgorithm::RS256,
            publish_from: UnixSeconds(0),
            sign_from: Some(UnixSeconds(0)),
            sign_until: None,
            remove_at: None,
        };
        let keys = SigningKeys::new(vec![SigningKey::new(schedule, jwk).unwrap()]);
        Self { keys, fails: AtomicBool::new(false) }
    }
}

impl LocalSigner {
    /// From now on every signature fails, or none.
    pub fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::Relaxed);
    }
}

impl PublicKeys for LocalSigner {
    fn keys(&self) -> &SigningKeys {
        &self.keys
    }
}

impl Signer for LocalSigner {
    async fn sign(&self, _kid: &str, signing_input: &str) -> Result<Vec<u8>, Unreachable> {
        if self.fails.load(Ordering::Relaxed) {
            return Err(Unreachable::new("signer", "told to fail"));
        }
        let mut signature = vec![0; KEY.public_modulus_len()];
        KEY.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signing_input.as_bytes(), &mut signature).unwrap();
        Ok(signature)
    }
}
