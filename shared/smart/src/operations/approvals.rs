//! An administrator decides what waits: the request and its client change in one step.

use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;

use crate::client::{ChangedBy, Client};
use crate::error::Unreachable;
use crate::ports::{ClientWriter, Registry, Write, Written};
use crate::registration::{DecisionRefused, Entry, Note, PendingChange};

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum DecideRefused {
    /// The decision itself is no good.
    #[error(transparent)]
    Decision(#[from] DecisionRefused),
    /// The client is gone, or it or the request was changed meanwhile.
    #[error("the request or its client was changed meanwhile; read it again.")]
    Stale,
    /// The store cannot be reached.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
}

/// What was decided.
#[derive(Debug)]
pub struct Decided {
    /// The request, decided.
    pub entry: Entry,
    /// The client before.
    pub before: Client,
    /// The client after; a new one that was declined is gone.
    pub after: Option<Client>,
}

/// Approves a request, as a whole or with fewer scopes.
///
/// # Errors
/// When it was decided before or changed meanwhile, when more would be given than was asked, or the store cannot be
/// reached.
pub async fn approve<S: Registry + ClientWriter>(
    read: &Entry,
    reduced_to: Option<&ScopeSet>,
    by: &str,
    store: &S,
    now: UnixSeconds,
) -> Result<Decided, DecideRefused> {
    let change = change_of(read)?;
    let (approved, metadata) = change.approved(reduced_to, by, now)?;
    let before = store.current(&change.client_id).await?.ok_or(DecideRefused::Stale)?;
    // A secret that nobody would see is not kept: whoever owns the client makes one.
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
    wrote(store.write(&writes, now).await?)?;
    Ok(Decided { entry, before, after: Some(after) })
}

/// Declines a request. A client that waited to be registered is gone; one that was there goes on as it was.
///
/// # Errors
/// As [`approve`].
pub async fn decline<S: Registry + ClientWriter>(
    read: &Entry,
    reason: &str,
    by: &str,
    store: &S,
    now: UnixSeconds,
) -> Result<Decided, DecideRefused> {
    let change = change_of(read)?;
    let declined = change.declined(reason, by, now)?;
    let before = store.current(&change.client_id).await?.ok_or(DecideRefused::Stale)?;
    let entry = read.with(Note::Change(Box::new(declined)));
    let mut writes = vec![Write::ReplaceEntry { next: &entry, read_version: read.version }];
    if before.awaits_approval {
        writes.push(Write::DeleteClient { id: &before.client_id, read_version: before.version });
    }
    wrote(store.write(&writes, now).await?)?;
    let after = (!before.awaits_approval).then(|| before.clone());
    Ok(Decided { entry, before, after })
}

fn change_of(entry: &Entry) -> Result<&PendingChange, DecideRefused> {
    match &entry.note {
        Note::Change(change) => Ok(change),
        _ => Err(DecideRefused::Stale),
    }
}

fn wrote(written: Written) -> Result<(), DecideRefused> {
    match written {
        Written::Written => Ok(()),
        Written::Refused => Err(DecideRefused::Stale),
    }
}
