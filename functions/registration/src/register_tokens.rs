//! `/register-tokens`: what an administrator gives somebody to register with.
//!
//! Source: RFC 7591 §3, initial access token.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use smart::operations::register_tokens::{self, InitialScope, Made, NewRegisterToken};
use smart::operations::{Done, DryRun};
use smart::ports::Cursor;
use smart::registration::{Entry, Note, RegistrationToken};
use web::respond;

use crate::Reaches;
use crate::body::{self, JSON, Members};
use crate::call::{ApiResult, Call, no_content, not_done, rfc_3339, with};
use crate::pagination::PageBuilder;

/// How long a token is good unless it is said, and at most: 7 and 90 days.
const USUAL_LIFE: u64 = 7 * 24 * 3600;
const LONGEST_LIFE: u64 = 90 * 24 * 3600;

/// `POST /register-tokens`.
pub(crate) async fn create(call: &Call<'_, impl Reaches>) -> ApiResult {
    let mut members = Members::of(body::object(call.request, &JSON)?);
    let description = members.text("description", 120).unwrap_or_default();
    let needed = "must name the scopes that clients may have at most, none with two underscores.";
    let scope = members.parsed("scope", 8192, InitialScope::parse, needed);
    let uses = members.number("uses", 1, 1000).unwrap_or(1);
    let life = members.number("expires_in", 60, LONGEST_LIFE).unwrap_or(USUAL_LIFE);
    let scope = members.finish_with(scope)?;
    let uses = u32::try_from(uses).unwrap_or(1);
    let wanted = NewRegisterToken { description, scope, uses, lifetime: Duration::from_secs(life) };
    let operations = call.operations_or_dry_run();
    let done = register_tokens::create(&operations, wanted).await.map_err(not_done)?;
    let Done { body: Made { entry, token }, record, .. } = done;
    let mut body = shown(&entry);
    if operations.dry_run == DryRun::Yes {
        return Ok(respond::json(StatusCode::OK, &body));
    }
    body["token"] = json!(token.as_ref().map(RegistrationToken::reveal));
    Ok(with(record, respond::json(StatusCode::CREATED, &body)))
}

/// `GET /register-tokens`.
pub(crate) async fn list(call: &Call<'_, impl Reaches>) -> ApiResult {
    let query = call.query()?;
    let operations = call.operations();
    let mut builder = PageBuilder::from_query(&query, false)?;
    while let Some((cursor, size)) = builder.wanted() {
        let page = register_tokens::list(&operations, cursor, size).await;
        let place = |entry: &Entry| Cursor::behind(entry.created_at, &entry.key);
        builder.take(page.map_err(not_done)?, |_| true, place)?;
    }
    Ok(builder.answer("/register-tokens", &query, shown))
}

/// `DELETE /register-tokens/{id}`: what was registered by it stays.
pub(crate) async fn end(call: &Call<'_, impl Reaches>, id: &str) -> ApiResult {
    let done = register_tokens::end(&call.operations_or_dry_run(), id).await.map_err(not_done)?;
    Ok(with(done.record, no_content()))
}

fn shown(entry: &Entry) -> Value {
    let Note::InitialAccess(access) = &entry.note else { return Value::Null };
    json!({
        "id": entry.key,
        "description": access.description,
        "scope": access.scope,
        "uses_left": access.uses_left,
        "made_by": access.made_by,
        "created_at": rfc_3339(entry.created_at),
        "expires_at": entry.expires_at.map(rfc_3339),
    })
}
