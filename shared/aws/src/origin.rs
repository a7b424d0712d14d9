//! CloudFront before the API: the secrets that tell its requests from all others, and the viewer that it names.

use std::net::IpAddr;

use http::HeaderMap;
use smart_verify::jws::sha256_digest;
use subtle::{Choice, ConstantTimeEq as _};

use crate::StartError;
use crate::config::Environment;

/// The secrets that CloudFront may send, as SHA-256: none without CloudFront, two while one replaces the other.
#[derive(Clone, Debug, Default)]
pub struct Origin(Vec<[u8; 32]>);

/// How a request reached a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    /// Through the API, where no CloudFront is set up.
    Api,
    /// Through CloudFront, which names the address of its viewer.
    CloudFront(Option<IpAddr>),
    /// Through the API, although CloudFront is set up.
    AroundCloudFront,
}

impl Origin {
    /// Reads `ORIGIN_SECRET_HASH`: empty, one hash in hexadecimal, or two separated by a comma.
    ///
    /// # Errors
    /// When it is anything else: the function must not start, because it could not tell who may be answered.
    pub fn of(environment: &Environment) -> Result<Self, StartError> {
        let Some(text) = environment.get("ORIGIN_SECRET_HASH") else { return Ok(Self::default()) };
        let hashes: Option<Vec<_>> = text.split(',').map(hash).collect();
        hashes.filter(|hashes| hashes.len() <= 2).map(Self).ok_or_else(|| {
            let expected = "one SHA-256 in lower-case hexadecimal, or two separated by a comma";
            StartError::Other(format!("ORIGIN_SECRET_HASH must be {expected}"))
        })
    }

    /// How a request with these headers reached us. The secret is compared in constant time.
    ///
    /// Source: Amazon CloudFront Developer Guide, "Add custom headers to origin requests" and "Add CloudFront request
    /// headers", CloudFront-Viewer-Address.
    pub(crate) fn via(&self, headers: &HeaderMap) -> Via {
        if self.0.is_empty() {
            return Via::Api;
        }
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let secret = header("x-origin-secret").unwrap_or_default();
        let sent = sha256_digest(secret);
        let known = self.0.iter().fold(Choice::from(0), |known, hash| known | hash.ct_eq(&sent));
        // Every request without the header would match the hash of an empty secret.
        if secret.is_empty() || !bool::from(known) {
            return Via::AroundCloudFront;
        }
        let viewer = header("cloudfront-viewer-address").and_then(|viewer| viewer.rsplit_once(':'));
        Via::CloudFront(viewer.and_then(|(address, _port)| address.trim_matches(['[', ']']).parse().ok()))
    }
}

/// A hash from its 64 hexadecimal digits.
fn hash(digits: &str) -> Option<[u8; 32]> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if digits.len() != 64 || !digits.bytes().all(is_digit) {
        return None;
    }
    let mut hash = [0; 32];
    for (byte, pair) in hash.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
pub(crate) mod tests;
