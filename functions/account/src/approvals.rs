//! What developers asked for, and the decision of an administrator who is signed in.

use http::StatusCode;
use pages::account::{Approval, ApprovalLine, Approvals, Difference, Section};
use pages::consent::Withheld;
use pages::dates;
use serde_json::{Value, json};
use smart::client::ClientId;
use smart::narrowing::NarrowedScope;
use smart::operations::{Done, OperationRefused, approvals};
use smart::ports::Cursor;
use smart::registration::{Entry, PendingChange, State};
use smart_verify::scope::ScopeSet;
use web::{Response, respond};

use super::visit::{Visit, fault};
use crate::Reaches;
use crate::call::{Answer, with};

const A_PAGE: usize = 20;

/// `GET /account/approvals`.
pub(super) async fn list(visit: &Visit<'_, impl Reaches>) -> Answer {
    let after = visit.query("after").map(Cursor);
    let page = approvals::list(&visit.operations(), after.as_ref(), A_PAGE).await;
    let page = page.map_err(|why| visit.not_done(why))?;
    let (items, next) = page.map(|page| (page.items, page.next)).unwrap_or_default();
    let live = items.iter().filter(|entry| entry.is_live(visit.now));
    let mut lines: Vec<(bool, ApprovalLine)> = live.filter_map(line).collect();
    // What waits comes first; otherwise the order stays.
    lines.sort_by_key(|(waits, _)| !waits);
    let mut frame = visit.bare_frame(Section::Approvals);
    frame.notice = visit.query("done").and_then(|done| match done.as_str() {
        "approved" => Some("Approved.".to_owned()),
        "declined" => Some("Declined.".to_owned()),
        _ => None,
    });
    let next_url = next.map(|Cursor(after)| {
        let after: String = form_urlencoded::byte_serialize(after.as_bytes()).collect();
        format!("/account/approvals?after={after}")
    });
    let page = Approvals { frame, lines: lines.into_iter().map(|(_, line)| line).collect(), next_url };
    Ok(visit.respond(&page, StatusCode::OK))
}

fn line(entry: &Entry) -> Option<(bool, ApprovalLine)> {
    let change = entry.pending_change()?;
    let line = ApprovalLine {
        id: change.client_id.to_string(),
        name: change.requested.client_name.clone(),
        about: about(entry, change),
    };
    Some((change.state == State::Pending, line))
}

fn about(entry: &Entry, change: &PendingChange) -> String {
    let what = if change.before.is_some() { "A change" } else { "A new client" };
    let day = dates::day_in_words(entry.created_at).unwrap_or_default();
    let state = match &change.state {
        State::Pending => "It waits.".to_owned(),
        State::Approved { .. } => "It was approved.".to_owned(),
        State::Declined { reason, .. } => format!("It was declined: {reason}"),
    };
    format!("{what}, asked for on {day}. {state}")
}

/// `GET /account/approvals/{client_id}`.
pub(super) async fn show(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> Answer {
    let entry = current(visit, id).await?;
    Ok(visit.respond(&page(visit, &entry)?, StatusCode::OK))
}

async fn current(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> Result<Entry, Box<Response>> {
    approvals::read(&visit.operations(), id).await.map_err(|why| visit.not_done(why))
}

fn page(visit: &Visit<'_, impl Reaches>, entry: &Entry) -> Result<Approval, Box<Response>> {
    let change = entry.pending_change().ok_or_else(|| visit.not_found())?;
    let less = change.report.iter().filter(|decision| NarrowedScope::is_less_than_asked(decision));
    let form = (change.state == State::Pending).then(|| {
        let mut form = visit.form_to(&format!("/account/approvals/{}", change.client_id));
        form.hidden.push(("version".to_owned(), entry.version.to_string()));
        form
    });
    Ok(Approval {
        frame: visit.bare_frame(Section::Approvals),
        id: change.client_id.to_string(),
        name: change.requested.client_name.clone(),
        about: about(entry, change),
        owner: entry.owner.clone().unwrap_or_else(|| "a program, by /register".to_owned()),
        differences: differences(change),
        report: less.map(|one| Withheld { scope: one.asked.clone(), why: one.sentence() }).collect(),
        scope: change.requested.scope.to_string(),
        form,
    })
}

/// Before, requested and after, member by member.
fn differences(change: &PendingChange) -> Vec<Difference> {
    let before = change.before.as_ref().map(|before| json!(before)).unwrap_or_default();
    let requested = json!(change.requested);
    let mut after = requested.clone();
    match &change.state {
        State::Pending => {}
        State::Approved { scope, .. } => after["scope"] = json!(scope),
        State::Declined { .. } => after = before.clone(),
    }
    let names = requested.as_object().into_iter().flatten().map(|(name, _)| name);
    let gone = before.as_object().into_iter().flatten().map(|(name, _)| name);
    let mut names: Vec<&String> = names.chain(gone).collect();
    names.sort_unstable();
    names.dedup();
    let differ =
        names.into_iter().filter(|name| shown(&before[name.as_str()]) != shown(&requested[name.as_str()]));
    differ
        .map(|name| Difference {
            member: name.clone(),
            before: shown(&before[name.as_str()]),
            requested: shown(&requested[name.as_str()]),
            after: shown(&after[name.as_str()]),
        })
        .collect()
}

/// A member in words; of keys their names.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) if list.is_empty() => "–".to_owned(),
        Value::Array(list) => {
            let text = |one: &Value| one.as_str().map_or_else(|| one.to_string(), str::to_owned);
            list.iter().map(text).collect::<Vec<_>>().join(" ")
        }
        other => match other["keys"].as_array() {
            Some(keys) => {
                keys.iter().map(|key| format!("key {}", shown(&key["kid"]))).collect::<Vec<_>>().join(", ")
            }
            None => other.to_string(),
        },
    }
}

/// `POST /account/approvals/{client_id}`: approves, perhaps with fewer scopes, or declines with a reason.
pub(super) async fn decide(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> Answer {
    let form = visit.sent()?;
    let entry = current(visit, id).await?;
    let again = |field, message: &str, status| {
        let mut page = page(visit, &entry)?;
        page.frame.faults = vec![fault(field, message)];
        Ok(visit.respond(&page, status))
    };
    if form.all("version").next() != Some(entry.version.to_string().as_str()) {
        return again("scope", "The request was changed meanwhile. Look at it again.", StatusCode::CONFLICT);
    }
    let operations = visit.operations();
    let (decided, done) = match form.all("decision").next() {
        Some("approve") => {
            let reduced = ScopeSet::parse(form.all("scope").next().unwrap_or_default());
            (approvals::approve(&operations, &entry, Some(&reduced)).await, "approved")
        }
        _ => {
            let reason = form.all("reason").next().unwrap_or_default().trim();
            if reason.is_empty() || reason.chars().count() > 500 || reason.chars().any(char::is_control) {
                let said = "Say why, for the one who asked, in at most 500 characters.";
                return again("reason", said, StatusCode::BAD_REQUEST);
            }
            (approvals::decline(&operations, &entry, reason).await, "declined")
        }
    };
    match decided {
        Ok(Done { record, .. }) => {
            Ok(with(record, respond::see_other(&format!("/account/approvals?done={done}"))))
        }
        Err(OperationRefused::Invalid(_)) => again(
            "scope",
            "Give some of the scopes that were asked for, and no others.",
            StatusCode::BAD_REQUEST,
        ),
        Err(OperationRefused::Conflict(_) | OperationRefused::Stale(_)) => again(
            "scope",
            "Somebody decided or changed it meanwhile. Look at it again.",
            StatusCode::CONFLICT,
        ),
        Err(why) => Err(visit.not_done(why)),
    }
}
