//! A client is changed, or its change waits.

use super::super::{Actor, Done, Forbidden, OperationRefused, Operations, Seen, Stale};
use super::{Fate, Kept, Wanted, judge, may_change, put};
use crate::audit::Event;
use crate::client::{Client, ClientMetadata};
use crate::error::Unreachable;
use crate::narrowing::NarrowedScope;
use crate::ports::{ClientWriter, Registry, World, Write};
use crate::registration::{Entry, Note, PendingChange, PolicyVerdict, RegistrationToken};

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
        return operations.nothing_done(kept);
    }
    let chosen = wanted.chosen.as_ref();
    let (metadata, checked) = match judge(operations, wanted.metadata).map_err(OperationRefused::Invalid)? {
        PolicyVerdict::Waits(metadata, report) => {
            return ask(operations, read, Requested { metadata, report }).await;
        }
        PolicyVerdict::Trusted(metadata) => (metadata, true),
        PolicyVerdict::AtOnce(metadata, _) => {
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
    let (along, token) = Along::with_a_change(operations);
    replace(operations, &client, read.version, &along).await?;
    let record = operations.of_client(Event::ClientChanged, Some(read), Some(&client));
    operations.kept(Kept { client, secret, token, fate: Fate::Counts }, record)
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
    requested: Requested,
) -> Result<Done<Kept>, OperationRefused> {
    let (along, token) = Along::with_a_change(operations);
    let kept = |token, fate| Kept { client: read.clone(), secret: None, token, fate };
    if !read.awaits_approval && requested.metadata == read.metadata && requested.report.is_empty() {
        operations.write_or(Stale::Client, &along.writes().collect::<Vec<_>>()).await?;
        let record = operations.of_client(Event::ClientChanged, Some(read), Some(read));
        return operations.kept(kept(token, Fate::Counts), record);
    }
    let before = (!read.awaits_approval).then_some(&read.metadata);
    let asked = Client { metadata: requested.metadata.clone(), ..read.clone() };
    let waiting = waiting(operations, read, before, requested).await?;
    let writes = [waiting.write()].into_iter().chain(along.writes());
    operations.write_or(Stale::Client, &writes.collect::<Vec<_>>()).await?;
    let record = operations.of_client(Event::ClientAsked, Some(read), Some(&asked));
    operations.kept(kept(token, Fate::Waits), record)
}

/// A change that is to wait.
struct Requested {
    /// What is to be registered.
    metadata: ClientMetadata,
    /// What the ceiling makes of each of its scopes.
    report: Vec<NarrowedScope>,
}

/// An entry of the registry in its next version.
struct NextEntry {
    entry: Entry,
    /// The version that it replaces; none for a new entry.
    read_version: Option<u64>,
}

impl NextEntry {
    const fn write(&self) -> Write<'_> {
        match self.read_version {
            Some(read_version) => Write::ReplaceEntry { next: &self.entry, read_version },
            None => Write::AddEntry(&self.entry),
        }
    }
}

/// What is written in one step with a client that changes.
struct Along {
    /// The registration access token of a client that changes itself, rotated.
    rotated: Option<NextEntry>,
    /// The ceiling of the client's own later changes, which an administrator's change lowers to what they left it; none
    /// yet.
    lowered_ceiling: Option<NextEntry>,
}

impl Along {
    /// What a change by this actor brings along, and the next token of a client that changes itself.
    fn with_a_change(operations: &Operations<'_, impl World>) -> (Self, Option<RegistrationToken>) {
        let rotated = match operations.actor {
            Actor::Itself(own) => {
                let token = RegistrationToken::generate();
                let access = Note::RegistrationAccess(own.access.rotated(&token, operations.now));
                let read_version = Some(own.entry.version);
                Some((NextEntry { entry: own.entry.with(access), read_version }, token))
            }
            Actor::Administrator(_) | Actor::Person { .. } | Actor::Anonymous { .. } => None,
        };
        let (rotated, token) = rotated.unzip();
        (Self { rotated, lowered_ceiling: None }, token)
    }

    fn writes(&self) -> impl Iterator<Item = Write<'_>> {
        [&self.rotated, &self.lowered_ceiling].into_iter().flatten().map(NextEntry::write)
    }
}

async fn waiting(
    operations: &Operations<'_, impl World<Store: Registry>>,
    client: &Client,
    before: Option<&ClientMetadata>,
    Requested { metadata, report }: Requested,
) -> Result<NextEntry, Unreachable> {
    let entry = PendingChange::entry(client, before, metadata, report, operations.now);
    let known = operations.store.entry(&entry.key).await?;
    Ok(match known {
        Some(Entry { version, note: Note::Change(_), created_at, .. }) => NextEntry {
            // The indexes are by creation: it keeps its place in the queue.
            entry: Entry { version: version + 1, created_at, ..entry },
            read_version: Some(version),
        },
        _ => NextEntry { entry, read_version: None },
    })
}

/// Replaces a client, with what is written along with it. A program of an administrator writes nothing along, so it
/// needs no transaction.
async fn replace(
    operations: &Operations<'_, impl World<Store: ClientWriter + Registry>>,
    next: &Client,
    read_version: u64,
    along: &Along,
) -> Result<(), OperationRefused> {
    let along: Vec<Write<'_>> = along.writes().collect();
    if matches!(operations.actor, Actor::Administrator(_)) && along.is_empty() {
        return put(operations, next, read_version).await;
    }
    operations
        .write_or(Stale::Client, &[vec![Write::ReplaceClient { next, read_version }], along].concat())
        .await
}
