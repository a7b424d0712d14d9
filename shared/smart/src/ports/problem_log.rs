//! What owners of clients are told of refused requests.

use smart_verify::time::UnixSeconds;

use crate::client::ClientId;
use crate::error::Unreachable;
use crate::registration::Problem;

/// Keeps why clients were refused.
pub trait ProblemWriter: Send + Sync {
    /// Keeps a problem of a client in place of the last of its kind. It is done as well as may be: no answer waits long
    /// for it or fails by it, and one that follows another of its kind at once may be left out.
    fn keep(&self, of: &ClientId, problem: &Problem) -> impl Future<Output = ()> + Send;
}

/// Reads why clients were refused.
pub trait ProblemReader: Send + Sync {
    /// The latest problems of a client, the newest first.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn problems(
        &self,
        of: &ClientId,
        now: UnixSeconds,
    ) -> impl Future<Output = Result<Vec<Problem>, Unreachable>> + Send;
}
