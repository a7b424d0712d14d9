//! Access tokens: JWTs that a FHIR server can check by itself.

use std::fmt;
use std::time::Duration;

use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::JwkSet;
use serde::{Deserialize, Serialize};

use crate::jws::{NotVerified, UnverifiedJws};
use crate::scope::ScopeSet;
use crate::time::{CLOCK_LEEWAY, UnixSeconds};

/// How long an app's access token lives: one hour.
pub const APP_LIFETIME: Duration = Duration::from_secs(3600);

/// How long a token lives that somebody gets on a page to try things: 15 minutes.
pub const TEST_LIFETIME: Duration = Duration::from_secs(900);

/// How long a backend service's access token lives: five minutes.
///
/// Source: SMART App Launch 2.2, backend-services#access-token-lifetime (should not exceed 300 seconds).
pub const BACKEND_LIFETIME: Duration = Duration::from_secs(300);

/// The `typ` that tells an access token from every other JWT.
///
/// Source: RFC 9068 §2.1.
pub const TYPE: &str = "at+jwt";

/// What an access token says.
///
/// Source: RFC 9068 §2.2; SMART App Launch 2.2, scopes-and-launch-context (launch context).
#[derive(Clone, Serialize, Deserialize)]
pub struct AccessToken {
    /// Who issued it.
    #[serde(rename = "iss")]
    pub issuer: String,
    /// The FHIR server it is good for.
    #[serde(rename = "aud")]
    pub audience: String,
    /// The user, or the client itself where there is none.
    #[serde(rename = "sub")]
    pub subject: String,
    /// The client it was given to.
    pub client_id: String,
    /// What it allows.
    pub scope: ScopeSet,
    /// The patient in context, a bare id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    /// The encounter in context, a bare id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encounter: Option<String>,
    /// The user's FHIR resource, an absolute URL.
    #[serde(rename = "fhirUser", skip_serializing_if = "Option::is_none")]
    pub fhir_user: Option<String>,
    /// The table key of the grant it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// This token's own name.
    pub jti: String,
    /// When it was issued.
    #[serde(rename = "iat")]
    pub issued_at: UnixSeconds,
    /// When it ends.
    #[serde(rename = "exp")]
    pub expires_at: UnixSeconds,
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "AccessToken(of {}, the rest redacted)", self.client_id)
    }
}

/// Who must have issued a token, and for whom.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The issuer.
    pub issuer: String,
    /// The FHIR base URL.
    pub audience: String,
}

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// It is not a JWT that can be believed.
    #[error(transparent)]
    NotVerified(#[from] NotVerified),
    /// It is a JWT of another kind, such as an id_token.
    #[error("not an access token")]
    Type,
    /// No published key has its `kid`, or its `alg` is unknown.
    #[error("signed by a key that is not published")]
    Key,
    /// Another issuer made it.
    #[error("of another issuer")]
    Issuer,
    /// It is good for another server.
    #[error("for another audience")]
    Audience,
    /// It has expired, or was issued more than 30 seconds ahead of our clock.
    #[error("expired")]
    Expired,
}

/// Believes an access token if it is one of ours for this audience, signed by a published key, and has not ended.
///
/// Source: RFC 9068 §4.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn verify(
    token: &str,
    keys: &JwkSet,
    expected: &Expected,
    now: UnixSeconds,
) -> Result<AccessToken, TokenRefused> {
    let jws = UnverifiedJws::parse(token)?;
    let header = &jws.unverified_header;
    let typ = header.typ.as_deref().unwrap_or_default();
    if !typ.eq_ignore_ascii_case(TYPE) && !typ.eq_ignore_ascii_case("application/at+jwt") {
        return Err(TokenRefused::Type);
    }
    let key = header.kid.as_deref().and_then(|kid| keys.find(kid)).ok_or(TokenRefused::Key)?;
    let algorithm: Algorithm = header.alg.parse().map_err(|_| TokenRefused::Key)?;
    jws.verify(algorithm, key)?;
    let token: AccessToken = jws.unverified_payload()?;
    if token.issuer != expected.issuer {
        return Err(TokenRefused::Issuer);
    }
    if token.audience != expected.audience {
        return Err(TokenRefused::Audience);
    }
    if token.expires_at <= now || token.issued_at > now + CLOCK_LEEWAY {
        return Err(TokenRefused::Expired);
    }
    Ok(token)
}
