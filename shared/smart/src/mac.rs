//! The MAC inside codes: a forged one is refused before anything is read.

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac;

/// The length of a MAC: 32 bytes.
pub const MAC_LENGTH: usize = 32;

/// The keys of the MACs, by version. Every accepted version verifies; one mints.
pub struct TokenMacs {
    code_keys: BTreeMap<u32, hmac::Key>,
    mint: u32,
}

/// The version that should mint has no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the version that mints is not among the accepted ones")]
pub struct NoMintingKey;

impl TokenMacs {
    /// Derives the keys from one secret a version.
    ///
    /// # Errors
    /// When the version that should mint has no secret.
    pub fn derive(secrets: &BTreeMap<u32, [u8; 32]>, mint: u32) -> Result<Self, NoMintingKey> {
        if !secrets.contains_key(&mint) {
            return Err(NoMintingKey);
        }
        let code_keys = secrets
            .iter()
            .map(|(version, secret)| (*version, child(secret, b"authorization code")))
            .collect();
        Ok(Self { code_keys, mint })
    }

    /// The version that mints.
    pub const fn minting_version(&self) -> u32 {
        self.mint
    }

    /// The MAC of a code's parts under a version's key, if that version is accepted.
    pub(crate) fn of_code(&self, version: u32, parts: &[u8]) -> Option<[u8; MAC_LENGTH]> {
        let tag = hmac::sign(self.code_keys.get(&version)?, &bound(version, parts));
        let mut mac = [0; MAC_LENGTH];
        mac.copy_from_slice(tag.as_ref());
        Some(mac)
    }

    /// Whether a MAC is right, in constant time.
    pub(crate) fn verifies_code(&self, version: u32, parts: &[u8], mac: &[u8]) -> bool {
        let Some(key) = self.code_keys.get(&version) else {
            return false;
        };
        hmac::verify(key, &bound(version, parts), mac).is_ok()
    }
}

impl fmt::Debug for TokenMacs {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "TokenMacs(redacted, mints version {})", self.mint)
    }
}

fn bound(version: u32, parts: &[u8]) -> Vec<u8> {
    [&version.to_be_bytes(), parts].concat()
}

/// One key for one purpose, from a secret that serves several.
///
/// Source: RFC 5869.
fn child(secret: &[u8; 32], purpose: &'static [u8]) -> hmac::Key {
    let extracted = Salt::new(HKDF_SHA256, b"smart token service").extract(secret);
    let purpose = [purpose];
    let expanded = extracted.expand(&purpose, hmac::HMAC_SHA256).expect("32 bytes can be expanded");
    hmac::Key::from(expanded)
}
