//! Records travel beside the answer to a request, until who writes the log takes them.

use smart::audit::Record;
use smart::client::ClientId;
use smart::error::OAuthError;

use crate::Response;

/// What was refused and why, attached to an answer for the log line of the request.
#[derive(Clone, Debug)]
pub struct RefusalNote {
    /// The OAuth error code.
    pub error: &'static str,
    /// The stable name of the reason.
    pub reason: &'static str,
    /// The cause, for the log alone.
    pub cause: Option<String>,
}

impl From<&OAuthError> for RefusalNote {
    fn from(error: &OAuthError) -> Self {
        let cause = error.cause().map(ToString::to_string);
        Self { error: error.code().wire().0, reason: error.reason(), cause }
    }
}

/// What is known of the decisions behind an answer.
#[derive(Clone, Debug, Default)]
struct Notes {
    client_id: Option<ClientId>,
    records: Vec<Record>,
}

/// Puts a record beside an answer.
#[must_use]
pub fn noted(mut response: Response, record: Record) -> Response {
    notes(&mut response).records.push(record);
    response
}

/// Notes the record of an answer, if there is one.
#[must_use]
pub fn with(record: Option<Record>, response: Response) -> Response {
    record.into_iter().fold(response, noted)
}

/// Says which client an answer is about, for the record of a refusal.
pub fn about(response: &mut Response, client_id: &ClientId) {
    notes(response).client_id = Some(client_id.clone());
}

/// Takes the records of an answer, that of its refusal among them.
pub fn take(response: &mut Response) -> Vec<Record> {
    let Notes { client_id, mut records } = response.extensions_mut().remove().unwrap_or_default();
    if let Some(refused) = response.extensions().get::<RefusalNote>() {
        records.push(Record::refused(refused.reason, refused.error, client_id));
    }
    records
}

fn notes(response: &mut Response) -> &mut Notes {
    response.extensions_mut().get_or_insert_default()
}
