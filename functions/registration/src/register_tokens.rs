//! `/register-tokens`: what an administrator gives somebody to register with.
//!
//! Source: RFC 7591 §3, initial access token.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use smart::audit::{Event, Record};
use smart::error::Unreachable;
use smart::ports::{Cursor, Listed, Registry, Write, Written};
use smart::registration::{Entry, InitialAccess, Note, RegistrationToken};
use smart_verify::scope::{Scope, ScopeSet};
use web::notes::noted;
use web::respond;

use crate::Reaches;
use crate::body::{self, JSON, Members};
use crate::call::{Answer, Call, no_content, not_found, rfc_3339, unavailable};
use crate::gather::Gather;

/// How long a token is good unless it is said, and at most: 7 and 90 days.
const USUAL_LIFE: u64 = 7 * 24 * 3600;
const LONGEST_LIFE: u64 = 90 * 24 * 3600;

/// `POST /register-tokens`.
pub(crate) async fn create(call: &Call<'_, impl Reaches>) -> Answer {
    let mut members = Members::of(body::object(call.request, &JSON)?);
    let description = members.text("description", 120).unwrap_or_default();
    let scope = scope(&mut members);
    let uses = members.number("uses", 1, 1000).unwrap_or(1);
    let life = members.number("expires_in", 60, LONGEST_LIFE).unwrap_or(USUAL_LIFE);
    members.finish()?;
    let token = RegistrationToken::generate();
    let note = Note::InitialAccess(InitialAccess {
        description,
        scope,
        uses_left: u32::try_from(uses).unwrap_or(1),
        made_by: call.by.to_string(),
    });
    let ends = call.now + Duration::from_secs(life);
    let entry = Entry::new(InitialAccess::entry_key(&token), note, call.now, Some(ends));
    let mut body = shown(&entry);
    if call.is_dry_run()? {
        return Ok(respond::json(StatusCode::OK, &body));
    }
    match call.store().write(&[Write::AddEntry(&entry)], call.now).await.map_err(unavailable)? {
        Written::Written => {}
        Written::Refused => return Err(unavailable(Unreachable::new("registry", "a fresh token is taken"))),
    }
    body["token"] = json!(token.reveal());
    Ok(noted(respond::json(StatusCode::CREATED, &body), record(call, Event::RegisterTokenMade, &entry)))
}

/// What is recorded of a token: which, and the most that it gives. Its description is nobody's but the administrators'.
fn record(call: &Call<'_, impl Reaches>, event: Event, entry: &Entry) -> Record {
    let record = call.record(event).register_token(entry);
    match &entry.note {
        Note::InitialAccess(access) => record.scope(&access.scope),
        _ => record,
    }
}

/// Scopes of our own APIs are given to no one who registers themselves.
fn scope(members: &mut Members) -> ScopeSet {
    let scope = ScopeSet::parse(&members.text("scope", 8192).unwrap_or_default());
    let has_own = scope.iter().any(|scope| matches!(scope, Scope::Extension(_)));
    if scope.is_empty() || !scope.unknown().is_empty() || has_own {
        let message = "must name the scopes that clients may have at most, none with two underscores.";
        members.fault("/scope", message);
    }
    scope
}

/// `GET /register-tokens`.
pub(crate) async fn list(call: &Call<'_, impl Reaches>) -> Answer {
    let query = call.query()?;
    let mut gather = Gather::asked(&query, false)?;
    while let Some((cursor, size)) = gather.wanted() {
        let page = call.store().entries(Listed::OfKind("initial_access"), cursor, size).await;
        let place = |entry: &Entry| Cursor::behind(entry.created_at, &entry.key);
        gather.take(page.map_err(unavailable)?, |entry| entry.is_live(call.now), place)?;
    }
    Ok(gather.answer("/register-tokens", &query, shown))
}

/// `DELETE /register-tokens/{id}`: what was registered by it stays.
pub(crate) async fn end(call: &Call<'_, impl Reaches>, id: &str) -> Answer {
    let missing = || not_found("register_token_not_found", "there is no token of this id.");
    let is_possible = id.len() == 43 && id.is_ascii();
    let entry = if is_possible { call.store().entry(id).await.map_err(unavailable)? } else { None };
    let entry = entry.filter(|entry| matches!(entry.note, Note::InitialAccess(_))).ok_or_else(missing)?;
    if call.is_dry_run()? {
        return Ok(no_content());
    }
    call.store().write(&[Write::ForgetEntry(id)], call.now).await.map_err(unavailable)?;
    Ok(noted(no_content(), record(call, Event::RegisterTokenEnded, &entry)))
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
