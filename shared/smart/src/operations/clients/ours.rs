//! The clients that this service itself is.

use super::super::{Actor, Done, Forbidden, OperationRefused, Operations};
use super::put;
use crate::audit::Event;
use crate::client::{Client, ClientId, ClientMetadata, TEST_TOKEN_TOOL};
use crate::error::Unreachable;
use crate::ports::{ClientWriter, Created, World};

/// A client that this service itself is. Its id is never generated, so no other client has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ours {
    /// The one that gets the tokens of the page *Get Access Tokens*.
    TestTokenTool,
}

impl Ours {
    fn id(self) -> Result<ClientId, Unreachable> {
        let id = match self {
            Self::TestTokenTool => TEST_TOKEN_TOOL,
        };
        id.parse().map_err(|_| Unreachable::new("clients", "no id"))
    }
}

/// Keeps a client of this service registered as it is to be, for a user who is signed in and needs it.
///
/// # Errors
/// `Forbidden` when the actor is no user.
pub async fn keep_ours(
    operations: &Operations<'_, impl World<Store: ClientWriter>>,
    which: Ours,
    metadata: ClientMetadata,
) -> Result<Done<()>, OperationRefused> {
    let Actor::Person { .. } = operations.actor else { return Err(Forbidden::UsersOnly.into()) };
    let id = which.id()?;
    match operations.store.current(&id).await? {
        None => {
            let client = Client { checked: true, ..Client::new(id, metadata, operations.now) };
            if operations.dry_run.writes() && operations.store.create(&client).await? == Created::Exists {
                return operations.nothing_done(());
            }
            operations.done((), operations.of_client(Event::ClientRegistered, None, Some(&client)))
        }
        Some(known) if known.metadata == metadata => operations.nothing_done(()),
        Some(known) => {
            let next = known.changed(operations.now, |client| client.metadata = metadata);
            match put(operations, &next, known.version).await {
                // Another request has done the same.
                Err(OperationRefused::Stale(_)) => operations.nothing_done(()),
                kept => {
                    kept?;
                    let record = operations.of_client(Event::ClientChanged, Some(&known), Some(&next));
                    operations.done((), record)
                }
            }
        }
    }
}
