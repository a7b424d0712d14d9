//! The name of a client.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::random;

/// A client's id: up to 64 unreserved characters. Those we give carry 128 random bits, so that nobody guesses one.
///
/// Source: RFC 6749 §2.2 and Appendix A.1 (narrower here, so that every encoding reads the same).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientId(String);

/// The text is no client id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a client_id has 1 to 64 of the characters A-Z a-z 0-9 - _ . ~")]
pub struct NotAClientId;

impl ClientId {
    /// A new id that nobody guesses.
    pub fn generate() -> Self {
        Self(random::text::<16>())
    }

    /// An id that no client has: what an impossible one in a path is read as, so that both are answered alike.
    pub fn nobodys() -> Self {
        Self("~nobody~".to_owned())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClientId {
    type Err = NotAClientId;

    fn from_str(text: &str) -> Result<Self, NotAClientId> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let fits = (1..=64).contains(&text.len()) && text.bytes().all(unreserved);
        if fits { Ok(Self(text.to_owned())) } else { Err(NotAClientId) }
    }
}

impl TryFrom<String> for ClientId {
    type Error = NotAClientId;

    fn try_from(text: String) -> Result<Self, NotAClientId> {
        text.parse()
    }
}

impl From<ClientId> for String {
    fn from(id: ClientId) -> Self {
        id.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
