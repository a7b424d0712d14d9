//! What administrators, users and programs do with clients and accounts: one way to do each, under the JSON API, RFC
//! 7591 and RFC 7592, the approvals and the pages.
//!
//! A caller checks how a request is written, does one operation by an actor's [`Operations`], and shows what came of
//! it. Who may do it, what waits for approval, which secret is made, what ends along with it, and which record is
//! written, is decided here: an operation checks its actor, or takes what is made by that check alone ([`Seen`],
//! [`OwnRegistration`]).

mod actor;
pub mod approvals;
pub mod clients;
mod dry_run;
mod metadata;
pub mod problems;
mod refused;
pub mod register_tokens;
pub mod secrets;
mod seen;
pub mod users;

use smart_verify::time::UnixSeconds;

use crate::audit::{AuditHasher, Event, Record};
use crate::client::Client;
use crate::error::Unreachable;
use crate::ports::{Cursor, Listed, Page, Registry, World, Write, Written};
use crate::registration::{Entry, SelfRegistrationPolicy};
use crate::service::Service;
use crate::user::User;

pub use actor::{Actor, OwnRegistration};
pub use dry_run::{Done, DryRun};
pub use metadata::{AskedByAdministrator, Examined, KeysFound};
pub use refused::{Conflict, Forbidden, Missing, OperationRefused, Stale};
pub use seen::Seen;

/// What one actor may do now, and with what.
pub struct Operations<'a, W: World> {
    /// What is remembered.
    pub store: &'a W::Store,
    /// What reads the keys that clients publish.
    pub jwks: &'a W::Jwks,
    /// Which others than administrators register, and for what at most.
    pub policy: &'a SelfRegistrationPolicy,
    /// Our own addresses.
    pub service: &'a Service,
    /// What hides people and addresses in records.
    pub audit: &'a AuditHasher,
    /// Who acts.
    pub actor: Actor<'a>,
    /// Whether it is only tried.
    pub dry_run: DryRun,
    /// When.
    pub now: UnixSeconds,
}

impl<W: World> Operations<'_, W> {
    /// # Errors
    /// When the actor is no administrator.
    fn only_administrators(&self) -> Result<(), OperationRefused> {
        if self.actor.is_administrator() { Ok(()) } else { Err(Forbidden::AdministratorsOnly.into()) }
    }

    /// A record that says who acted.
    fn signed(&self, record: Record) -> Record {
        match &self.actor {
            Actor::Administrator(client_id) => record.by(client_id),
            Actor::Person { subject, .. } => record.by_person(self.audit.person(subject)),
            Actor::Itself(own) => record.by(&own.client.client_id),
            Actor::Anonymous { address, .. } => record.by_address(self.audit.address(address)),
        }
    }

    fn of_client(&self, event: Event, before: Option<&Client>, after: Option<&Client>) -> Record {
        self.signed(self.audit.of_client(event, before, after))
    }

    fn of_user(&self, event: Event, before: Option<&User>, after: Option<&User>) -> Record {
        self.signed(self.audit.of_user(event, before, after))
    }
}

impl<W: World<Store: Registry>> Operations<'_, W> {
    /// All live entries of a kind for an administrator, the newest first; nothing for an unreadable cursor.
    ///
    /// # Errors
    /// `Forbidden` when the actor is no administrator.
    async fn entries_of_kind(
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
    fn live(&self, page: Page<Entry>) -> Page<Entry> {
        let items = page.items.into_iter().filter(|entry| entry.is_live(self.now)).collect();
        Page { items, ..page }
    }

    /// Adds an entry whose key was generated here.
    async fn add(&self, entry: &Entry) -> Result<(), OperationRefused> {
        match self.write(&[Write::AddEntry(entry)]).await? {
            Written::Written => Ok(()),
            Written::Refused => Err(Unreachable::new("registry", "a fresh token is taken").into()),
        }
    }

    /// Writes all of it in one step, unless it is a dry run.
    async fn write(&self, writes: &[Write<'_>]) -> Result<Written, Unreachable> {
        if self.dry_run.writes() { self.store.write(writes, self.now).await } else { Ok(Written::Written) }
    }

    /// The same, or refuses what was changed since it was read.
    async fn write_or(&self, stale: Stale, writes: &[Write<'_>]) -> Result<(), OperationRefused> {
        match self.write(writes).await? {
            Written::Written => Ok(()),
            Written::Refused => Err(stale.into()),
        }
    }
}
