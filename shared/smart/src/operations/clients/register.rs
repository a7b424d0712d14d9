//! A client is registered, or waits to be.

use super::super::{Actor, Done, Forbidden, OperationRefused, Operations, Stale};
use super::{Fate, Kept, Wanted, first_secret, judge, may_register};
use crate::audit::Event;
use crate::client::{Client, ClientId, ClientSecret};
use crate::ports::{Registry, World, Write};
use crate::registration::{Entry, Note, PendingChange, PolicyVerdict, RegistrationAccess, RegistrationToken};

/// Registers a client, or lets it wait for an administrator: then it is there, and nothing can be done with it.
/// `remember` makes what is written in the same step, such as the answer to a request that may come again.
///
/// # Errors
/// `Invalid` when none of its scopes can be had, `Forbidden` when the actor may not register, `Stale` when what is written
/// in the same step is there already or has changed.
pub async fn register(
    operations: &Operations<'_, impl World<Store: Registry>>,
    wanted: Wanted,
    remember: impl FnOnce(&Client, Option<&ClientSecret>) -> Option<Entry> + Send,
) -> Result<Done<Kept>, OperationRefused> {
    if !may_register(operations) {
        return Err(Forbidden::RegistrationClosed.into());
    }
    let judged = judge(operations, wanted.metadata).map_err(OperationRefused::Invalid)?;
    let checked = matches!(judged, PolicyVerdict::Trusted(_));
    let (metadata, report) = match judged {
        PolicyVerdict::AtOnce(metadata, _) | PolicyVerdict::Trusted(metadata) => (metadata, None),
        PolicyVerdict::Waits(metadata, report) => (metadata, Some(report)),
    };
    let first = metadata.token_endpoint_auth_method.uses_secret();
    let first = first.then(|| first_secret(wanted.chosen.as_ref(), operations.now));
    let (secrets, secret) = first.map(|(kept, drawn)| (vec![kept], drawn)).unwrap_or_default();
    let client = Client {
        secrets,
        owner: owner(&operations.actor, wanted.owner),
        checked,
        disabled: report.is_some(),
        awaits_approval: report.is_some(),
        ..Client::new(ClientId::generate(), metadata, operations.now)
    };
    let fate = if report.is_some() { Fate::Waits } else { Fate::Counts };
    let waiting = report
        .map(|report| PendingChange::entry(&client, None, client.metadata.clone(), report, operations.now));
    let remembered = remember(&client, secret.as_ref());
    let (itself, token) = managed_by_itself(operations, &client.client_id).unzip();
    let used = used_once(&operations.actor)?;
    let mut writes = vec![Write::CreateClient(&client)];
    writes.extend([&waiting, &remembered, &itself].into_iter().flatten().map(Write::AddEntry));
    writes.extend(
        used.as_ref().map(|(next, read_version)| Write::ReplaceEntry { next, read_version: *read_version }),
    );
    operations.write_or(Stale::Client, &writes).await?;
    let event = if client.awaits_approval { Event::ClientAsked } else { Event::ClientRegistered };
    let record = operations.of_client(event, None, Some(&client));
    let record = match &used {
        Some((entry, _)) => record.register_token(entry),
        None => record,
    };
    operations.kept(Kept { client, secret, token, fate }, record)
}

/// Whose a new client is.
fn owner(actor: &Actor<'_>, said: Option<String>) -> Option<String> {
    match actor {
        Actor::Administrator(_) => said,
        Actor::Person { subject, .. } => Some((*subject).to_owned()),
        Actor::Itself(_) | Actor::Anonymous { .. } => None,
    }
}

/// What a client manages itself by that registers itself, with the token.
fn managed_by_itself(
    operations: &Operations<'_, impl World>,
    id: &ClientId,
) -> Option<(Entry, RegistrationToken)> {
    if !matches!(operations.actor, Actor::Anonymous { .. }) {
        return None;
    }
    let ceiling = operations.actor.initial().map(|(_, access)| access.scope.clone());
    let token = RegistrationToken::generate();
    Some((RegistrationAccess::entry(id, &token, ceiling, operations.now), token))
}

/// The initial access that was shown, used once more, with the version that was read.
fn used_once(actor: &Actor<'_>) -> Result<Option<(Entry, u64)>, OperationRefused> {
    let Some((entry, access)) = actor.initial() else { return Ok(None) };
    let used = access.used().ok_or(Forbidden::InitialTokenUsedUp)?;
    Ok(Some((entry.with(Note::InitialAccess(used)), entry.version)))
}
