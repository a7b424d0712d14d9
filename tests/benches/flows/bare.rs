//! The signatures of a flow and nothing else, by the same library.

use std::hint::black_box;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey,
};
use testkit::cost::thread_time;

use crate::BATCH;
use crate::flow::Flow;

/// As much as is signed for a token.
const INPUT: [u8; 600] = [b'x'; 600];

/// Keys, and a signature of each.
#[derive(Debug)]
pub(crate) struct Bare {
    rsa: KeyPair,
    ecdsa: EcdsaKeyPair,
    by_rsa: Vec<u8>,
    by_ecdsa: Vec<u8>,
}

impl Bare {
    pub(crate) fn new() -> Self {
        let rsa = KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let ecdsa = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
        let by_ecdsa = ecdsa.sign(&SystemRandom::new(), &INPUT).unwrap().as_ref().to_vec();
        let by_rsa = sign(&rsa);
        Self { rsa, ecdsa, by_rsa, by_ecdsa }
    }

    /// The processor time of the signatures that a flow cannot do without.
    pub(crate) fn batch(&self, flow: Flow) -> Duration {
        let before = thread_time();
        for _ in 0..BATCH {
            match flow {
                Flow::BackendToken => {
                    self.verify_ecdsa();
                    drop(black_box(sign(&self.rsa)));
                }
                Flow::Code | Flow::Refresh => drop(black_box(sign(&self.rsa))),
                Flow::CodeWithIdToken => drop(black_box([sign(&self.rsa), sign(&self.rsa)])),
                Flow::Introspect => self.verify_rsa(),
                Flow::Revoke => {}
            }
        }
        (thread_time() - before) / BATCH
    }

    fn verify_ecdsa(&self) {
        let key = UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, self.ecdsa.public_key().as_ref());
        key.verify(&INPUT, &self.by_ecdsa).unwrap();
    }

    fn verify_rsa(&self) {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.rsa.public_key().as_ref());
        key.verify(&INPUT, &self.by_rsa).unwrap();
    }
}

fn sign(key: &KeyPair) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &INPUT, &mut signature).unwrap();
    signature
}
