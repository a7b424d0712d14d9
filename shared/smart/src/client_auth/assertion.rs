//! The signed assertion of a client: every rule in one list, and each says which one failed.

use std::fmt;
use std::sync::Arc;

use jsonwebtoken::Algorithm;
use serde::{Deserialize, Deserializer};

use super::{CLOCK_LEEWAY, UnspentAssertion, jwks};
use crate::client::{ASSERTION_ALGORITHMS, AuthMethod, Client, ClientId};
use crate::discovery::Service;
use crate::error::{ErrorCode, OAuthError};
use crate::jws::{NotVerified, UnverifiedJws};
use crate::ports::JwksSource;
use crate::time::UnixSeconds;

/// How far ahead `exp` may be: 300 seconds.
///
/// Source: SMART App Launch 2.2, client-confidential-asymmetric#authenticating-to-the-token-endpoint.
const MAX_AHEAD: u64 = 300;

/// The longest `jti` that is remembered.
const MAX_JTI: usize = 256;

/// The only type of assertion.
///
/// Source: RFC 7523 §2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The claims of an assertion. Types are checked, not coerced: a number is a whole one, a text is a text.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: u64,
    #[serde(default, deserialize_with = "whole_number")]
    nbf: Option<u64>,
    #[serde(default, deserialize_with = "whole_number")]
    iat: Option<u64>,
    jti: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

fn whole_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    u64::deserialize(from).map(Some)
}

/// An assertion that keeps every rule it can keep by itself; whether its client exists and signed it is not known yet.
pub(super) struct UnverifiedAssertion {
    text: String,
    client_id: ClientId,
    algorithm: Algorithm,
    kid: String,
    jku: Option<String>,
    jti: String,
    expires_at: UnixSeconds,
}

impl fmt::Debug for UnverifiedAssertion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "UnverifiedAssertion({}, redacted)", self.client_id)
    }
}

pub(super) fn refuse(
    reason: &'static str,
    sentence: impl Into<std::borrow::Cow<'static, str>>,
) -> OAuthError {
    ErrorCode::InvalidClient.because(reason, sentence)
}

impl UnverifiedAssertion {
    /// Reads an assertion and checks all that needs no client.
    ///
    /// Source: RFC 7521 §4.2; RFC 7523 §3; SMART App Launch 2.2, client-confidential-asymmetric.
    ///
    /// # Errors
    /// `invalid_client`, naming the first rule that does not hold.
    pub(super) fn read(
        text: Option<&str>,
        assertion_type: Option<&str>,
        service: &Service,
        now: UnixSeconds,
    ) -> Result<Self, OAuthError> {
        if assertion_type != Some(ASSERTION_TYPE) {
            return Err(refuse("assertion_type", format!("client_assertion_type must be {ASSERTION_TYPE}.")));
        }
        let text = text.ok_or_else(|| refuse("assertion_missing", "client_assertion is missing."))?;
        let jws = UnverifiedJws::parse(text).map_err(not_readable)?;
        let claims: Claims = jws.unverified_payload().map_err(|_| {
            let sentence = "the claims must be an object with iss, sub, aud and jti as texts and exp, nbf and iat as \
                whole numbers, each once.";
            refuse("assertion_claims", sentence)
        })?;
        let header = jws.unverified_header;
        check_typ(header.typ.as_deref())?;
        let algorithm = algorithm(&header.alg)?;
        let kid = header.kid.filter(|kid| !kid.is_empty() && kid.len() <= MAX_JTI);
        let kid =
            kid.ok_or_else(|| refuse("assertion_kid_missing", "the header must name the key by kid."))?;
        let client_id = issuer(&claims)?;
        check_audience(&claims.aud, service)?;
        check_times(&claims, now)?;
        if claims.jti.is_empty() || claims.jti.len() > MAX_JTI {
            return Err(refuse("assertion_jti", "jti must be a text of 1 to 256 bytes."));
        }
        let expires_at = UnixSeconds(claims.exp);
        Ok(Self {
            text: text.to_owned(),
            client_id,
            algorithm,
            kid,
            jku: header.jku,
            jti: claims.jti,
            expires_at,
        })
    }

    /// Who it says it comes from.
    pub(super) const fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// Verifies the signature by the one key of its client that fits.
    ///
    /// # Errors
    /// `invalid_client`, naming the rule; unknown and disabled clients share one sentence.
    pub(super) async fn verify(
        self,
        client: Option<Arc<Client>>,
        source: &impl JwksSource,
        now: UnixSeconds,
    ) -> Result<(Arc<Client>, UnspentAssertion), OAuthError> {
        let client = client.ok_or_else(|| {
            refuse("assertion_client", "no client of the id in iss and sub may authenticate here.")
        })?;
        if client.metadata.token_endpoint_auth_method != AuthMethod::PrivateKeyJwt {
            return Err(refuse("assertion_method", "this client is not registered for private_key_jwt."));
        }
        check_jku(self.jku.as_deref(), &client)?;
        let key = jwks::verifying_key(&client, &self.kid, self.algorithm, source, now).await?;
        let jws = UnverifiedJws::parse(&self.text).map_err(not_readable)?;
        jws.verify(self.algorithm, &key).map_err(|_| {
            refuse("assertion_signature", "the signature does not hold under the registered key of that kid.")
        })?;
        Ok((client, UnspentAssertion { jti: self.jti, expires_at: self.expires_at }))
    }
}

fn not_readable(reason: NotVerified) -> OAuthError {
    let sentence = match reason {
        NotVerified::Critical => "the header has crit, and no extension is understood here.",
        NotVerified::Json => "the header is not an object with alg, typ and kid as texts, each once.",
        _ => {
            "client_assertion is not a signed JWT: three parts of base64url without padding, 16 KiB at most."
        }
    };
    refuse("assertion_malformed", sentence)
}

/// Source: SMART App Launch 2.2, client-confidential-asymmetric (header `typ`, fixed value JWT).
fn check_typ(typ: Option<&str>) -> Result<(), OAuthError> {
    match typ {
        Some(typ) if typ.eq_ignore_ascii_case("JWT") => Ok(()),
        _ => Err(refuse("assertion_typ", "the header must have typ JWT.")),
    }
}

/// Source: SMART App Launch 2.2, client-confidential-asymmetric (RS384 and ES384); RFC 8725 §3.1.
fn algorithm(name: &str) -> Result<Algorithm, OAuthError> {
    let accepted = name.parse().ok().filter(|algorithm| ASSERTION_ALGORITHMS.contains(algorithm));
    accepted.ok_or_else(|| refuse("assertion_alg", "alg is not accepted; use RS384 or ES384."))
}

/// Source: RFC 7523 §3, items 1 and 2; SMART App Launch 2.2 (`iss` and `sub` are the client_id).
fn issuer(claims: &Claims) -> Result<ClientId, OAuthError> {
    if claims.iss != claims.sub {
        return Err(refuse("assertion_iss_sub", "iss and sub must both be the client_id; they differ."));
    }
    claims
        .iss
        .parse()
        .map_err(|_| refuse("assertion_client", "no client of the id in iss and sub may authenticate here."))
}

/// One audience, and it is us. Several would let another server in the list use the assertion here.
///
/// Source: RFC 7523 §3, item 3; SMART App Launch 2.2 (`aud` is the token URL).
fn check_audience(audience: &Audience, service: &Service) -> Result<(), OAuthError> {
    let only = match audience {
        Audience::One(audience) => Some(audience.as_str()),
        Audience::Many(list) if list.len() == 1 => Some(list[0].as_str()),
        Audience::Many(_) => None,
    };
    if only.is_some_and(|audience| service.is_assertion_audience(audience)) {
        return Ok(());
    }
    let sentence = format!("aud must be the token URL {} alone.", service.token_endpoint());
    Err(refuse("assertion_aud", sentence))
}

/// Source: RFC 7523 §3, items 4 to 6; SMART App Launch 2.2 (`exp` no more than five minutes in the future).
fn check_times(claims: &Claims, now: UnixSeconds) -> Result<(), OAuthError> {
    let leeway = CLOCK_LEEWAY.as_secs();
    if claims.exp.saturating_add(leeway) <= now.0 {
        let ago = now.0 - claims.exp;
        return Err(refuse("assertion_expired", format!("exp is {ago} s past by our clock.")));
    }
    let ahead = claims.exp.saturating_sub(now.0);
    if ahead > MAX_AHEAD + leeway {
        let sentence = format!("exp is {ahead} s ahead; at most {MAX_AHEAD} s is allowed.");
        return Err(refuse("assertion_exp_far", sentence));
    }
    for (name, moment) in [("nbf", claims.nbf), ("iat", claims.iat)] {
        let ahead = moment.unwrap_or_default().saturating_sub(now.0);
        if ahead > leeway {
            let sentence = format!("{name} is {ahead} s ahead of our clock; at most {leeway} s is allowed.");
            return Err(refuse("assertion_not_yet", sentence));
        }
    }
    Ok(())
}

/// A key address in the header is accepted only if it is the registered one, and is never fetched for being there.
///
/// Source: SMART App Launch 2.2, client-confidential-asymmetric#signature-verification.
fn check_jku(jku: Option<&str>, client: &Client) -> Result<(), OAuthError> {
    let registered = client.metadata.jwks_uri.as_ref().map(|uri| uri.as_str());
    match jku {
        Some(jku) if registered != Some(jku) => {
            Err(refuse("assertion_jku", "jku is not the registered jwks_uri; leave it out, or register it."))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
