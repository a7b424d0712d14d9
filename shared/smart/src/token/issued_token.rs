//! A token that somebody shows: whether it is one of ours, and which kind.

use jsonwebtoken::jwk::JwkSet;
use smart_verify::access_token::{self, AccessToken, Expected};
use smart_verify::time::UnixSeconds;

use super::RefreshToken;
use crate::ids::GrantKey;
use crate::mac::TokenMacs;

/// A token that we made and that has not ended by itself. Whether it was revoked only the store knows.
#[derive(Debug)]
pub enum IssuedToken {
    /// An access token, its signature good.
    Access(Box<AccessToken>),
    /// A refresh token, its MAC good.
    Refresh(RefreshToken),
}

impl IssuedToken {
    /// Recognises a token by what it is, whatever its sender takes it for: a wrong `token_type_hint` hides nothing.
    ///
    /// Source: RFC 7009 §2.1 and RFC 7662 §2.1 (the hint may be ignored).
    pub fn recognise(
        text: &str,
        keys: &JwkSet,
        expected: &Expected,
        macs: &TokenMacs,
        now: UnixSeconds,
    ) -> Option<Self> {
        if let Ok(token) = RefreshToken::read(text, macs) {
            return Some(Self::Refresh(token));
        }
        access_token::verify(text, keys, expected, now).ok().map(|token| Self::Access(Box::new(token)))
    }

    /// The client it was given to.
    pub fn client_id(&self) -> &str {
        match self {
            Self::Access(token) => &token.client_id,
            Self::Refresh(token) => token.client_id().as_str(),
        }
    }

    /// The grant it comes from; a backend service's token has none.
    pub fn grant(&self) -> Option<GrantKey> {
        match self {
            Self::Access(token) => token.grant.clone().map(GrantKey),
            Self::Refresh(token) => Some(token.grant().key()),
        }
    }
}
