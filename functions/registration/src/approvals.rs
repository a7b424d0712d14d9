//! `/approvals`: what developers asked for, before / requested / after, and the decision of an administrator.

use http::StatusCode;
use serde_json::{Value, json};
use smart::client::ClientId;
use smart::error::ErrorCode;
use smart::narrowing::NarrowedScope;
use smart::operations::approvals::{self, DecidedRequest, DeclineReason};
use smart::operations::{Done, OperationRefused};
use smart::ports::Cursor;
use smart::registration::{Entry, PendingChange, State};
use smart_verify::scope::ScopeSet;
use web::Response;

use crate::Reaches;
use crate::body::{self, JSON, Members};
use crate::call::{ApiResult, Call, bad_query, not_done, refused, rfc_3339, with};
use crate::pagination::PageBuilder;
use crate::preconditions::{seen, tagged, unless_known};

/// `GET /approvals`.
pub(crate) async fn list(call: &Call<'_, impl Reaches>) -> ApiResult {
    let query = call.query()?;
    let state = query.get("state").map_err(|error| bad_query(error.sentence()))?.map(str::to_owned);
    if state.as_deref().is_some_and(|state| !["pending", "approved", "declined"].contains(&state)) {
        return Err(bad_query("state must be pending, approved or declined."));
    }
    let keeps = |entry: &Entry| {
        let is_wanted =
            |change: &PendingChange| state.as_deref().is_none_or(|state| state == change.state.name());
        entry.pending_change().is_some_and(is_wanted)
    };
    let operations = call.operations();
    let mut builder = PageBuilder::from_query(&query, state.is_some())?;
    while let Some((cursor, size)) = builder.wanted() {
        let page = approvals::list(&operations, cursor, size).await;
        let place = |entry: &Entry| Cursor::behind(entry.created_at, &entry.key);
        builder.take(page.map_err(not_done)?, keeps, place)?;
    }
    Ok(builder.answer("/approvals", &query, shown))
}

/// `GET /approvals/{client_id}`.
pub(crate) async fn read(call: &Call<'_, impl Reaches>, id: &ClientId) -> ApiResult {
    let entry = current(call, id).await?;
    Ok(unless_known(call, entry.version, &shown(&entry)))
}

/// `POST /approvals/{client_id}/approve`: as a whole, or with `scope` with no more than is said.
pub(crate) async fn approve(call: &Call<'_, impl Reaches>, id: &ClientId) -> ApiResult {
    let entry = current(call, id).await?;
    seen(call, entry.version, || shown(&entry))?;
    let mut members = Members::of(body::optional_object(call.request)?);
    let reduced_to = members.text("scope", 8192).map(|scope| ScopeSet::parse(&scope));
    members.finish()?;
    told(approvals::approve(&call.operations(), &entry, reduced_to.as_ref()).await)
}

/// `POST /approvals/{client_id}/decline`, with a reason for whoever asked.
pub(crate) async fn decline(call: &Call<'_, impl Reaches>, id: &ClientId) -> ApiResult {
    let entry = current(call, id).await?;
    seen(call, entry.version, || shown(&entry))?;
    let mut members = Members::of(body::object(call.request, &JSON)?);
    let needed = "say why, for the one who asked.";
    let reason = members.parsed("reason", DeclineReason::LONGEST, DeclineReason::parse, needed);
    let reason = members.finish_with(reason)?;
    told(approvals::decline(&call.operations(), &entry, &reason).await)
}

fn told(done: Result<Done<DecidedRequest>, OperationRefused>) -> ApiResult {
    let Done { body: DecidedRequest { entry, .. }, record, .. } = done.map_err(|why| match why {
        OperationRefused::Invalid(errors) => {
            let sentence = errors.into_iter().next().map(|error| error.message).unwrap_or_default();
            let error = ErrorCode::InvalidScope.because("scope_not_less", sentence);
            refused(StatusCode::BAD_REQUEST, &error)
        }
        why => not_done(why),
    })?;
    Ok(with(record, tagged(StatusCode::OK, entry.version, &shown(&entry))))
}

async fn current(call: &Call<'_, impl Reaches>, id: &ClientId) -> Result<Entry, Box<Response>> {
    approvals::read(&call.operations(), id).await.map_err(not_done)
}

fn shown(entry: &Entry) -> Value {
    let Some(change) = entry.pending_change() else { return Value::Null };
    let decision = |decision: &NarrowedScope| {
        json!({
            "asked": decision.asked, "code": decision.code(), "sentence": decision.sentence(),
            "is_less_than_asked": decision.is_less_than_asked(),
        })
    };
    let mut body = json!({
        "client_id": change.client_id,
        "owner": entry.owner,
        "state": change.state.name(),
        "asked_at": rfc_3339(entry.created_at),
        "before": change.before,
        "requested": change.requested,
        "after": change.after(),
        "report": change.report.iter().map(decision).collect::<Vec<_>>(),
    });
    match &change.state {
        State::Pending => {}
        State::Approved { by, at, .. } => {
            body["decided_by"] = json!(by);
            body["decided_at"] = json!(rfc_3339(*at));
        }
        State::Declined { reason, by, at } => {
            body["decided_by"] = json!(by);
            body["decided_at"] = json!(rfc_3339(*at));
            body["reason"] = json!(reason);
        }
    }
    body
}
