//! Why a client was refused lately, for its owner: words of ours and of our log, nothing that was sent.

use std::cmp::Reverse;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use smart_verify::time::UnixSeconds;

use crate::error::{ErrorCode, OAuthError};

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
    /// What only the log was told, if there is more to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The name of the request.
    pub request_id: String,
}

/// Refusals that nobody is told of afterwards. Anybody can make them of any client: a forgery shall cost us no call, and
/// a wrong secret no more work than a client that there is not.
const NOT_KEPT: [&str; 3] = ["client_authentication", "code_forged", "refresh_token_forged"];

/// How long a cause may be, in characters.
const CAUSE_LENGTH: usize = 300;

impl Problem {
    /// How long one is kept: 30 days.
    pub const LIFETIME: Duration = Duration::from_secs(30 * 86_400);

    /// How many are shown of a client.
    const SHOWN: usize = 20;

    /// What is kept of a refusal at an endpoint, of the request with this name; nothing of one that is no fault of the
    /// client, or that anyone could make.
    pub fn of(error: &OAuthError, endpoint: &str, request_id: &str, now: UnixSeconds) -> Option<Self> {
        if error.code() == ErrorCode::TemporarilyUnavailable || NOT_KEPT.contains(&error.reason()) {
            return None;
        }
        Some(Self {
            at: now,
            endpoint: endpoint.to_owned(),
            error: error.code().wire().0.to_owned(),
            reason: error.reason().to_owned(),
            sentence: error.sentence().to_owned(),
            cause: error.cause().map(|cause| cause.to_string().chars().take(CAUSE_LENGTH).collect()),
            request_id: request_id.to_owned(),
        })
    }

    /// Its kind. The latest of each kind is kept, so that one mistake that is made every second hides no other.
    pub fn kind(&self) -> String {
        format!("{} {}", self.endpoint, self.reason)
    }

    /// Those that are shown, the newest first.
    pub fn latest(mut problems: Vec<Self>, now: UnixSeconds) -> Vec<Self> {
        problems.retain(|problem| now < problem.at + Self::LIFETIME);
        problems.sort_by_key(|problem| Reverse((problem.at, problem.kind())));
        problems.truncate(Self::SHOWN);
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

    fn of(error: &OAuthError, now: UnixSeconds) -> Option<Problem> {
        Problem::of(error, "/token", "r-1", now)
    }

    #[test]
    fn pg_43_a_problem_says_where_and_why_and_the_cause_that_the_log_has() {
        let error = ErrorCode::InvalidClient.because("assertion_signature", "the signature is wrong.");
        let problem = of(&error.logging("é".repeat(400)), NOW).unwrap();
        assert_eq!((problem.endpoint.as_str(), problem.request_id.as_str()), ("/token", "r-1"));
        assert_eq!((problem.error.as_str(), problem.at), ("invalid_client", NOW));
        assert_eq!(problem.cause.unwrap().chars().count(), 300);
    }

    #[test]
    fn c01_r01_what_anybody_can_make_of_any_client_is_not_kept_nor_is_a_fault_of_ours() {
        for reason in NOT_KEPT {
            assert_eq!(of(&ErrorCode::InvalidGrant.because(reason, "no."), NOW), None);
        }
        let fault = ErrorCode::TemporarilyUnavailable.because("grant_contended", "later.");
        assert_eq!(of(&fault, NOW), None);
    }

    #[test]
    fn pg_43_the_latest_twenty_are_shown_for_thirty_days() {
        let error = ErrorCode::InvalidGrant.because("code_replayed", "the code was already used.");
        let problem = |age| of(&error, UnixSeconds(NOW.0 - age)).unwrap();
        let shown = Problem::latest((0..25).rev().map(problem).collect(), NOW);
        assert_eq!((shown.len(), shown[0].at, shown[19].at), (20, NOW, UnixSeconds(NOW.0 - 19)));
        let month = Problem::LIFETIME.as_secs();
        assert_eq!(Problem::latest(vec![problem(month), problem(month - 1)], NOW).len(), 1);
    }
}
