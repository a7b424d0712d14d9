//! The signed assertion of a client: every rule in one list, and each says which one failed.
//!
//! What an assertion can keep by itself is checked first, before any record is read; then who it comes from, which key
//! it names, and at last its signature.

mod rules;
mod statement;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use jsonwebtoken::Algorithm;
use smart_verify::jws::CompactJws;
use smart_verify::time::UnixSeconds;

use super::jwks;
use super::replay::UnspentAssertion;
use crate::client::{AuthMethod, Client, ClientId};
use crate::error::{ErrorCode, OAuthError};
use crate::ports::JwksSource;

pub use rules::ExpectedAssertion;
pub(super) use rules::RULES;
pub(super) use statement::{Half, Statement};

/// The only type of assertion.
///
/// Source: RFC 7523 §2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An assertion that keeps every rule it can keep by itself; whether its client exists and signed it is not known yet.
pub(super) struct UnverifiedAssertion {
    text: String,
    client_id: ClientId,
    header: UnverifiedHeader,
    jti: String,
    expires_at: UnixSeconds,
}

/// Which key is said to have signed, and how.
pub(super) struct UnverifiedHeader {
    pub(super) algorithm: Algorithm,
    pub(super) kid: String,
    pub(super) jku: Option<String>,
}

impl fmt::Debug for UnverifiedAssertion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "UnverifiedAssertion({}, redacted)", self.client_id)
    }
}

pub(super) fn refuse(reason: &'static str, sentence: impl Into<Cow<'static, str>>) -> OAuthError {
    ErrorCode::InvalidClient.because(reason, sentence)
}

/// One sentence for an id that is unknown and one that is disabled; the log knows which.
pub(super) fn no_such_client(cause: &'static str) -> OAuthError {
    refuse("assertion_client", "no client of the id in iss and sub may authenticate here.").logging(cause)
}

impl UnverifiedHeader {
    /// Reads what the key rules need, of a header that keeps its own.
    pub(super) fn of(statement: &Statement, expected: &ExpectedAssertion<'_>) -> Result<Self, OAuthError> {
        Ok(Self {
            algorithm: rules::algorithm(statement, expected)?,
            kid: rules::kid(statement)?.to_owned(),
            jku: rules::jku(statement)?.map(str::to_owned),
        })
    }
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
        expected: &ExpectedAssertion<'_>,
    ) -> Result<Self, OAuthError> {
        if assertion_type != Some(ASSERTION_TYPE) {
            return Err(refuse("assertion_type", format!("client_assertion_type must be {ASSERTION_TYPE}.")));
        }
        let text = text.ok_or_else(|| refuse("assertion_missing", "client_assertion is missing."))?;
        let (_, statement) = Statement::read(text)?;
        for rule in &RULES {
            (rule.check)(&statement, expected)?;
        }
        Ok(Self {
            text: text.to_owned(),
            client_id: rules::client_id(&statement)?,
            header: UnverifiedHeader::of(&statement, expected)?,
            jti: rules::jti(&statement)?.to_owned(),
            expires_at: rules::expiry(&statement, expected.now)?,
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
        let client = client.ok_or_else(|| no_such_client("no such client"))?;
        if client.disabled {
            return Err(no_such_client("the client is disabled"));
        }
        if client.metadata.token_endpoint_auth_method != AuthMethod::PrivateKeyJwt {
            return Err(refuse("assertion_method", "this client is not registered for private_key_jwt."));
        }
        let registered = client.metadata.jwks_uri.as_ref().map(|uri| uri.as_str());
        jwks::check_address(self.header.jku.as_deref(), registered)?;
        let key = jwks::verifying_key(&client, &self.header, source, now).await?;
        let (jws, _) = Statement::read(&self.text)?;
        check_signature(&jws, self.header.algorithm, &key)?;
        Ok((client, UnspentAssertion { jti: self.jti, expires_at: self.expires_at }))
    }
}

/// Source: RFC 7523 §3, item 9; RFC 7515 §5.2, step 8.
pub(super) fn check_signature(
    jws: &CompactJws<'_>,
    algorithm: Algorithm,
    key: &jsonwebtoken::jwk::Jwk,
) -> Result<(), OAuthError> {
    jws.verify(algorithm, key).map_err(|_| {
        refuse("assertion_signature", "the signature does not hold under the registered key of that kid.")
    })
}

#[cfg(test)]
mod tests;
