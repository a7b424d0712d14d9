//! What an assertion says, decoded and not believed.

use serde_json::{Map, Value};
use smart_verify::jws::CompactJws;

use super::refuse;
use crate::error::OAuthError;

/// The two halves of an assertion that say something. Types are checked, not coerced: a number is a whole one, a text
/// is a text.
#[derive(Debug)]
pub(in crate::client_auth) struct Statement {
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

/// The half in which a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::client_auth) enum Half {
    Header,
    Claims,
}

impl Statement {
    /// Decodes an assertion.
    ///
    /// Source: RFC 7515 §5.2; RFC 7519 §4 (a name must stand once).
    pub(in crate::client_auth) fn read(text: &str) -> Result<(CompactJws<'_>, Self), OAuthError> {
        let jws = CompactJws::split(text).map_err(|_| {
            let sentence = "client_assertion is not a signed JWT: three parts of base64url without padding, 16 KiB at most.";
            refuse("assertion_malformed", sentence)
        })?;
        let header = jws.unverified_header().ok_or_else(|| {
            let sentence = "the header is not a JSON object in which every name stands once.";
            refuse("assertion_malformed", sentence)
        })?;
        let claims = jws.unverified_payload().ok_or_else(|| {
            let sentence = "the claims are not a JSON object in which every name stands once.";
            refuse("assertion_claims", sentence)
        })?;
        Ok((jws, Self { header, claims }))
    }

    /// A member, whatever it is.
    pub(in crate::client_auth) fn get(&self, half: Half, name: &str) -> Option<&Value> {
        match half {
            Half::Header => self.header.get(name),
            Half::Claims => self.claims.get(name),
        }
    }

    /// A text of the header; nothing for what is of another type.
    pub(super) fn header_text(&self, name: &str) -> Option<&str> {
        self.header.get(name)?.as_str()
    }

    /// A claim that must be a text.
    pub(super) fn text(&self, name: &'static str) -> Result<&str, OAuthError> {
        let value = self.claims.get(name).and_then(Value::as_str);
        value.ok_or_else(|| refuse("assertion_claims", format!("the claim {name} must be there, as a text.")))
    }

    /// A claim that is a whole number of seconds where it is there.
    pub(super) fn seconds(&self, name: &'static str) -> Result<Option<u64>, OAuthError> {
        let Some(value) = self.claims.get(name) else {
            return Ok(None);
        };
        let seconds = value.as_u64().ok_or_else(|| {
            let sentence =
                format!("the claim {name} must be a whole number of seconds since 1970, and no text.");
            refuse("assertion_claims", sentence)
        })?;
        Ok(Some(seconds))
    }
}
