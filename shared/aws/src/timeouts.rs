//! How long a call to AWS may take: a person waits for the answer, and so does the gateway.

use std::time::Duration;

use aws_sdk_kms::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_kms::config::timeout::TimeoutConfig;

/// How often a call is tried.
pub(crate) const TRIES: u32 = 4;

/// How long one call may take, and what lies between its tries.
///
/// A flow waits for three calls one after the other. When something behind us is down it is one of them that uses up its
/// time, so that a request is answered within 3 seconds, by 503 and an invitation to come again, long before Lambda ends
/// it.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For one try.
    pub attempt: Duration,
    /// For all tries together.
    pub call: Duration,
    /// The longest wait before the second try; it doubles with each.
    pub backoff: Duration,
}

impl Timeouts {
    /// With AWS, where a call takes some 10 ms, and the first one a TLS handshake more.
    pub const WITH_AWS: Self = Self {
        attempt: Duration::from_millis(800),
        call: Duration::from_millis(2000),
        backoff: Duration::from_millis(50),
    };

    /// With AWS, when somebody at a command line waits: to make a key takes longer than to use one.
    pub const OF_AN_OPERATOR: Self = Self {
        attempt: Duration::from_secs(10),
        call: Duration::from_secs(30),
        backoff: Duration::from_millis(200),
    };

    /// With emulators, which may share a busy machine with a thousand requests.
    pub const WITH_EMULATORS: Self = Self {
        attempt: Duration::from_secs(600),
        call: Duration::from_secs(1200),
        backoff: Duration::from_millis(10),
    };

    pub(crate) fn timeout_config(&self) -> TimeoutConfig {
        let timeouts = TimeoutConfig::builder().connect_timeout(self.attempt);
        timeouts.operation_attempt_timeout(self.attempt).operation_timeout(self.call).build()
    }

    pub(crate) fn retry_config(&self) -> RetryConfig {
        let standard = RetryConfig::standard().with_max_attempts(TRIES);
        standard.with_initial_backoff(self.backoff).with_max_backoff(Duration::from_millis(500))
    }
}

/// The SDK stops trying again after many failures in one process, which on one machine holds all functions and all tests.
pub(crate) fn unlimited_retries() -> RetryPartition {
    RetryPartition::custom("stand-ins").token_bucket(TokenBucket::unlimited()).build()
}
