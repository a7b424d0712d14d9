//! Records travel beside the answer to a request, until who writes the log takes them.

use super::Record;
use crate::client::ClientId;
use crate::http::Response;
use crate::http::respond::Refusal;

/// What is known of the decisions behind an answer.
#[derive(Clone, Debug, Default)]
struct Notes {
    client_id: Option<ClientId>,
    records: Vec<Record>,
}

/// An answer that knows of the decision behind it.
pub trait Audited {
    /// The decision; none if there was none.
    fn record(&self) -> Option<&Record>;
}

/// Puts a record beside an answer.
#[must_use]
pub fn noted(mut response: Response, record: Record) -> Response {
    notes(&mut response).records.push(record);
    response
}

/// Says which client an answer is about, for the record of a refusal.
pub fn about(response: &mut Response, client_id: &ClientId) {
    notes(response).client_id = Some(client_id.clone());
}

/// Takes the records of an answer, that of its refusal among them.
pub fn take(response: &mut Response) -> Vec<Record> {
    let Notes { client_id, mut records } = response.extensions_mut().remove().unwrap_or_default();
    if let Some(refusal) = response.extensions().get::<Refusal>() {
        records.push(Record::refused(refusal, client_id));
    }
    records
}

fn notes(response: &mut Response) -> &mut Notes {
    response.extensions_mut().get_or_insert_default()
}
