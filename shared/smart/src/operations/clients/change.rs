//! A client is changed, or its change waits.

use super::super::{Actor, Done, Forbidden, OperationRefused, Operations, Seen};
use super::{Fate, Kept, Wanted, judge, may_change, put};
use crate::audit::Event;
use crate::client::{Client, ClientMetadata};
use crate::error::Unreachable;
use crate::narrowing::Decision;
use crate::ports::{ClientWriter, Registry, World, Write};
use crate::registration::{Entry, Judged, Note, PendingChange, RegistrationToken};

/// Changes a client, or lets the change wait while the client stays as it was. A change that waits keeps no secret. A
/// client that changes itself gets another registration access token.
///
/// # Errors
/// `Forbidden` when the actor may not change it, `Invalid` when none of its scopes can be had, `Stale` when the client is not
/// the version that was read any more.
pub async fn change(
    operations: &Operations<'_, impl World<Store: ClientWriter + Registry>>,
    read: &Seen<Client>,
    wanted: Wanted,
) -> Result<Done<Kept>, OperationRefused> {
    if !may_change(operations, read) {
        return Err(Forbidden::RegistrationClosed.into());
    }
    if is_as_wanted(&operations.actor, read, &wanted.metadata) {
        let kept = Kept { client: Client::clone(read), secret: None, token: None, fate: Fate::Unchanged };
        return Ok(Done { body: kept, record: None });
    }
    let chosen = wanted.chosen.as_ref();
    let (metadata, checked) = match judge(operations, wanted.metadata).map_err(OperationRefused::Invalid)? {
        Judged::Waits(metadata, report) => return ask(operations, read, metadata, report).await,
        Judged::Trusted(metadata) => (metadata, true),
        Judged::AtOnce(metadata, _) => {
            let is_same = metadata == read.metadata;
            (metadata, read.checked && is_same)
        }
    };
    let (next, secret) = read.with_metadata(metadata, chosen, operations.now);
    let owner = match operations.actor {
        Actor::Administrator(_) => wanted.owner,
        _ => next.owner.clone(),
    };
    let client = Client { owner, checked, ..next }.changed_by(operations.actor.changes());
    let (along, token) = along(operations).unzip();
    replace(operations, &client, read.version, along.as_ref()).await?;
    let record = operations.of_client(Event::ClientChanged, Some(read), Some(&client));
    Ok(operations.kept(Kept { client, secret, token, fate: Fate::Counts }, record))
}

/// Whether a user has changed nothing on the page of a client. Nothing different from an administrator says that they
/// have checked the client, and is kept.
fn is_as_wanted(actor: &Actor<'_>, read: &Client, metadata: &ClientMetadata) -> bool {
    match actor {
        Actor::Person { administrator, .. } => *metadata == read.metadata && (read.checked || !administrator),
        Actor::Administrator(_) | Actor::Itself(_) | Actor::Anonymous { .. } => false,
    }
}

/// Lets a change wait, in the place of one that waits already. Nothing waits where nothing is different.
async fn ask(
    operations: &Operations<'_, impl World<Store: Registry>>,
    read: &Client,
    metadata: ClientMetadata,
    report: Vec<Decision>,
) -> Result<Done<Kept>, OperationRefused> {
    let (along, token) = along(operations).unzip();
    let kept = |token, fate| Kept { client: read.clone(), secret: None, token, fate };
    if !read.awaits_approval && metadata == read.metadata && report.is_empty() {
        let writes: Vec<Write<'_>> = along.iter().map(Along::write).collect();
        operations.write(&writes).await?;
        let record = operations.of_client(Event::ClientChanged, Some(read), Some(read));
        return Ok(operations.kept(kept(token, Fate::Counts), record));
    }
    let before = (!read.awaits_approval).then_some(&read.metadata);
    let waiting = waiting(operations, read, before, (metadata.clone(), report)).await?;
    let writes: Vec<Write<'_>> = [&waiting].into_iter().chain(&along).map(Along::write).collect();
    operations.write(&writes).await?;
    let asked = Client { metadata, ..read.clone() };
    let record = operations.of_client(Event::ClientAsked, Some(read), Some(&asked));
    Ok(operations.kept(kept(token, Fate::Waits), record))
}

/// An entry that is written in the same step as a client, and the version that it replaces.
struct Along {
    entry: Entry,
    read_version: Option<u64>,
}

impl Along {
    const fn write(&self) -> Write<'_> {
        match self.read_version {
            Some(read_version) => Write::ReplaceEntry { next: &self.entry, read_version },
            None => Write::AddEntry(&self.entry),
        }
    }
}

/// What changes along with a client: the token of a client that changes itself. (The ceiling of the client's own
/// later changes has its place here, once an administrator's change lowers it.)
fn along(operations: &Operations<'_, impl World>) -> Option<(Along, RegistrationToken)> {
    let Actor::Itself(own) = operations.actor else { return None };
    let token = RegistrationToken::generate();
    let entry = own.entry.with(Note::RegistrationAccess(own.access.rotated(&token, operations.now)));
    Some((Along { entry, read_version: Some(own.entry.version) }, token))
}

async fn waiting(
    operations: &Operations<'_, impl World<Store: Registry>>,
    client: &Client,
    before: Option<&ClientMetadata>,
    (requested, report): (ClientMetadata, Vec<Decision>),
) -> Result<Along, Unreachable> {
    let entry = PendingChange::entry(client, before, requested, report, operations.now);
    let known = operations.store.entry(&entry.key).await?;
    Ok(match known {
        Some(Entry { version, note: Note::Change(_), created_at, .. }) => Along {
            // The indexes are by creation: it keeps its place in the queue.
            entry: Entry { version: version + 1, created_at, ..entry },
            read_version: Some(version),
        },
        _ => Along { entry, read_version: None },
    })
}

/// Replaces a client, with what changes along with it. For a program of an administrator nothing does, so it needs no
/// transaction.
async fn replace(
    operations: &Operations<'_, impl World<Store: ClientWriter + Registry>>,
    next: &Client,
    read_version: u64,
    along: Option<&Along>,
) -> Result<(), OperationRefused> {
    if let Actor::Administrator(_) = operations.actor {
        return put(operations, next, read_version).await;
    }
    let writes = [Write::ReplaceClient { next, read_version }].into_iter().chain(along.map(Along::write));
    operations.write(&writes.collect::<Vec<_>>()).await
}
