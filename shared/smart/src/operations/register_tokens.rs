//! Initial access tokens: what an administrator gives a developer to register with.
//!
//! Source: RFC 7591 §3, initial access token.

use std::time::Duration;

use smart_verify::scope::{Scope, ScopeSet};
use smart_verify::time::UnixSeconds;

use super::{Done, Missing, OperationRefused, Operations};
use crate::audit::{Event, Record};
use crate::ports::{Cursor, Page, Registry, World, Write, Written};
use crate::registration::{Entry, InitialAccess, Note, RegistrationToken};

/// A token that is wanted.
#[derive(Debug)]
pub struct NewRegisterToken {
    /// Whom it is for, in words.
    pub description: String,
    /// The most that what is registered by it may have.
    pub scope: InitialScope,
    /// How many clients are registered by it.
    pub uses: u32,
    /// How long it can be used.
    pub lifetime: Duration,
}

/// Scopes that an initial access token may give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitialScope(ScopeSet);

impl InitialScope {
    /// Some scopes, of which each is known and none is of our own APIs.
    pub fn parse(text: &str) -> Option<Self> {
        let scope = ScopeSet::parse(text);
        let has_own = scope.iter().any(|scope| matches!(scope, Scope::Extension(_)));
        (!scope.is_empty() && scope.unknown().is_empty() && !has_own).then_some(Self(scope))
    }
}

/// A token that was made.
#[derive(Debug)]
pub struct Made {
    /// Its entry.
    pub entry: Entry,
    /// The token, to be shown once; none in a dry run, where it would open nothing.
    pub token: Option<RegistrationToken>,
}

/// Makes a token.
///
/// # Errors
/// `Forbidden` when the actor is no administrator.
pub async fn create(
    operations: &Operations<'_, impl World<Store: Registry>>,
    wanted: NewRegisterToken,
) -> Result<Done<Made>, OperationRefused> {
    operations.only_administrators()?;
    let token = RegistrationToken::generate();
    let note = Note::InitialAccess(InitialAccess {
        description: wanted.description,
        scope: wanted.scope.0,
        uses_left: wanted.uses,
        made_by: operations.actor.name().to_owned(),
    });
    let ends = operations.now + wanted.lifetime;
    let entry = Entry::new(InitialAccess::entry_key(&token), note, operations.now, Some(ends));
    operations.add(&entry).await?;
    let record = record(operations, Event::RegisterTokenMade, &entry);
    let token = operations.dry_run.writes().then_some(token);
    operations.done(Made { entry, token }, record)
}

/// The tokens, the newest first; nothing for an unreadable cursor.
///
/// # Errors
/// `Forbidden` when the actor is no administrator.
pub async fn list(
    operations: &Operations<'_, impl World<Store: Registry>>,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Option<Page<Entry>>, OperationRefused> {
    operations.entries_of_kind("initial_access", after, limit).await
}

/// Ends a token. What was registered by it stays.
///
/// # Errors
/// `Forbidden` when the actor is no administrator, `NotFound` when there is no such token.
pub async fn end(
    operations: &Operations<'_, impl World<Store: Registry>>,
    id: &str,
) -> Result<Done<()>, OperationRefused> {
    operations.only_administrators()?;
    let is_possible = id.len() == 43 && id.is_ascii();
    let entry = if is_possible { operations.store.entry(id).await? } else { None };
    let entry = entry.filter(|entry| matches!(entry.note, Note::InitialAccess(_)));
    let entry = entry.ok_or(Missing::RegisterToken)?;
    if operations.write(&[Write::ForgetEntry(id)]).await? == Written::Refused {
        return Err(Missing::RegisterToken.into());
    }
    operations.done((), record(operations, Event::RegisterTokenEnded, &entry))
}

/// The token that a developer has shown, while it counts.
///
/// # Errors
/// `NotFound` when there is none, or it has ended.
pub async fn shown(
    token: &RegistrationToken,
    store: &impl Registry,
    now: UnixSeconds,
) -> Result<Entry, OperationRefused> {
    let entry = store.entry(&InitialAccess::entry_key(token)).await?;
    let is_live = |entry: &Entry| entry.is_live(now) && matches!(entry.note, Note::InitialAccess(_));
    entry.filter(is_live).ok_or_else(|| Missing::RegisterToken.into())
}

/// What is recorded of a token: which, and the most that it gives. Its description is for administrators only.
fn record(operations: &Operations<'_, impl World>, event: Event, entry: &Entry) -> Record {
    let record = operations.signed(Record::of(event)).register_token(entry);
    match &entry.note {
        Note::InitialAccess(access) => record.scope(&access.scope),
        _ => record,
    }
}
