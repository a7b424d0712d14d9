//! Codes and tokens: what is in them, and how ours are recognised.

mod code;
pub mod id_token;
mod issued_token;
mod refresh_token;

use std::time::Duration;

use smart_verify::access_token::{AccessToken, Expected};
use smart_verify::time::UnixSeconds;

use crate::narrowing::GrantedScopes;
use crate::random;

pub use code::{AuthorizationCode, CODE_LIFETIME};
pub use issued_token::IssuedToken;
pub use refresh_token::RefreshToken;

/// For whom a token acts, and what it allows.
#[derive(Clone, Copy, Debug)]
pub struct Bearer<'a> {
    /// The user, or the client itself.
    pub subject: &'a str,
    /// The client that bears it.
    pub client_id: &'a str,
    /// What it allows.
    pub scope: &'a GrantedScopes,
}

/// The claims of an access token without context, which lives `lifetime` from `now`.
pub fn claims(place: &Expected, bearer: Bearer<'_>, lifetime: Duration, now: UnixSeconds) -> AccessToken {
    AccessToken {
        issuer: place.issuer.clone(),
        audience: place.audience.clone(),
        subject: bearer.subject.to_owned(),
        client_id: bearer.client_id.to_owned(),
        scope: bearer.scope.set().clone(),
        patient: None,
        encounter: None,
        fhir_user: None,
        grant: None,
        jti: random::text::<16>(),
        issued_at: now,
        expires_at: now + lifetime,
    }
}
