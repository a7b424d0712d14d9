//! Clients: read, listed, registered, changed, disabled, enabled and deleted.

mod change;
mod first_secret;
mod ours;
mod register;
mod rights;

use super::{Conflict, Done, Missing, OperationRefused, Operations, Seen, Stale};
use crate::audit::{Event, Record};
use crate::client::{Client, ClientId, ClientMetadata, ClientSecret};
use crate::error::Unreachable;
use crate::ports::{Changed, ClientWriter, Cursor, Page, Registry, World, Write};
use crate::registration::{PendingChange, RegistrationAccess, RegistrationToken};

pub use change::change;
use first_secret::first_secret;
pub use ours::{keep_test_token_tool, test_token_issued, test_token_scopes};
pub use register::register;
pub use rights::{judge, may_change, may_register};

/// How often disabling is tried while others change the same client.
const TRIES: u8 = 3;

/// What is wanted of a client.
#[derive(Debug)]
pub struct Wanted {
    /// What is to be registered about it, checked.
    pub metadata: ClientMetadata,
    /// Whose it is to be, by `sub`, where an administrator's program says so. What a user registers is theirs, and no
    /// other change gives it to another.
    pub owner: Option<String>,
    /// The secret that it gets if it needs its first one; without it one is generated.
    pub chosen: Option<ClientSecret>,
}

/// What came of registering or changing a client.
#[derive(Debug)]
pub struct Kept {
    /// The client as it is registered now.
    pub client: Client,
    /// Its first secret, to be shown once, if one was generated.
    pub secret: Option<ClientSecret>,
    /// The registration access token by which the client manages itself from now on, to be shown once.
    pub token: Option<RegistrationToken>,
    /// What became of the wish.
    pub fate: Fate,
}

/// What became of a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It counts.
    Counts,
    /// It waits for an administrator.
    Waits,
    /// Nothing was different, so nothing was written.
    Unchanged,
}

/// Which clients are listed.
#[derive(Clone, Copy, Debug)]
pub enum ListedClients<'a> {
    /// Those of all users, and those of none.
    All,
    /// Those of one user, by `sub`.
    OwnedBy(&'a str),
}

/// The client of this id, if the actor may see it: administrators see all, users their own, and a client itself.
///
/// # Errors
/// `NotFound` when there is none, or it is another user's.
pub async fn read(
    operations: &Operations<'_, impl World<Store: ClientWriter>>,
    id: &ClientId,
) -> Result<Seen<Client>, OperationRefused> {
    let client = operations.store.current(id).await?;
    client
        .and_then(|client| Seen::<Client>::by(&operations.actor, client))
        .ok_or_else(|| Missing::Client.into())
}

/// Clients, newest first; nothing for an unreadable cursor.
///
/// # Errors
/// `Forbidden` for those of others when the actor is no administrator.
pub async fn list(
    operations: &Operations<'_, impl World<Store: ClientWriter>>,
    whose: ListedClients<'_>,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Option<Page<Client>>, OperationRefused> {
    let store = operations.store;
    Ok(match whose {
        ListedClients::OwnedBy(owner) => {
            operations.only_themselves_or_administrators(owner)?;
            store.owned_by(owner, after, limit).await?
        }
        ListedClients::All => {
            operations.only_administrators()?;
            store.list(after, limit).await?
        }
    })
}

/// Replaces a client and nothing else.
pub(super) async fn put(
    operations: &Operations<'_, impl World<Store: ClientWriter>>,
    next: &Client,
    read_version: u64,
) -> Result<(), OperationRefused> {
    if operations.dry_run.writes() && operations.store.replace(next, read_version).await? == Changed::Stale {
        return Err(Stale::Client.into());
    }
    Ok(())
}

/// Deletes a client, and ends what is remembered of it: its registration access token and its request. Who sees a
/// client may delete it.
///
/// # Errors
/// `Stale` when the client is not the version that was read any more.
pub async fn delete(
    operations: &Operations<'_, impl World<Store: Registry>>,
    read: &Seen<Client>,
) -> Result<Done<()>, OperationRefused> {
    let id = &read.client_id;
    let keys = [RegistrationAccess::entry_key(id), PendingChange::entry_key(id)];
    let mut writes = vec![Write::DeleteClient { id, read_version: read.version }];
    writes.extend(keys.iter().map(|key| Write::ForgetEntry(key)));
    operations.write_or(Stale::Client, &writes).await?;
    operations.done((), operations.of_client(Event::ClientDeleted, Some(read), None))
}

/// Disables or enables a client, whichever version it is: who stops a client in an emergency has no time to read it
/// first, and no change of a name starts one again. Twice is once.
///
/// # Errors
/// `Forbidden` when the actor is no administrator, `Conflict` for a client that waits for one.
pub async fn set_disabled(
    operations: &Operations<'_, impl World<Store: ClientWriter>>,
    id: &ClientId,
    disabled: bool,
) -> Result<Done<Client>, OperationRefused> {
    operations.only_administrators()?;
    for _ in 0..TRIES {
        let before = read(operations, id).await?;
        if before.awaits_approval {
            return Err(Conflict::AwaitsApproval.into());
        }
        if before.disabled == disabled || !operations.dry_run.writes() {
            return operations.nothing_done(before.into_inner());
        }
        let next = before.changed(operations.now, |client| client.disabled = disabled);
        let next = next.changed_by(operations.actor.changes());
        match put(operations, &next, before.version).await {
            Err(OperationRefused::Stale(_)) => {}
            kept => {
                kept?;
                let event = if disabled { Event::ClientDisabled } else { Event::ClientEnabled };
                let record = operations.of_client(event, Some(&before), Some(&next));
                return operations.done(next, record);
            }
        }
    }
    Err(Unreachable::new("clients", "the client is changed all the time").into())
}

impl<W: World> Operations<'_, W> {
    /// A dry run shows no secret and no token, since they open nothing.
    fn kept(&self, kept: Kept, record: Record) -> Result<Done<Kept>, OperationRefused> {
        let Kept { secret, token, .. } = kept;
        let shown = self.dry_run.writes();
        self.done(Kept { secret: secret.filter(|_| shown), token: token.filter(|_| shown), ..kept }, record)
    }
}
