//! The secrets of a client: two at most, so that one takes over from the other.

use std::time::Duration;

use smart_verify::time::UnixSeconds;

use super::clients::put;
use super::{Done, OperationRefused, Operations, Seen};
use crate::audit::Event;
use crate::client::{Client, ClientSecret, StoredSecret};
use crate::error::Unreachable;
use crate::ports::{ClientWriter, World};
use crate::registration::SecretRefused;

/// A secret that is wanted.
#[derive(Debug, Default)]
pub struct NewSecret {
    /// The secret that its user chose; without it one is generated.
    pub chosen: Option<ClientSecret>,
    /// When it ends; never, if nothing is said.
    pub expires_in: Option<Duration>,
    /// When the others end at the latest.
    pub others_expire_in: Option<Duration>,
}

/// A secret that was added.
#[derive(Debug)]
pub struct Added {
    /// The client as it is registered now.
    pub client: Client,
    /// The secret, to be shown once, if it was generated.
    pub secret: Option<ClientSecret>,
    /// When it ends, if it does.
    pub expires_at: Option<UnixSeconds>,
}

/// The secrets that work now.
pub fn live(client: &Client, now: UnixSeconds) -> impl Iterator<Item = &StoredSecret> {
    client.secrets.iter().filter(move |secret| secret.is_live(now))
}

/// Gives a client a second secret. Who sees a client manages its secrets.
///
/// # Errors
/// `Conflict` when two are live, the client uses none, or the chosen one is live already; `Stale` when the client is not the
/// version that was read any more.
pub async fn add(
    operations: &Operations<'_, impl World<Store: ClientWriter>>,
    read: &Seen<Client>,
    wanted: NewSecret,
) -> Result<Done<Added>, OperationRefused> {
    let now = operations.now;
    let is_drawn = wanted.chosen.is_none();
    let secret = wanted.chosen.unwrap_or_else(ClientSecret::generate);
    let expires_at = wanted.expires_in.map(|lifetime| now + lifetime);
    let next = match read.with_secret(&secret, expires_at, wanted.others_expire_in, now) {
        Err(SecretRefused::LiveAlready) if is_drawn => {
            return Err(Unreachable::new("clients", "a fresh secret is taken").into());
        }
        next => next?,
    };
    let done = keep(operations, read, next, Event::SecretMade).await?;
    let secret = Some(secret).filter(|_| is_drawn && operations.dry_run.writes());
    Ok(done.map(|client| Added { client, secret, expires_at }))
}

/// Ends a secret of a client after a while, or at once.
///
/// # Errors
/// `NotFound` when it has no live secret of this id, `Conflict` when it is the only one, `Stale` as for [`add`].
pub async fn end(
    operations: &Operations<'_, impl World<Store: ClientWriter>>,
    read: &Seen<Client>,
    id: &str,
    after: Duration,
) -> Result<Done<Client>, OperationRefused> {
    let next = read.without_secret(id, after, operations.now)?;
    keep(operations, read, next, Event::SecretRevoked).await
}

async fn keep(
    operations: &Operations<'_, impl World<Store: ClientWriter>>,
    read: &Seen<Client>,
    next: Client,
    event: Event,
) -> Result<Done<Client>, OperationRefused> {
    let next = next.changed_by(operations.actor.changes());
    put(operations, &next, read.version).await?;
    let record = operations.of_client(event, Some(read), Some(&next));
    operations.done(next, record)
}
