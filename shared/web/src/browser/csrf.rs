//! Tokens against forged forms: a POST counts only if the page that it comes from was ours, shown in this browser for
//! this very request.
//!
//! Source: RFC 6749 §10.12; OAuth 2.0 Security BCP (RFC 9700) §4.7.

use aws_lc_rs::hmac;
use smart_verify::base64url;

use crate::browser::seal::{PageKeys, binding};

/// The name of the hidden field that carries the token.
pub const FIELD: &str = "csrf";

/// The token for one form: bound to a session or pre-session id, to what the form does (`"sign-in"`, `"consent"`)
/// and to the request that it belongs to.
pub fn token(keys: &PageKeys, bound_to: &[u8], action: &str, request: &[u8]) -> String {
    // The minting version always has its keys: `PageKeys::derive` saw to it. An empty token would pass no check.
    keys.csrf_key().map_or_else(String::new, |(version, key)| {
        let mac = hmac::sign(key, &binding(&[bound_to, action.as_bytes(), request]));
        format!("{version}.{}", base64url::encode(mac.as_ref()))
    })
}

/// Whether this is the token for that form. Compares in constant time.
pub fn check(keys: &PageKeys, token: &str, bound_to: &[u8], action: &str, request: &[u8]) -> bool {
    let Some((key, mac)) = keys.csrf_key_of(token) else { return false };
    let Some(mac) = base64url::decode(mac) else { return false };
    hmac::verify(key, &binding(&[bound_to, action.as_bytes(), request]), &mac).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::seal::tests::keys;

    #[test]
    fn a_token_passes_for_its_own_form_alone() {
        let good = token(&keys(), b"session", "consent", b"request");
        assert!(check(&keys(), &good, b"session", "consent", b"request"));
        assert!(!check(&keys(), &good, b"another", "consent", b"request"));
        assert!(!check(&keys(), &good, b"session", "sign-in", b"request"));
        assert!(!check(&keys(), &good, b"session", "consent", b"another"));
        assert!(!check(&keys(), &good, b"sessionc", "onsent", b"request"));
    }

    #[test]
    fn s01_junk_never_passes() {
        let good = token(&keys(), b"session", "consent", b"request");
        let cut = &good[..good.len() - 1];
        let older = good.replacen("2.", "1.", 1);
        for junk in ["", ".", "2.", "2.AAAA", "é", "3.AAAA", cut, &older, &format!("{good}A")] {
            assert!(!check(&keys(), junk, b"session", "consent", b"request"), "{junk}");
        }
    }
}
