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
    /// To what: a client id, the subject of a person.
    pub about: &'a str,
    /// What it was before, if it was.
    pub before: Option<&'a Value>,
    /// What it is now, if it is.
    pub after: Option<&'a Value>,
}

/// Writes the line. Of a person it names the members that changed, and neither what they were nor what they are.
pub fn record(request: &Request, change: &Change<'_>) {
    let request_id = request.extensions().get::<RequestId>().map_or("", |RequestId(id)| id.as_str());
    let is_of_a_person = change.action.starts_with("user.");
    let members = is_of_a_person.then(|| changed(change.before, change.after));
    let text = |value: Option<&Value>| value.filter(|_| !is_of_a_person).map(Value::to_string);
    let (by_kind, by) = change.by;
    let (before, after) = (text(change.before), text(change.after));
    let (action, about) = (change.action, change.about);
    tracing::info!(target: "audit", action, about, by_kind, by, before, after, members, request_id);
}

/// The names of the members in which two states differ; all of them where there is only one.
fn changed(before: Option<&Value>, after: Option<&Value>) -> String {
    let (Some(Value::Object(one)), other) = (after.or(before), before.filter(|_| after.is_some())) else {
        return String::new();
    };
    let names = one.iter().filter(|(name, value)| other.is_none_or(|other| other.get(*name) != Some(*value)));
    names.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" ")
}
