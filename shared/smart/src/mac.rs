//! The MAC inside codes and refresh tokens: a forged one is refused before anything is read.

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac;

use smart_verify::base64url;

/// The length of a MAC: 32 bytes.
const MAC_LENGTH: usize = 32;

/// The keys of the MACs, by version. Every accepted version verifies; one mints.
pub struct TokenMacs {
    keys: BTreeMap<u32, Keys>,
    mint: u32,
}

/// What carries a MAC. Each kind has keys of its own, so that one is never taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MacPurpose {
    /// An authorization code.
    Code,
    /// A refresh token.
    Refresh,
}

/// The keys of one version, a kind each.
struct Keys {
    code: hmac::Key,
    refresh: hmac::Key,
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
        let of = |secret| Keys {
            code: child(secret, b"authorization code"),
            refresh: child(secret, b"refresh token"),
        };
        let keys = secrets.iter().map(|(version, secret)| (*version, of(secret))).collect();
        Ok(Self { keys, mint })
    }

    /// The version that mints.
    pub const fn minting_version(&self) -> u32 {
        self.mint
    }

    fn key(&self, purpose: MacPurpose, version: u32) -> Option<&hmac::Key> {
        let keys = self.keys.get(&version)?;
        Some(match purpose {
            MacPurpose::Code => &keys.code,
            MacPurpose::Refresh => &keys.refresh,
        })
    }

    /// Parts and their MAC under a version's key, as text: `{prefix}{version}_{base64url(parts, MAC)}`. Nothing if the
    /// version is not accepted.
    pub(crate) fn seal(&self, purpose: MacPurpose, version: u32, parts: &[u8]) -> Option<String> {
        let tag = hmac::sign(self.key(purpose, version)?, &bound(version, parts));
        let all = [parts, tag.as_ref()].concat();
        Some(format!("{}{version}_{}", purpose.prefix(), base64url::encode(&all)))
    }

    /// The version and parts of a text of this kind, if its MAC is right. It is compared in constant time.
    pub(crate) fn open(&self, purpose: MacPurpose, text: &str) -> Option<(u32, Vec<u8>)> {
        let (version, body) = text.strip_prefix(purpose.prefix())?.split_once('_')?;
        let canonical = !version.starts_with(['0', '+']);
        let version: u32 = version.parse().ok().filter(|_| canonical)?;
        let mut parts = base64url::decode(body)?;
        let mac = parts.split_off(parts.len().checked_sub(MAC_LENGTH)?);
        hmac::verify(self.key(purpose, version)?, &bound(version, &parts), &mac).ok()?;
        Some((version, parts))
    }
}

impl MacPurpose {
    /// What stands before one, so that people and scanners tell them apart.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Code => "code_",
            Self::Refresh => "refresh_",
        }
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
pub(crate) fn child(secret: &[u8; 32], purpose: &'static [u8]) -> hmac::Key {
    let extracted = Salt::new(HKDF_SHA256, b"smart token service").extract(secret);
    let purpose = [purpose];
    let expanded = extracted.expand(&purpose, hmac::HMAC_SHA256).expect("32 bytes can be expanded");
    hmac::Key::from(expanded)
}
