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
pub struct Done<T> {
    /// What came of it.
    pub body: T,
    /// The decision; none where nothing has changed.
    pub record: Option<Record>,
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
        let done = self.nothing_done(body)?;
        Ok(Done { record: self.dry_run.writes().then_some(record), ..done })
    }

    /// The result where nothing was to do.
    ///
    /// # Errors
    /// As [`Acting::done`].
    pub(super) fn nothing_done<T>(&self, body: T) -> Result<Done<T>, OperationRefused> {
        match &self.dry_run {
            DryRun::No | DryRun::Yes => Ok(Done { body, record: None, _clear: Clear }),
            DryRun::Unclear(why) => Err(OperationRefused::Unclear(why.clone())),
        }
    }
}

impl<T> Done<T> {
    /// The same with another result.
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Done<U> {
        Done { body: change(self.body), record: self.record, _clear: self._clear }
    }
}
