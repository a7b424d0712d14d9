//! Answers that know of the decision behind them.

use std::sync::Arc;

use super::Record;
use crate::client::Client;
use crate::error::{OAuthError, Unreachable};

/// What a flow answers: something and the record of it, or an error.
pub type AuditedResult<T> = Result<Audited<T>, Refusal>;

/// Something that is answered, with the decision behind it.
#[derive(Debug)]
pub struct Audited<T> {
    /// What is answered.
    pub body: T,
    /// The decision; none if there was none.
    pub record: Option<Record>,
    client: Option<Arc<Client>>,
}

/// An error that is answered, with what else was decided on the way.
#[derive(Debug)]
pub struct Refusal {
    /// The error.
    pub error: OAuthError,
    /// What else was decided.
    pub record: Option<Box<Record>>,
    client: Option<Arc<Client>>,
}

impl<T> Audited<T> {
    /// An answer and the record of the decision to give it, if there was a decision.
    pub fn new(body: T, record: impl Into<Option<Record>>) -> Self {
        Self { body, record: record.into(), client: None }
    }

    /// The client that the request names: pages of its origins may read the answer.
    pub fn client(&self) -> Option<&Client> {
        self.client.as_deref()
    }

    /// The same answer with a record that says more.
    #[must_use]
    pub fn recording(self, more: impl FnOnce(Record) -> Record) -> Self {
        Self { record: self.record.map(more), ..self }
    }
}

impl Refusal {
    /// An error on the way to which something was decided.
    pub fn recorded(error: OAuthError, record: Record) -> Self {
        Self { error, record: Some(Box::new(record)), client: None }
    }

    /// The same refusal of a request that names this client.
    #[must_use]
    pub fn about(self, client: Option<Arc<Client>>) -> Self {
        Self { client, ..self }
    }

    /// The client that the request names, proven or not: pages of its origins may read the answer.
    pub fn client(&self) -> Option<&Client> {
        self.client.as_deref()
    }
}

impl From<OAuthError> for Refusal {
    fn from(error: OAuthError) -> Self {
        Self { error, record: None, client: None }
    }
}

impl From<Unreachable> for Refusal {
    fn from(error: Unreachable) -> Self {
        OAuthError::from(error).into()
    }
}

/// Names the client whose request is answered, as it was looked up by the id that the request names.
pub fn about<T>(client: Option<Arc<Client>>, answer: AuditedResult<T>) -> AuditedResult<T> {
    match answer {
        Ok(audited) => Ok(Audited { client, ..audited }),
        Err(refusal) => Err(refusal.about(client)),
    }
}
