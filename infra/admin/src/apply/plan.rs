//! What has to be done so that a service has what a file says: asked of the service itself, which changes nothing yet.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use super::said;
use crate::Failure;
use crate::api::{Api, ApiResponse};
use crate::clients::needs_secret;
use crate::files::words;
use crate::report::Report;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Create,
    Change,
    Status,
    Nothing,
}

/// What becomes of one entry.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) action: Action,
    pub(super) name: String,
    pub(super) id: Option<String>,
    pub(super) desired: Value,
    /// The client as it is, if it is there.
    pub(super) read: Option<ApiResponse>,
    /// `disable` or `enable`, if it has to be.
    pub(super) status_action: Option<&'static str>,
    /// Member, before, after.
    changes: Vec<(String, Value, Value)>,
}

impl Step {
    /// Whether the service will make a secret that is shown once.
    pub(super) fn makes_a_secret(&self) -> bool {
        let has_none = self.read.as_ref().is_none_or(|read| read.body["secrets"].is_null());
        matches!(self.action, Action::Create | Action::Change) && has_none && needs_secret(&self.desired)
    }
}

/// # Errors
/// When the service refuses an entry, or two entries are one client.
pub(super) async fn of(api: &Api, entries: &[Value]) -> Result<Vec<Step>, Failure> {
    let known = api.list("/clients", &[]).await?;
    let mut taken = BTreeSet::new();
    let mut steps = Vec::new();
    for entry in entries {
        let id = matching(entry, &known)?;
        // Entries that are registered are told apart by what finds them again.
        let mark =
            id.clone().unwrap_or_else(|| words(entry.get("software_id").unwrap_or(&entry["client_name"])));
        if !taken.insert(mark.clone()) {
            return Err(Failure::Usage(format!("two entries of the file are one client: {mark}")));
        }
        let named = |failure| of_entry(&words(&entry["client_name"]), failure);
        steps.push(step(api, entry, id).await.map_err(named)?);
    }
    Ok(steps)
}

fn of_entry(name: &str, failure: Failure) -> Failure {
    match failure {
        Failure::Refused(why) => Failure::Refused(format!("{name}: {why}")),
        other => other,
    }
}

/// The id of the client that an entry is.
fn matching(entry: &Value, known: &[Value]) -> Result<Option<String>, Failure> {
    for member in ["client_id", "software_id", "client_name"] {
        let Some(wanted) = entry[member].as_str() else { continue };
        // A name finds only what has nothing better to be found by.
        let is_it = |client: &&Value| {
            let software = &client["software_id"];
            client[member] == wanted
                && (member != "client_name" || software.is_null() || *software == entry["software_id"])
        };
        match known.iter().filter(is_it).collect::<Vec<_>>()[..] {
            [] => {}
            [client] => return Ok(client["client_id"].as_str().map(str::to_owned)),
            [..] => {
                let why =
                    format!("several clients have the {member} {wanted}: write the client_id into the file");
                return Err(Failure::Usage(why));
            }
        }
    }
    Ok(None)
}

async fn step(api: &Api, entry: &Value, id: Option<String>) -> Result<Step, Failure> {
    let mut desired = said(entry);
    desired.remove("client_id");
    let desired = Value::Object(desired);
    let wanted = entry["status"].as_str();
    if !wanted.is_none_or(|status| ["active", "disabled"].contains(&status)) {
        return Err(Failure::Usage("status must be active or disabled".to_owned()));
    }
    let name = words(&entry["client_name"]);
    let Some(id) = id else {
        let after = api.act("/clients?dry_run=true", Some(&desired)).await?.body;
        let changes = changes(&json!({}), &after);
        let status_action = (wanted == Some("disabled")).then_some("disable");
        return Ok(Step {
            action: Action::Create,
            name,
            id: None,
            desired,
            read: None,
            status_action,
            changes,
        });
    };
    let path = format!("/clients/{id}");
    let read = api.get(&path).await?;
    let after = api.change(Method::PUT, &format!("{path}?dry_run=true"), &read, Some(&desired)).await?.body;
    let mut changes = changes(&read.body, &after);
    let status_action = match (wanted, read.body["status"].as_str()) {
        (Some("disabled"), Some("active")) => Some("disable"),
        (Some("active"), Some("disabled")) => Some("enable"),
        _ => None,
    };
    let action = match (changes.is_empty(), status_action) {
        (false, _) => Action::Change,
        (true, Some(_)) => Action::Status,
        (true, None) => Action::Nothing,
    };
    if status_action.is_some() {
        changes.push(("status".to_owned(), read.body["status"].clone(), json!(wanted)));
    }
    Ok(Step { action, name, id: Some(id), desired, read: Some(read), status_action, changes })
}

/// The members that differ, of those that a file may name.
fn changes(before: &Value, after: &Value) -> Vec<(String, Value, Value)> {
    let (before, after) = (said(before), said(after));
    let names: BTreeSet<_> = before.keys().chain(after.keys()).filter(|name| *name != "client_id").collect();
    let value = |of: &serde_json::Map<String, Value>, name: &str| of.get(name).cloned().unwrap_or_default();
    let members = names.into_iter().map(|name| (name.clone(), value(&before, name), value(&after, name)));
    members.filter(|(_, before, after)| before != after).collect()
}

pub(super) fn report(steps: &[Step]) -> Report {
    let count = |action| steps.iter().filter(|step| step.action == action).count();
    let (new, changed, same) =
        (count(Action::Create), count(Action::Change) + count(Action::Status), count(Action::Nothing));
    let json: Vec<Value> = steps.iter().map(json_of).collect();
    let summary = format!("{new} to register, {changed} to change, {same} as they are.");
    let json = json!({ "register": new, "change": changed, "same": same, "clients": json });
    steps.iter().filter(|step| step.action != Action::Nothing).fold(Report::new(json).heading(summary), shown)
}

fn json_of(step: &Step) -> Value {
    let changes = step
        .changes
        .iter()
        .map(|(member, before, after)| json!({ "member": member, "before": before, "after": after }));
    let action = match step.action {
        Action::Create => "register",
        Action::Change | Action::Status => "change",
        Action::Nothing => "same",
    };
    json!({ "action": action, "client_id": step.id, "client_name": step.name, "changes": changes.collect::<Vec<_>>() })
}

fn shown(report: Report, step: &Step) -> Report {
    let (sign, id) = match &step.id {
        Some(id) => ("~", format!(" ({id})")),
        None => ("+", String::new()),
    };
    let report = report.heading(format!("{sign} {}{id}", step.name));
    step.changes.iter().fold(report, |report, (member, before, after)| {
        let line = |sign: &str, value: &Value| format!("  {sign} {member}: {}", words(value));
        let report = if before.is_null() { report } else { report.text(line("-", before)) };
        if after.is_null() { report } else { report.text(line("+", after)) }
    })
}
