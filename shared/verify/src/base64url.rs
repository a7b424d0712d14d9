//! Base64url without padding, the form in which JOSE and this service write bytes.
//!
//! Source: RFC 7515 §2.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Writes bytes as base64url text without padding.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads strict base64url: no padding, no other alphabet, no loose bits at the end.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_read_back_and_other_forms_are_refused() {
        assert_eq!(decode(&encode(&[0, 255, 7])), Some(vec![0, 255, 7]));
        for refused in ["AA==", "A", "AB", "a+b/", "AA\n", " AA"] {
            assert_eq!(decode(refused), None, "{refused}");
        }
    }
}
