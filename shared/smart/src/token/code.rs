//! The authorization code: names a grant, proves that we made it, and is good for one minute.

use std::fmt;
use std::time::Duration;

use crate::error::{ErrorCode, OAuthError};
use crate::ids::GrantId;
use crate::mac::{MacPurpose, TokenMacs};
use crate::random;

/// How long a code may be redeemed: 60 seconds.
///
/// Source: SMART App Launch 2.2, app-launch#obtain-authorization-code (about one minute).
pub const CODE_LIFETIME: Duration = Duration::from_secs(60);

const ID: usize = GrantId::LENGTH;
const SECRET: usize = 32;

/// A code whose MAC holds, or one that is about to be written: the grant it stands for, and its secret.
///
/// It is written `code_{key version}_{base64url(grant id, secret, MAC)}`.
pub struct AuthorizationCode {
    grant: GrantId,
    secret: [u8; SECRET],
}

impl AuthorizationCode {
    /// Draws a code for a grant that is about to be put.
    pub fn draw() -> Self {
        Self { grant: GrantId::draw(), secret: random::bytes() }
    }

    /// The code of these parts, which were sealed into the consent page when it was made.
    pub const fn of_parts(grant: GrantId, secret: [u8; SECRET]) -> Self {
        Self { grant, secret }
    }

    /// The parts, to be sealed into the consent page.
    pub const fn parts(&self) -> (&GrantId, &[u8; SECRET]) {
        (&self.grant, &self.secret)
    }

    /// The grant it stands for.
    pub const fn grant(&self) -> &GrantId {
        &self.grant
    }

    /// What is remembered of its secret.
    pub fn secret_hash(&self) -> String {
        random::sha256(&self.secret)
    }

    fn body(&self) -> [u8; ID + SECRET] {
        let mut body = [0; ID + SECRET];
        body[..ID].copy_from_slice(self.grant.bytes());
        body[ID..].copy_from_slice(&self.secret);
        body
    }

    /// Writes the code for its way through the browser.
    ///
    /// # Panics
    /// Never: the version that mints has a key.
    pub fn write(&self, macs: &TokenMacs) -> String {
        macs.seal(MacPurpose::Code, macs.minting_version(), &self.body())
            .expect("the minting version has a key")
    }

    /// Reads a code. What we did not write is refused before anything is read from a store.
    ///
    /// # Errors
    /// `invalid_grant`.
    pub fn read(text: &str, macs: &TokenMacs) -> Result<Self, OAuthError> {
        let sentence = "the code is not one that was issued here.";
        Self::verified(text, macs).ok_or_else(|| ErrorCode::InvalidGrant.because("code_forged", sentence))
    }

    fn verified(text: &str, macs: &TokenMacs) -> Option<Self> {
        let (_, parts) = macs.open(MacPurpose::Code, text)?;
        let (grant, secret) = parts.split_at_checked(ID)?;
        Some(Self { grant: GrantId::from_bytes(grant.try_into().ok()?), secret: secret.try_into().ok()? })
    }
}

impl fmt::Debug for AuthorizationCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("AuthorizationCode(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use smart_verify::base64url;

    use super::*;

    fn macs() -> TokenMacs {
        TokenMacs::derive(&BTreeMap::from([(1, [7; 32]), (2, [8; 32])]), 1).unwrap()
    }

    #[test]
    fn a_code_reads_back_as_it_was_written() {
        let code = AuthorizationCode::draw();
        let read = AuthorizationCode::read(&code.write(&macs()), &macs()).unwrap();
        assert_eq!(read.parts().1, code.parts().1);
        assert_eq!(read.grant().key(), code.grant().key());
    }

    #[test]
    fn c01_a_code_with_any_byte_changed_is_refused() {
        let text = AuthorizationCode::draw().write(&macs());
        for place in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(
                AuthorizationCode::read(&changed, &macs()).unwrap_err().code(),
                ErrorCode::InvalidGrant,
                "{place}"
            );
        }
        for junk in [
            "",
            "code_",
            "code_1_",
            "code_1",
            "code_01_AAAA",
            "x",
            "code_1_\0",
            "CLIENT#x",
            &"a".repeat(4096),
        ] {
            assert!(AuthorizationCode::read(junk, &macs()).is_err());
        }
    }

    #[test]
    fn c15_halves_of_two_codes_do_not_make_a_third() {
        let (one, other) = (AuthorizationCode::draw(), AuthorizationCode::draw());
        let spliced = AuthorizationCode::of_parts(one.grant().clone(), *other.parts().1);
        let mac_of_one = base64url::decode(one.write(&macs()).strip_prefix("code_1_").unwrap()).unwrap();
        let text = base64url::encode(&[&spliced.body()[..], &mac_of_one[ID + SECRET..]].concat());
        assert!(AuthorizationCode::read(&format!("code_1_{text}"), &macs()).is_err());
    }

    #[test]
    fn a_new_key_version_is_accepted_before_it_mints() {
        let newer = TokenMacs::derive(&BTreeMap::from([(1, [7; 32]), (2, [8; 32])]), 2).unwrap();
        let text = AuthorizationCode::draw().write(&newer);
        assert!(text.starts_with("code_2_"));
        assert!(AuthorizationCode::read(&text, &macs()).is_ok());
        let older = TokenMacs::derive(&BTreeMap::from([(1, [7; 32])]), 1).unwrap();
        assert!(AuthorizationCode::read(&text, &older).is_err());
    }
}
