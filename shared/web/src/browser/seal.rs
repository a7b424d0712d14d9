//! Seals: what a browser may carry for us without reading or changing it.
//!
//! A sealed text is `{version}.{base64url}` of AES-256-GCM under a key made for one purpose. The version says which
//! secret made the key, so that a new secret can be accepted everywhere before the first seal is made with it.

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use aws_lc_rs::hmac;
use serde::Serialize;
use serde::de::DeserializeOwned;
use smart_verify::base64url;

/// What a seal is for. A text sealed for one purpose never opens for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The cookie of a person who is signed in.
    Session,
    /// The cookie of a browser in which nobody has signed in yet.
    PreSession,
    /// What is known between two steps of an authorization.
    Step,
    /// What a form brings back, such as the grant that consent will put.
    Form,
    /// Tokens against forged forms; these are MACs and carry nothing.
    Csrf,
}

impl Purpose {
    const SEALED: [Self; 4] = [Self::Session, Self::PreSession, Self::Step, Self::Form];

    const fn label(self) -> &'static [u8] {
        match self {
            Self::Session => b"session",
            Self::PreSession => b"pre-session",
            Self::Step => b"step",
            Self::Form => b"form",
            Self::Csrf => b"csrf",
        }
    }
}

/// The version that shall mint is not among the accepted secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("page seal: version {0} shall mint but its secret is not among the accepted ones")]
pub struct NoSuchVersion(pub u32);

/// A value could not be sealed. Nothing that this service seals can meet this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a value could not be sealed")]
pub struct SealFailed;

impl From<Unspecified> for SealFailed {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

/// The keys behind cookies, steps, form seals and CSRF tokens, one set a version of the secret.
pub struct PageKeys {
    versions: BTreeMap<u32, Children>,
    mint: u32,
}

struct Children {
    sealing: Vec<(Purpose, RandomizedNonceKey)>,
    csrf: hmac::Key,
}

/// The length of every child key.
struct Bytes32;

impl KeyType for Bytes32 {
    fn len(&self) -> usize {
        32
    }
}

impl Children {
    fn of(secret: &[u8; 32]) -> Result<Self, Unspecified> {
        let parent = Salt::new(HKDF_SHA256, b"smart pages").extract(secret);
        let sealing = Purpose::SEALED.into_iter().map(|purpose| {
            let key = RandomizedNonceKey::new(&AES_256_GCM, &child(&parent, purpose)?)?;
            Ok((purpose, key))
        });
        let csrf = hmac::Key::new(hmac::HMAC_SHA256, &child(&parent, Purpose::Csrf)?);
        Ok(Self { sealing: sealing.collect::<Result<_, Unspecified>>()?, csrf })
    }

    fn sealing(&self, purpose: Purpose) -> Option<&RandomizedNonceKey> {
        self.sealing.iter().find(|(known, _)| *known == purpose).map(|(_, key)| key)
    }
}

fn child(parent: &Prk, purpose: Purpose) -> Result<[u8; 32], Unspecified> {
    let mut key = [0; 32];
    parent.expand(&[purpose.label()], Bytes32)?.fill(&mut key)?;
    Ok(key)
}

impl PageKeys {
    /// Makes the keys of every accepted version of the secret; `mint` is the version that seals from now on.
    ///
    /// # Errors
    /// When no secret of the version `mint` is given.
    ///
    /// Source: RFC 5869 (HKDF with SHA-256).
    pub fn derive(secrets: &BTreeMap<u32, [u8; 32]>, mint: u32) -> Result<Self, NoSuchVersion> {
        let children = |(&version, secret)| {
            Children::of(secret).map(|children| (version, children)).map_err(|_| NoSuchVersion(version))
        };
        let versions = secrets.iter().map(children).collect::<Result<BTreeMap<_, _>, _>>()?;
        if versions.contains_key(&mint) { Ok(Self { versions, mint }) } else { Err(NoSuchVersion(mint)) }
    }

    /// Seals a value for one purpose. It opens only with the same `binding`: bytes that say whose it is and what
    /// for, best made by [`binding`].
    ///
    /// # Errors
    /// When the value has no JSON form.
    pub fn seal<T: Serialize>(
        &self,
        purpose: Purpose,
        value: &T,
        binding: &[u8],
    ) -> Result<String, SealFailed> {
        let mut text = serde_json::to_vec(value).map_err(|_| SealFailed)?;
        let key = self.versions.get(&self.mint).and_then(|keys| keys.sealing(purpose)).ok_or(SealFailed)?;
        let nonce = key.seal_in_place_append_tag(bound(purpose, binding), &mut text)?;
        let sealed = [nonce.as_ref().as_slice(), &text].concat();
        Ok(format!("{}.{}", self.mint, base64url::encode(&sealed)))
    }

    /// Opens what [`PageKeys::seal`] made; nothing for anything else, whatever is wrong with it.
    pub fn open<T: DeserializeOwned>(&self, purpose: Purpose, sealed: &str, binding: &[u8]) -> Option<T> {
        let (children, rest) = self.version_of(sealed)?;
        let mut bytes = base64url::decode(rest)?;
        let (nonce, text) = bytes.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let text = children.sealing(purpose)?.open_in_place(nonce, bound(purpose, binding), text).ok()?;
        serde_json::from_slice(text).ok()
    }

    /// A hash that only we can make: of names and addresses, which are too few to be hidden by a plain one.
    pub fn keyed_hash(&self, parts: &[&[u8]]) -> String {
        let key = self.versions.get(&self.mint).map(|keys| &keys.csrf);
        key.map_or_else(String::new, |key| base64url::encode(hmac::sign(key, &bound_hash(parts)).as_ref()))
    }

    /// The CSRF key that mints, with its version.
    pub(crate) fn csrf_key(&self) -> Option<(u32, &hmac::Key)> {
        self.versions.get(&self.mint).map(|keys| (self.mint, &keys.csrf))
    }

    /// The CSRF key that a token names, and the rest of the token.
    pub(crate) fn csrf_key_of<'a>(&self, token: &'a str) -> Option<(&hmac::Key, &'a str)> {
        self.version_of(token).map(|(keys, rest)| (&keys.csrf, rest))
    }

    fn version_of<'a>(&self, text: &'a str) -> Option<(&Children, &'a str)> {
        let (written, rest) = text.split_once('.')?;
        let version: u32 = written.parse().ok()?;
        // One writing a version: `01` and `+1` are not ours.
        if version.to_string() != written {
            return None;
        }
        Some((self.versions.get(&version)?, rest))
    }
}

impl fmt::Debug for PageKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "PageKeys(versions {:?}, redacted)", self.versions.keys().collect::<Vec<_>>())
    }
}

/// Joins what a seal is bound to. Each part goes with its length, so no byte can move into its neighbour.
pub fn binding(parts: &[&[u8]]) -> Vec<u8> {
    let mut joined = Vec::new();
    for part in parts {
        joined.extend_from_slice(&(part.len() as u64).to_be_bytes());
        joined.extend_from_slice(part);
    }
    joined
}

/// These bytes begin with a label of their own, so no CSRF token is made of them.
fn bound_hash(parts: &[&[u8]]) -> Vec<u8> {
    let labelled: Vec<&[u8]> = [b"keyed hash".as_slice()].into_iter().chain(parts.iter().copied()).collect();
    binding(&labelled)
}

fn bound(purpose: Purpose, to: &[u8]) -> Aad<Vec<u8>> {
    Aad::from(binding(&[purpose.label(), to]))
}

#[cfg(test)]
pub(crate) mod tests;
