//! One actor at work: all that an operation on what is remembered needs.

use smart_verify::time::UnixSeconds;

use super::{Actor, DryRun, Forbidden, OperationRefused, Stale};
use crate::audit::{AuditHasher, Event, Record};
use crate::client::Client;
use crate::error::Unreachable;
use crate::ports::{Cursor, Listed, Page, Registry, Write, Written};
use crate::registration::Entry;
use crate::user::User;

/// One actor at work: who acts, on what is remembered, and when.
///
/// A function that registers no clients has no more than this. What registering takes is in
/// [`Operations`](super::Operations), which is one of these too.
#[derive(Debug)]
pub struct Acting<'a, S> {
    /// What is remembered.
    pub store: &'a S,
    /// What hides people and addresses in records.
    pub audit: &'a AuditHasher,
    /// Who acts.
    pub actor: Actor<'a>,
    /// Whether it is only tried.
    pub dry_run: DryRun,
    /// When.
    pub now: UnixSeconds,
}

impl<S> Acting<'_, S> {
    /// # Errors
    /// When the actor is no administrator.
    pub(super) fn only_administrators(&self) -> Result<(), OperationRefused> {
        if self.actor.is_administrator() { Ok(()) } else { Err(Forbidden::AdministratorsOnly.into()) }
    }

    /// # Errors
    /// When the actor is neither the user of this `sub` nor an administrator.
    pub(super) fn only_themselves_or_administrators(&self, sub: &str) -> Result<(), OperationRefused> {
        if self.actor.is_person(sub) { Ok(()) } else { self.only_administrators() }
    }

    /// A record that says who acted.
    pub(super) fn signed(&self, record: Record) -> Record {
        match &self.actor {
            Actor::Administrator(client_id) => record.by(client_id),
            Actor::Person { subject, .. } => record.by_person(self.audit.person(subject)),
            Actor::Itself(own) => record.by(&own.client.client_id),
            Actor::Anonymous { address, .. } => record.by_address(self.audit.address(address)),
        }
    }

    pub(super) fn of_client(&self, event: Event, before: Option<&Client>, after: Option<&Client>) -> Record {
        self.signed(self.audit.of_client(event, before, after))
    }

    pub(super) fn of_user(&self, event: Event, before: Option<&User>, after: Option<&User>) -> Record {
        self.signed(self.audit.of_user(event, before, after))
    }
}

impl<S: Registry> Acting<'_, S> {
    /// All live entries of a kind for an administrator, the newest first; nothing for an unreadable cursor.
    ///
    /// # Errors
    /// `Forbidden` when the actor is no administrator.
    pub(super) async fn entries_of_kind(
        &self,
        kind: &str,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Option<Page<Entry>>, OperationRefused> {
        self.only_administrators()?;
        let page = self.store.entries(Listed::OfKind(kind), after, limit).await?;
        Ok(page.map(|page| self.live(page)))
    }

    /// A page without the entries that have ended, which may be stored for some time.
    pub(super) fn live(&self, page: Page<Entry>) -> Page<Entry> {
        let items = page.items.into_iter().filter(|entry| entry.is_live(self.now)).collect();
        Page { items, ..page }
    }

    /// Adds an entry whose key was generated here.
    pub(super) async fn add(&self, entry: &Entry) -> Result<(), OperationRefused> {
        match self.write(&[Write::AddEntry(entry)]).await? {
            Written::Written => Ok(()),
            Written::Refused => Err(Unreachable::new("registry", "a fresh token is taken").into()),
        }
    }

    /// Writes all of it in one step, unless it is a dry run.
    pub(super) async fn write(&self, writes: &[Write<'_>]) -> Result<Written, Unreachable> {
        if self.dry_run.writes() { self.store.write(writes, self.now).await } else { Ok(Written::Written) }
    }

    /// The same, or refuses what was changed since it was read.
    pub(super) async fn write_or(&self, stale: Stale, writes: &[Write<'_>]) -> Result<(), OperationRefused> {
        match self.write(writes).await? {
            Written::Written => Ok(()),
            Written::Refused => Err(stale.into()),
        }
    }
}
