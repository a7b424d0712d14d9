//! The latest refused requests of a client, for its owner: words of ours alone, nothing that was sent.

use serde::{Deserialize, Serialize};

use super::Entry;
use crate::client::ClientId;
use crate::error::OAuthError;
use crate::time::UnixSeconds;

/// A refused request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// When.
    pub at: UnixSeconds,
    /// Where, such as `/token`.
    pub endpoint: String,
    /// The error code.
    pub error: String,
    /// The stable name of the reason.
    pub reason: String,
    /// What the caller was told.
    pub sentence: String,
    /// The name of the request.
    pub request_id: String,
}

/// The latest refused requests, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentProblems {
    /// The client.
    pub client_id: String,
    /// The requests.
    pub latest: Vec<Problem>,
}

impl RecentProblems {
    /// How many are kept of a client.
    pub const LENGTH: usize = 20;

    /// The key by which the store knows those of a client.
    pub fn entry_key(client_id: &ClientId) -> String {
        Entry::key_of("problems", &[client_id.as_str()])
    }

    /// The same with one more, without the oldest if there are too many.
    #[must_use]
    pub fn with(mut self, problem: Problem) -> Self {
        self.latest.insert(0, problem);
        self.latest.truncate(Self::LENGTH);
        self
    }
}

impl Problem {
    /// What is kept of a refusal.
    pub fn of(error: &OAuthError, endpoint: &str, request_id: &str, now: UnixSeconds) -> Self {
        Self {
            at: now,
            endpoint: endpoint.to_owned(),
            error: error.code().wire().0.to_owned(),
            reason: error.reason().to_owned(),
            sentence: error.sentence().to_owned(),
            request_id: request_id.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn pg_43_the_latest_twenty_are_kept() {
        let error = ErrorCode::InvalidGrant.because("code_replayed", "the code was already used.");
        let mut problems = RecentProblems::default();
        for second in 0..25 {
            problems = problems.with(Problem::of(&error, "/token", "r", UnixSeconds(second)));
        }
        assert_eq!(problems.latest.len(), 20);
        assert_eq!((problems.latest[0].at, problems.latest[19].at), (UnixSeconds(24), UnixSeconds(5)));
    }
}
