//! A flow: what is kept for the few minutes a person takes, where it cannot stand in a URL: an authorization request that
//! is too long, or the way to an upstream provider and back.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use smart_verify::base64url;
use smart_verify::time::UnixSeconds;

use crate::random;
use crate::upstream::RoundTrip;

/// How long a flow is kept: 15 minutes, longer than the steps of an authorization.
pub const FLOW_LIFETIME: Duration = Duration::from_secs(900);

const PREFIX: &str = "flow_";

/// A handle: 32 random bytes.
#[derive(Clone)]
pub struct FlowHandle(String);

impl FlowHandle {
    /// Draws a new one.
    pub fn draw() -> Self {
        Self(format!("{PREFIX}{}", random::text::<32>()))
    }

    /// Reads a handle; nothing for what we cannot have drawn.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = base64url::decode(text.strip_prefix(PREFIX)?)?;
        (bytes.len() == 32).then(|| Self(text.to_owned()))
    }

    /// The handle, for the URL.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The name by which the store knows its flow.
    pub fn key(&self) -> String {
        random::sha256(self.0.as_bytes())
    }
}

impl fmt::Debug for FlowHandle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("FlowHandle(redacted)")
    }
}

/// A flow, as it is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// SHA-256 of its handle.
    pub key: String,
    /// SHA-256 of the id of the pre-session that it belongs to.
    pub browser: String,
    /// The authorization request, as a query; empty if none waits for the end of a sign-in.
    pub request: String,
    /// What must come back from the upstream provider, if it leads there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_trip: Option<RoundTrip>,
    /// When it began.
    pub began_at: UnixSeconds,
    /// When it ends.
    pub expires_at: UnixSeconds,
}

impl Flow {
    /// The flow of a request that a browser brought.
    pub fn new(handle: &FlowHandle, pre_session: &[u8], request: String, now: UnixSeconds) -> Self {
        let browser = random::sha256(pre_session);
        Self {
            key: handle.key(),
            browser,
            request,
            round_trip: None,
            began_at: now,
            expires_at: now + FLOW_LIFETIME,
        }
    }

    /// The same, leading to an upstream provider.
    #[must_use]
    pub fn by_way_of(self, round_trip: RoundTrip) -> Self {
        Self { round_trip: Some(round_trip), ..self }
    }

    /// Whether it is of this browser.
    pub fn is_of(&self, pre_session: &[u8]) -> bool {
        self.browser == random::sha256(pre_session)
    }
}

impl fmt::Debug for Flow {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Flow(until {}, the rest redacted)", self.expires_at.0)
    }
}
