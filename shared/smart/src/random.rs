//! Unguessable values, drawn from the operating system, and the hashes they are remembered by.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Draws `N` random bytes from the operating system's generator.
///
/// # Panics
/// When the operating system has no randomness to give: nothing safe can be done then.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut drawn = [0; N];
    aws_lc_rs::rand::fill(&mut drawn).expect("the operating system gives random bytes");
    drawn
}

/// `N` random bytes as base64url text without padding.
pub fn text<const N: usize>() -> String {
    base64url(&bytes::<N>())
}

/// Base64url without padding, the form in which JOSE and this service write bytes.
///
/// Source: RFC 7515 §2.
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads strict base64url: no padding, no other alphabet, no loose bits at the end.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// 32 bytes that only who knows the secret can make, from it and something public.
pub fn derived(secret: &[u8; 32], from: &[u8]) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), from);
    let mut bytes = [0; 32];
    bytes.copy_from_slice(tag.as_ref());
    bytes
}

/// The SHA-256 of some bytes as base64url text: how secrets and handles are remembered.
pub fn sha256(bytes: &[u8]) -> String {
    base64url(digest(&SHA256, bytes).as_ref())
}
