//! A signer that only pretends, for tests that make more tokens than can be signed in seconds.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use smart::error::Unreachable;
use smart::ports::{PublicKeys, Signer};
use smart::signing_keys::SigningKeys;

use crate::LocalSigner;

static KEYS: LazyLock<SigningKeys> = LazyLock::new(|| LocalSigner::default().keys().clone());

/// Signs nothing: what it gives holds nowhere. Others come between while it works, as they do while KMS does.
#[derive(Debug)]
pub struct InstantSigner {
    keys: SigningKeys,
    fails: AtomicBool,
}

impl Default for InstantSigner {
    fn default() -> Self {
        Self { keys: KEYS.clone(), fails: AtomicBool::new(false) }
    }
}

impl InstantSigner {
    /// From now on every signature fails, or none.
    pub fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::Relaxed);
    }
}

impl PublicKeys for InstantSigner {
    fn keys(&self) -> &SigningKeys {
        &self.keys
    }
}

impl Signer for InstantSigner {
    async fn sign(&self, _kid: &str, _signing_input: &str) -> Result<Vec<u8>, Unreachable> {
        tokio::task::yield_now().await;
        if self.fails.load(Ordering::Relaxed) {
            return Err(Unreachable::new("signer", "told to fail"));
        }
        Ok(b"no signature".to_vec())
    }
}
