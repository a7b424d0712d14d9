//! The clients that this service itself is.

use super::super::{Done, OperationRefused, Operations};
use super::put;
use crate::audit::Event;
use crate::client::{Client, ClientId, ClientMetadata};
use crate::ports::{ClientWriter, Created, World};

/// Keeps a client of this service registered as it is to be. Its id is never generated, so no other client has it.
///
/// # Errors
/// When the store cannot be reached.
pub async fn keep_ours(
    operations: &Operations<'_, impl World<Store: ClientWriter>>,
    id: ClientId,
    metadata: ClientMetadata,
) -> Result<Done<()>, OperationRefused> {
    let nothing = Done { body: (), record: None };
    match operations.store.current(&id).await? {
        None => {
            let client = Client { checked: true, ..Client::new(id, metadata, operations.now) };
            if operations.store.create(&client).await? == Created::Exists {
                return Ok(nothing);
            }
            Ok(operations.done((), operations.of_client(Event::ClientRegistered, None, Some(&client))))
        }
        Some(known) if known.metadata == metadata => Ok(nothing),
        Some(known) => {
            let next = known.changed(operations.now, |client| client.metadata = metadata);
            match put(operations, &next, known.version).await {
                // Another request has done the same.
                Err(OperationRefused::Stale) => Ok(nothing),
                kept => {
                    kept?;
                    let record = operations.of_client(Event::ClientChanged, Some(&known), Some(&next));
                    Ok(operations.done((), record))
                }
            }
        }
    }
}
