//! id_tokens: who the person is, for the app alone.

use std::time::Duration;

use serde::Serialize;
use smart_verify::time::UnixSeconds;

use crate::discovery::Service;
use crate::grant::Grant;
use crate::narrowing::GrantedScopes;

/// How long an id_token may be looked at: 5 minutes, enough to read it once.
pub const LIFETIME: Duration = Duration::from_secs(300);

/// The `typ` of an id_token, which is not that of an access token.
pub const TYPE: &str = "JWT";

/// What an id_token says.
///
/// Source: OpenID Connect Core 1.0 §2; SMART App Launch 2.2, scopes-and-launch-context#scopes-for-requesting-identity-data.
#[derive(Debug, Serialize)]
pub struct IdToken<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: UnixSeconds,
    exp: UnixSeconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<UnixSeconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    #[serde(rename = "fhirUser", skip_serializing_if = "Option::is_none")]
    fhir_user: Option<&'a str>,
}

impl<'a> IdToken<'a> {
    /// The id_token of a grant, as far as `scope` goes. Only the first one echoes the nonce.
    ///
    /// Source: OpenID Connect Core 1.0 §12.2 (an id_token of a refresh has the same `auth_time`, and should have no nonce).
    pub fn of(
        grant: &'a Grant,
        scope: &GrantedScopes,
        nonce: Option<&'a str>,
        service: &'a Service,
        now: UnixSeconds,
    ) -> Self {
        Self {
            iss: service.issuer(),
            sub: &grant.subject,
            aud: grant.client_id.as_str(),
            iat: now,
            exp: now + LIFETIME,
            auth_time: Some(grant.auth_time).filter(|time| *time != UnixSeconds::default()),
            nonce,
            fhir_user: grant.fhir_user.as_deref().filter(|_| scope.set().wants_fhir_user()),
        }
    }
}
