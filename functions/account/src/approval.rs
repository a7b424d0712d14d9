//! `/account/approvals/{client_id}`: one request, and the decision of an administrator who is signed in.

use http::StatusCode;
use pages::account::{Approval, Difference, Section};
use pages::consent::Withheld;
use serde_json::{Value, json};
use smart::client::ClientId;
use smart::narrowing::NarrowedScope;
use smart::operations::approvals::{self, DeclineReason};
use smart::operations::{Done, OperationRefused};
use smart::registration::{Entry, PendingChange, State};
use smart_verify::scope::ScopeSet;
use web::{notes, respond};

use crate::approvals::about;
use crate::desk::Reaches;
use crate::refusal::{PageResult, Refusal};
use crate::visit::{Visit, fault, field};

pub(crate) async fn show(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> PageResult {
    let entry = approvals::read(&visit.operations, id).await?;
    Ok(visit.page(&page(visit, &entry)?))
}

fn page(visit: &Visit<'_, impl Reaches>, entry: &Entry) -> Result<Approval, Refusal> {
    let change = entry.pending_change().ok_or(Refusal::NotFound)?;
    let less = change.report.iter().filter(|decision| NarrowedScope::is_less_than_asked(decision));
    let form = (change.state == State::Pending).then(|| {
        let mut form = visit.form_to(&format!("/account/approvals/{}", change.client_id));
        form.hidden.push(("version".to_owned(), entry.version.to_string()));
        form
    });
    Ok(Approval {
        frame: visit.frame(Section::Approvals),
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
    let (before, requested, after) = (json!(change.before), json!(change.requested), json!(change.after()));
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

/// Approves, perhaps with fewer scopes, or declines with a reason.
pub(crate) async fn submit(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> PageResult {
    let form = visit.sent()?;
    let operations = &visit.operations;
    let entry = approvals::read(operations, id).await?;
    let again = |status, field, said| {
        let mut page = page(visit, &entry)?;
        page.frame.faults = vec![fault(field, said)];
        Ok(visit.page_with(status, &page))
    };
    if field(&form, "version") != entry.version.to_string() {
        let said = "The request was changed meanwhile. Look at it again.";
        return again(StatusCode::CONFLICT, "scope", said);
    }
    let (decided, done) = if field(&form, "decision") == "approve" {
        let reduced = ScopeSet::parse(field(&form, "scope"));
        (approvals::approve(operations, &entry, Some(&reduced)).await, "approved")
    } else {
        let Some(reason) = DeclineReason::parse(field(&form, "reason")) else {
            let said = "Say why, for the one who asked, in at most 500 characters.";
            return again(StatusCode::BAD_REQUEST, "reason", said);
        };
        (approvals::decline(operations, &entry, &reason).await, "declined")
    };
    match decided {
        Ok(Done { record, .. }) => {
            Ok(notes::with(record, respond::see_other(&format!("/account/approvals?done={done}"))))
        }
        Err(OperationRefused::Invalid(_)) => {
            let said = "Give some of the scopes that were asked for, and no others.";
            again(StatusCode::BAD_REQUEST, "scope", said)
        }
        Err(OperationRefused::Conflict(_) | OperationRefused::Stale(_)) => {
            let said = "Somebody decided or changed it meanwhile. Look at it again.";
            again(StatusCode::CONFLICT, "scope", said)
        }
        Err(why) => Err(why.into()),
    }
}
