//! The client that this service itself is: the test token tool, which gets the tokens of the page *Get Access Tokens*.

use serde_json::{Map, json};
use smart_verify::scope::{LastingScope, Scope, ScopeSet};

use super::super::{Actor, Done, Forbidden, OperationRefused, Operations};
use super::put;
use crate::audit::{Event, Record};
use crate::client::{Client, ClientId, ClientMetadata, TEST_TOKEN_TOOL};
use crate::error::Unreachable;
use crate::ports::{ClientWriter, Created, World};
use crate::user::Ceilings;

/// What the test token tool may ask for: what any user may have, except access that lasts.
pub fn test_token_scopes(ceilings: &Ceilings) -> ScopeSet {
    let ends =
        |scope: &&Scope| !matches!(scope, Scope::Lasting(LastingScope::Offline | LastingScope::Online));
    ceilings.of_anybody().iter().filter(ends).cloned().collect()
}

/// What is registered of the test token tool, and its id. The id is never generated, so no other client has it.
fn test_token_tool(
    redirect_uri: &str,
    ceilings: &Ceilings,
) -> Result<(ClientId, ClientMetadata), Unreachable> {
    let id = TEST_TOKEN_TOOL.parse().map_err(|_| Unreachable::new("clients", "no id"))?;
    let members = json!({
        "client_name": "Test token tool", "redirect_uris": [redirect_uri],
        "token_endpoint_auth_method": "none", "scope": test_token_scopes(ceilings).to_string(),
    });
    let metadata = ClientMetadata::check(members.as_object().unwrap_or(&Map::new()));
    Ok((id, metadata.map_err(|errors| Unreachable::new("clients", format!("{errors:?}")))?))
}

/// Keeps the test token tool registered as it is to be, for a user who is signed in and needs it.
///
/// # Errors
/// `Forbidden` when the actor is no user.
pub async fn keep_test_token_tool(
    operations: &Operations<'_, impl World<Store: ClientWriter>>,
    redirect_uri: &str,
    ceilings: &Ceilings,
) -> Result<Done<()>, OperationRefused> {
    let Actor::Person { .. } = operations.actor else { return Err(Forbidden::UsersOnly.into()) };
    let (id, metadata) = test_token_tool(redirect_uri, ceilings)?;
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

/// The record of a token of these scopes that the test token tool has got for the actor.
pub fn test_token_issued(operations: &Operations<'_, impl World>, granted: &ScopeSet) -> Record {
    operations.signed(Record::of(Event::TestTokenIssued)).scope(granted)
}
