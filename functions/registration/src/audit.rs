//! One line a change: who did what to what, before and after. No secret, no hash of one, and no password is in it.

use serde_json::Value;
use smart::http::{Request, RequestId};

/// A change that was made.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Who made it: what kind of somebody, and which.
    pub by: (&'static str, &'a str),
    /// What was done, such as `client.create`.
    pub action: &'static str,
    /// To what: a client id, a user name.
    pub about: &'a str,
    /// What it was before, if it was.
    pub before: Option<&'a Value>,
    /// What it is now, if it is.
    pub after: Option<&'a Value>,
}

/// Writes the line.
pub fn record(request: &Request, change: &Change<'_>) {
    let request_id = request.extensions().get::<RequestId>().map_or("", |RequestId(id)| id.as_str());
    let text = |value: Option<&Value>| value.map(Value::to_string);
    let (by_kind, by) = change.by;
    let (before, after) = (text(change.before), text(change.after));
    let (action, about) = (change.action, change.about);
    tracing::info!(target: "audit", action, about, by_kind, by, before, after, request_id);
}
