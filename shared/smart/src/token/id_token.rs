//! id_tokens: who the person is, for the app alone.

use std::time::Duration;

use serde::Serialize;
use smart_verify::time::UnixSeconds;

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

/// Who an id_token is about.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// Who they are here.
    pub subject: &'a str,
    /// When they signed in; 0 if that is unknown.
    pub auth_time: UnixSeconds,
    /// Their FHIR resource, if the app may know it.
    pub fhir_user: Option<&'a str>,
}

impl<'a> IdToken<'a> {
    /// The id_token for a client. Only the first one of a grant echoes the nonce.
    ///
    /// Source: OpenID Connect Core 1.0 §12.2 (an id_token of a refresh has the same `auth_time`, and should have no nonce).
    pub fn new(
        issuer: &'a str,
        client_id: &'a str,
        person: Person<'a>,
        nonce: Option<&'a str>,
        now: UnixSeconds,
    ) -> Self {
        Self {
            iss: issuer,
            sub: person.subject,
            aud: client_id,
            iat: now,
            exp: now + LIFETIME,
            auth_time: Some(person.auth_time).filter(|time| *time != UnixSeconds::default()),
            nonce,
            fhir_user: person.fhir_user,
        }
    }
}
