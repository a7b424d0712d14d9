//! Unguessable values, drawn from the operating system, and the hashes they are remembered by.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use smart_verify::base64url;

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
    base64url::encode(&bytes::<N>())
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
    base64url::encode(digest(&SHA256, bytes).as_ref())
}
