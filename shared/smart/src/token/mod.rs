//! Tokens: what is in them, how long they live, how they are answered.

pub mod id_token;
mod known;
mod refresh_token;
mod response;

use std::time::Duration;

use serde::Serialize;
use smart_verify::access_token::{AccessToken, Expected};
use smart_verify::base64url;
use smart_verify::jws;
use smart_verify::time::UnixSeconds;

use crate::error::{OAuthError, Unreachable};
use crate::narrowing::GrantedScopes;
use crate::ports::Signer;
use crate::random;
use crate::signing_keys::SigningAlgorithm;

pub use known::KnownToken;
pub use refresh_token::RefreshToken;
pub use response::TokenResponse;

/// What a token says that acts for a client or user, without context, living `lifetime` from `now`.
pub fn claims(
    place: &Expected,
    subject: &str,
    client_id: &str,
    scope: &GrantedScopes,
    now: UnixSeconds,
    lifetime: Duration,
) -> AccessToken {
    AccessToken {
        issuer: place.issuer.clone(),
        audience: place.audience.clone(),
        subject: subject.to_owned(),
        client_id: client_id.to_owned(),
        scope: scope.set().clone(),
        patient: None,
        encounter: None,
        fhir_user: None,
        grant: None,
        jti: random::text::<16>(),
        issued_at: now,
        expires_at: now + lifetime,
    }
}

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
    token.push_str(&base64url::encode(&signature));
    Ok(token)
}
