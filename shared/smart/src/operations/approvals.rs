//! Requests that wait for an administrator, and their decision: the request and its client change in one step.

use smart_verify::scope::ScopeSet;

use super::{Actor, Conflict, Done, Missing, OperationRefused, Operations, Seen, Stale};
use crate::audit::Event;
use crate::client::{ChangedBy, Client, ClientId, FieldError};
use crate::error::ErrorCode;
use crate::ports::{ClientWriter, Cursor, Listed, Page, Registry, World, Write};
use crate::registration::{DecisionRefused, Entry, Note, PendingChange};

/// Why a request is declined, in words for its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclineReason(String);

impl DeclineReason {
    /// The most characters that it has.
    pub const LONGEST: usize = 500;

    /// A reason of 1 to 500 characters, none of them a control character. Space around it does not count.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = !text.is_empty() && text.chars().count() <= Self::LONGEST;
        (fits && !text.chars().any(char::is_control)).then(|| Self(text.to_owned()))
    }
}

/// What was decided.
#[derive(Debug)]
pub struct DecidedRequest {
    /// The request, decided.
    pub entry: Entry,
    /// The client before.
    pub before: Client,
    /// The client after; a new one that was declined is gone.
    pub after: Option<Client>,
}

/// All requests, the newest first; nothing for an unreadable cursor.
///
/// # Errors
/// `Forbidden` when the actor is no administrator.
pub async fn list(
    operations: &Operations<'_, impl World<Store: Registry>>,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Option<Page<Entry>>, OperationRefused> {
    operations.entries_of_kind("change", after, limit).await
}

/// The latest requests of the actor, and what became of them.
///
/// # Errors
/// When the store cannot be reached.
pub async fn own(
    operations: &Operations<'_, impl World<Store: Registry>>,
    limit: usize,
) -> Result<Vec<Entry>, OperationRefused> {
    let Actor::Person { subject, .. } = operations.actor else { return Ok(Vec::new()) };
    let page = operations.store.entries(Listed::OfOwner(subject), None, limit).await?;
    Ok(page.map(|page| operations.live(page).items).unwrap_or_default())
}

/// The request of a client that the actor may see, decided or not, if there is one.
///
/// # Errors
/// When the store cannot be reached.
pub async fn of_client(
    operations: &Operations<'_, impl World<Store: Registry>>,
    client: &Seen<Client>,
) -> Result<Option<Entry>, OperationRefused> {
    find(operations, &client.client_id).await
}

/// The request of the client of this id, decided or not.
///
/// # Errors
/// `Forbidden` when the actor is no administrator, `NotFound` when there is none.
pub async fn read(
    operations: &Operations<'_, impl World<Store: Registry>>,
    id: &ClientId,
) -> Result<Entry, OperationRefused> {
    operations.only_administrators()?;
    find(operations, id).await?.ok_or_else(|| Missing::Approval.into())
}

async fn find(
    operations: &Operations<'_, impl World<Store: Registry>>,
    id: &ClientId,
) -> Result<Option<Entry>, OperationRefused> {
    let entry = operations.store.entry(&PendingChange::entry_key(id)).await?;
    Ok(entry.filter(|entry| entry.is_live(operations.now) && entry.pending_change().is_some()))
}

/// Approves a request, as a whole or with fewer scopes.
///
/// # Errors
/// `Forbidden` when the actor is no administrator, `Conflict` when it was decided before, `Invalid` when more would be given
/// than was asked, `Stale` when the client is gone, or it or the request was changed since it was read.
pub async fn approve(
    operations: &Operations<'_, impl World<Store: Registry + ClientWriter>>,
    read: &Entry,
    reduced_to: Option<&ScopeSet>,
) -> Result<Done<DecidedRequest>, OperationRefused> {
    operations.only_administrators()?;
    let now = operations.now;
    let change = read.pending_change().ok_or(Stale::Approval)?;
    let (approved, metadata) = change.approved(reduced_to, operations.actor.name(), now)?;
    let before = operations.store.current(&change.client_id).await?.ok_or(Stale::Approval)?;
    // A secret that no page would show is not kept. The owner of the client creates one.
    let (with_metadata, unseen) = before.with_metadata(metadata, None, now);
    let secrets = if unseen.is_some() { Vec::new() } else { with_metadata.secrets.clone() };
    let disabled = before.disabled && !before.awaits_approval;
    let changed = with_metadata.changed_by(ChangedBy::Administrator);
    let after = Client { awaits_approval: false, checked: true, disabled, secrets, ..changed };
    let entry = read.with(Note::Change(Box::new(approved)));
    let writes = [
        Write::ReplaceClient { next: &after, read_version: before.version },
        Write::ReplaceEntry { next: &entry, read_version: read.version },
    ];
    operations.write_or(Stale::Approval, &writes).await?;
    let record = operations.of_client(Event::ClientApproved, Some(&before), Some(&after));
    operations.done(DecidedRequest { entry, before, after: Some(after) }, record)
}

/// Declines a request. A client that waited to be registered is gone; one that was there stays as it was.
///
/// # Errors
/// As [`approve`].
pub async fn decline(
    operations: &Operations<'_, impl World<Store: Registry + ClientWriter>>,
    read: &Entry,
    reason: &DeclineReason,
) -> Result<Done<DecidedRequest>, OperationRefused> {
    operations.only_administrators()?;
    let change = read.pending_change().ok_or(Stale::Approval)?;
    let declined = change.declined(&reason.0, operations.actor.name(), operations.now)?;
    let before = operations.store.current(&change.client_id).await?.ok_or(Stale::Approval)?;
    let entry = read.with(Note::Change(Box::new(declined)));
    let mut writes = vec![Write::ReplaceEntry { next: &entry, read_version: read.version }];
    if before.awaits_approval {
        writes.push(Write::DeleteClient { id: &before.client_id, read_version: before.version });
    }
    operations.write_or(Stale::Approval, &writes).await?;
    let after = (!before.awaits_approval).then(|| before.clone());
    let record = operations.of_client(Event::ClientDeclined, Some(&before), after.as_ref());
    operations.done(DecidedRequest { entry, before, after }, record)
}

impl From<DecisionRefused> for OperationRefused {
    fn from(why: DecisionRefused) -> Self {
        match why {
            DecisionRefused::DecidedBefore => Conflict::DecidedBefore.into(),
            DecisionRefused::NotLess => Self::Invalid(vec![FieldError {
                pointer: "/scope".to_owned(),
                message: why.to_string(),
                code: ErrorCode::InvalidScope,
            }]),
        }
    }
}
