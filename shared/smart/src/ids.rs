//! Ids that belong to no kind of client or user: of grants, and of the requests that write them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::random;

/// The name of a grant: known to the codes of it alone. Everywhere else it goes by its [`GrantKey`].
#[derive(Clone)]
pub struct GrantId([u8; Self::LENGTH]);

impl GrantId {
    /// 16 bytes.
    pub const LENGTH: usize = 16;

    /// Draws a new one.
    pub fn draw() -> Self {
        Self(random::bytes())
    }

    /// The grant of these bytes.
    pub const fn from_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// The name by which the store knows it.
    pub fn key(&self) -> GrantKey {
        GrantKey(random::sha256(&self.0))
    }
}

impl fmt::Debug for GrantId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("GrantId(redacted)")
    }
}

/// A grant's key in its table: SHA-256 of its id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GrantKey(pub String);

/// 128 random bits that name the request which wrote a grant last, so that a request sent again by ourselves knows
/// its own success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(String);

impl RequestId {
    /// Draws a new one.
    pub fn draw() -> Self {
        Self(random::text::<16>())
    }
}
