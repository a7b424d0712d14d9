//! Tokens: what is in them, how long they live, how they are answered.

pub mod access_token;
pub mod id_token;
mod known;
mod refresh_token;
mod response;

use serde::Serialize;

use crate::error::{OAuthError, Unreachable};
use crate::ports::Signer;
use crate::signing_keys::SigningAlgorithm;
use crate::time::UnixSeconds;
use crate::{jws, random};

pub use access_token::AccessToken;
pub use known::KnownToken;
pub use refresh_token::RefreshToken;
pub use response::TokenResponse;

/// Signs claims by the key whose turn it is.
///
/// # Errors
/// When no key signs at this moment, or its keeper cannot be reached. Nothing has happened then.
pub async fn sign(
    signer: &impl Signer,
    typ: &str,
    claims: &(impl Serialize + Sync),
    now: UnixSeconds,
) -> Result<String, OAuthError> {
    let none = || Unreachable::new("signing keys", "no key of the schedule signs at this moment");
    let key = signer.keys().signing(SigningAlgorithm::RS256, now).ok_or_else(none)?;
    let mut token = jws::signing_input(typ, key.schedule().algorithm.name(), key.kid(), claims);
    let signature = signer.sign(key.kid(), &token).await?;
    token.push('.');
    token.push_str(&random::base64url(&signature));
    Ok(token)
}
