//! Whether an operation is only tried, and what it hands back.

use super::{Acting, OperationRefused};
use crate::audit::Record;

/// Whether an operation is only tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DryRun {
    /// It is done.
    No,
    /// Every check is made and the result is shown, but nothing is written.
    Yes,
    /// What the caller said of it cannot be read, for this reason. The checks are made, nothing is written, and there is no
    /// result: an operation that has no other reason to refuse refuses for this one.
    Unclear(String),
}

impl DryRun {
    /// Whether the operation writes.
    pub const fn writes(&self) -> bool {
        matches!(self, Self::No)
    }
}

/// What was done. Only an operation whose [`DryRun`] is clear makes one.
#[derive(Debug)]
pub struct Done<T, R = Option<Record>> {
    /// What came of it.
    pub body: T,
    /// The decision, or each of several; none where nothing has changed.
    pub record: R,
    _clear: Clear,
}

/// Evidence that it is clear whether the operation was a dry run.
#[derive(Debug)]
struct Clear;

impl<S> Acting<'_, S> {
    /// What was done, and its record; a dry run has done nothing.
    ///
    /// # Errors
    /// `Unclear` when it cannot be read whether it is a dry run.
    pub(super) fn done<T>(&self, body: T, record: Record) -> Result<Done<T>, OperationRefused> {
        self.recorded(body, Some(record))
    }

    /// The result where nothing was to do.
    ///
    /// # Errors
    /// As [`Acting::done`].
    pub(super) fn nothing_done<T>(&self, body: T) -> Result<Done<T>, OperationRefused> {
        self.recorded(body, None)
    }

    /// What was done, and as many records as there are decisions.
    ///
    /// # Errors
    /// As [`Acting::done`].
    pub(super) fn recorded<T, R: Default>(&self, body: T, record: R) -> Result<Done<T, R>, OperationRefused> {
        match &self.dry_run {
            DryRun::No => Ok(Done { body, record, _clear: Clear }),
            DryRun::Yes => Ok(Done { body, record: R::default(), _clear: Clear }),
            DryRun::Unclear(why) => Err(OperationRefused::Unclear(why.clone())),
        }
    }
}

impl<T, R> Done<T, R> {
    /// The same with another result.
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Done<U, R> {
        Done { body: change(self.body), record: self.record, _clear: self._clear }
    }
}
