//! The refresh token: names a grant, a place in its family and a client, and proves that we made it.

use std::fmt;

use crate::client::ClientId;
use crate::error::{ErrorCode, OAuthError};
use crate::ids::GrantId;
use crate::mac::{MacPurpose, TokenMacs};
use crate::random;

const ID: usize = GrantId::LENGTH;
const GENERATION: usize = 4;
const SECRET: usize = 32;

/// A refresh token whose MAC holds, or one that is about to be written.
///
/// It is written `refresh_{key version}_{base64url(grant id, generation, secret, client_id, MAC)}`. It names its client,
/// so that a public client need not name itself.
#[derive(Clone)]
pub struct RefreshToken {
    grant: GrantId,
    generation: u32,
    secret: [u8; SECRET],
    client_id: ClientId,
    mac_version: u32,
}

impl RefreshToken {
    /// The first of a family.
    pub fn first(grant: GrantId, client_id: ClientId, macs: &TokenMacs) -> Self {
        let mac_version = macs.minting_version();
        Self { grant, generation: 1, secret: random::bytes(), client_id, mac_version }
    }

    /// The one that follows this one. Its secret comes of this one's and of a salt that the grant keeps: whoever has this
    /// token can be given the same successor again, and nobody else can.
    pub fn successor(&self, salt: &str, mac_version: u32) -> Self {
        let secret = random::derived(&self.secret, salt.as_bytes());
        Self { generation: self.generation.saturating_add(1), secret, mac_version, ..self.clone() }
    }

    /// The grant it stands for.
    pub const fn grant(&self) -> &GrantId {
        &self.grant
    }

    /// Its place in the family, from 1.
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// The client it was given to.
    pub const fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// The version of the key that made its MAC.
    pub const fn mac_version(&self) -> u32 {
        self.mac_version
    }

    /// What is remembered of its secret.
    pub fn secret_hash(&self) -> String {
        random::sha256(&self.secret)
    }

    /// Writes it for its client.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the version of its MAC is not accepted any more, which a deployment brings about
    /// only if it leaves out one that still minted seconds ago.
    pub fn write(&self, macs: &TokenMacs) -> Result<String, OAuthError> {
        let generation = self.generation.to_be_bytes();
        let parts =
            [&self.grant.bytes()[..], &generation, &self.secret, self.client_id.as_str().as_bytes()].concat();
        macs.seal(MacPurpose::Refresh, self.mac_version, &parts).ok_or_else(|| {
            ErrorCode::TemporarilyUnavailable.because("mac_version_gone", "try again shortly.")
        })
    }

    /// Reads one. What we did not write is refused before anything is read from a store.
    ///
    /// # Errors
    /// `invalid_grant`.
    pub fn read(text: &str, macs: &TokenMacs) -> Result<Self, OAuthError> {
        let sentence = "the refresh token is not one that was issued here.";
        Self::verified(text, macs)
            .ok_or_else(|| ErrorCode::InvalidGrant.because("refresh_token_forged", sentence))
    }

    fn verified(text: &str, macs: &TokenMacs) -> Option<Self> {
        let (mac_version, parts) = macs.open(MacPurpose::Refresh, text)?;
        let (grant, rest) = parts.split_at_checked(ID)?;
        let (generation, rest) = rest.split_at_checked(GENERATION)?;
        let (secret, client_id) = rest.split_at_checked(SECRET)?;
        Some(Self {
            grant: GrantId::from_bytes(grant.try_into().ok()?),
            generation: u32::from_be_bytes(generation.try_into().ok()?),
            secret: secret.try_into().ok()?,
            client_id: std::str::from_utf8(client_id).ok()?.parse().ok()?,
            mac_version,
        })
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "RefreshToken(redacted, generation {})", self.generation)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::token::AuthorizationCode;

    fn macs(mint: u32) -> TokenMacs {
        TokenMacs::derive(&BTreeMap::from([(1, [7; 32]), (2, [8; 32])]), mint).unwrap()
    }

    fn first() -> RefreshToken {
        RefreshToken::first(GrantId::draw(), "app".parse().unwrap(), &macs(1))
    }

    #[test]
    fn a_refresh_token_reads_back_as_it_was_written() {
        let token = first();
        let read = RefreshToken::read(&token.write(&macs(1)).unwrap(), &macs(2)).unwrap();
        assert_eq!((read.secret, read.generation, read.mac_version), (token.secret, 1, 1));
        assert_eq!((read.grant().key(), read.client_id()), (token.grant().key(), &"app".parse().unwrap()));
    }

    #[test]
    fn r01_a_refresh_token_with_any_byte_changed_is_refused() {
        let text = first().write(&macs(1)).unwrap();
        for place in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            let refused = RefreshToken::read(&changed, &macs(1)).unwrap_err();
            assert_eq!(refused.code(), ErrorCode::InvalidGrant, "{place}");
        }
        for junk in ["", "refresh_", "refresh_1_", "refresh_1_AAAA", "refresh_01_AAAA", &"a".repeat(9000)] {
            assert!(RefreshToken::read(junk, &macs(1)).is_err(), "{junk}");
        }
    }

    #[test]
    fn c14_a_code_is_no_refresh_token_and_the_other_way_round() {
        let code = AuthorizationCode::draw().write(&macs(1));
        let token = first().write(&macs(1)).unwrap();
        assert!(RefreshToken::read(&code, &macs(1)).is_err());
        assert!(RefreshToken::read(&code.replace("code_", "refresh_"), &macs(1)).is_err());
        assert!(AuthorizationCode::read(&token, &macs(1)).is_err());
        assert!(AuthorizationCode::read(&token.replace("refresh_", "code_"), &macs(1)).is_err());
    }

    #[test]
    fn the_same_salt_gives_the_same_successor_and_another_salt_another() {
        let token = first();
        let [one, same, other] =
            ["a", "a", "b"].map(|salt| token.successor(salt, 2).write(&macs(2)).unwrap());
        assert!(one == same && one != other);
        assert_eq!(token.successor("a", 2).generation(), 2);
    }
}
