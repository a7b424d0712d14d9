//! Clients: read, listed, registered, changed, disabled, enabled and deleted.

use smart_verify::time::UnixSeconds;

use super::{Actor, Conflict, Done, Forbidden, Missing, OperationRefused, Operations};
use crate::audit::{Event, Record};
use crate::client::{Client, ClientId, ClientMetadata, ClientSecret, FieldError, StoredSecret};
use crate::error::Unreachable;
use crate::narrowing::Decision;
use crate::ports::{Changed, ClientWriter, Cursor, Page, Registry, World, Write};
use crate::registration::{
    Entry, Judged, Note, PendingChange, RegistrationAccess, RegistrationToken, SelfRegistration,
};

/// How often disabling is tried while others change the same client.
const TRIES: u8 = 3;

/// What is wanted of a client.
#[derive(Debug)]
pub struct Wanted {
    /// What is to be registered about it, checked.
    pub metadata: ClientMetadata,
    /// Whose it is to be, by `sub`, where an administrator's program says so. What a user registers is theirs, and no other
    /// change gives it to another.
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
pub enum Whose<'a> {
    /// Those of all users, and those of none.
    All,
    /// Those of one user, by `sub`.
    Of(&'a str),
}

/// The client of this id, if the actor may see it: administrators see all, users their own, and a client itself.
///
/// # Errors
/// `NotFound` when there is none, or it is another user's.
pub async fn read(
    operations: &Operations<'_, impl World<Store: ClientWriter>>,
    id: &ClientId,
) -> Result<Client, OperationRefused> {
    let client = operations.store.current(id).await?;
    let is_seen = |client: &Client| match operations.actor {
        Actor::Person { subject, administrator: false } => client.owner.as_deref() == Some(subject),
        Actor::Itself(own) => own.client.client_id == client.client_id,
        Actor::Administrator(_) | Actor::Person { administrator: true, .. } => true,
        Actor::Anonymous { .. } => false,
    };
    client.filter(is_seen).ok_or_else(|| Missing::Client.into())
}

/// Clients, newest first; nothing for an unreadable cursor.
///
/// # Errors
/// `Forbidden` for those of others when the actor is no administrator.
pub async fn list(
    operations: &Operations<'_, impl World<Store: ClientWriter>>,
    whose: Whose<'_>,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Option<Page<Client>>, OperationRefused> {
    let is_own = |owner| matches!(operations.actor, Actor::Person { subject, .. } if subject == owner);
    let store = operations.store;
    Ok(match whose {
        Whose::Of(owner) if is_own(owner) => store.owned_by(owner, after, limit).await?,
        Whose::Of(owner) => {
            operations.only_administrators()?;
            store.owned_by(owner, after, limit).await?
        }
        Whose::All => {
            operations.only_administrators()?;
            store.list(after, limit).await?
        }
    })
}

/// Whether the actor registers clients of their own.
pub fn may_register(operations: &Operations<'_, impl World>) -> bool {
    let is_open = operations.policy.mode != SelfRegistration::Off;
    operations.actor.is_administrator() || is_open || operations.actor.initial().is_some()
}

/// Whether the actor may change a client that they see. While registration is off, only what came by an initial access token
/// changes itself; a client that was disabled stays as it is.
pub fn may_change(operations: &Operations<'_, impl World>, client: &Client) -> bool {
    let is_open = operations.policy.mode != SelfRegistration::Off;
    let is_stopped = client.disabled && !client.awaits_approval;
    match operations.actor {
        Actor::Administrator(_) | Actor::Person { administrator: true, .. } => true,
        Actor::Person { .. } => is_open && !is_stopped,
        Actor::Itself(own) => (is_open || own.access.ceiling.is_some()) && !is_stopped,
        Actor::Anonymous { .. } => false,
    }
}

/// What becomes of what the actor wants: administrators decide it, others are judged by the policy, or by what an
/// administrator allowed their client before.
///
/// # Errors
/// Every scope that cannot be had.
pub fn judge(
    operations: &Operations<'_, impl World>,
    metadata: ClientMetadata,
) -> Result<Judged, Vec<FieldError>> {
    let allowed_before = match operations.actor {
        Actor::Administrator(_) | Actor::Person { administrator: true, .. } => {
            return Ok(Judged::Trusted(metadata));
        }
        Actor::Person { .. } => None,
        Actor::Itself(own) => own.access.ceiling.as_ref(),
        Actor::Anonymous { .. } => operations.actor.initial().map(|(_, access)| &access.scope),
    };
    operations.policy.judge(metadata, allowed_before)
}

/// Registers a client, or lets it wait for an administrator: then it is there, and nothing can be done with it. `remember`
/// makes what is written in the same step, such as the answer to a request that may come again.
///
/// # Errors
/// `Invalid` when none of its scopes can be had, `Forbidden` when the actor may not register, `Stale` when what is written
/// in the same step is there already or has changed.
pub async fn register(
    operations: &Operations<'_, impl World<Store: Registry>>,
    wanted: Wanted,
    remember: impl FnOnce(&Client, Option<&ClientSecret>) -> Option<Entry> + Send,
) -> Result<Done<Kept>, OperationRefused> {
    let Operations { actor, now, .. } = *operations;
    if !may_register(operations) {
        return Err(Forbidden::RegistrationClosed.into());
    }
    let judged = judge(operations, wanted.metadata).map_err(OperationRefused::Invalid)?;
    let checked = matches!(judged, Judged::Trusted(_));
    let (metadata, waits) = match judged {
        Judged::AtOnce(metadata, _) | Judged::Trusted(metadata) => (metadata, None),
        Judged::Waits(metadata, report) => (metadata, Some(report)),
    };
    let uses_secret = metadata.token_endpoint_auth_method.uses_secret();
    let first = uses_secret.then(|| first_secret(wanted.chosen.as_ref(), now));
    let (secrets, secret) = first.map(|(kept, drawn)| (vec![kept], drawn)).unwrap_or_default();
    let owner = match actor {
        Actor::Administrator(_) => wanted.owner,
        Actor::Person { subject, .. } => Some(subject.to_owned()),
        Actor::Itself(_) | Actor::Anonymous { .. } => None,
    };
    let client = Client {
        secrets,
        owner,
        checked,
        disabled: waits.is_some(),
        awaits_approval: waits.is_some(),
        ..Client::new(ClientId::generate(), metadata, now)
    };
    let fate = if waits.is_some() { Fate::Waits } else { Fate::Counts };
    let waiting =
        waits.map(|report| PendingChange::entry(&client, None, client.metadata.clone(), report, now));
    let remembered = remember(&client, secret.as_ref());
    let (itself, token) = managed_by_itself(operations, &client.client_id).unzip();
    let used = used_once(&actor)?;
    let mut writes = vec![Write::CreateClient(&client)];
    writes.extend([&waiting, &remembered, &itself].into_iter().flatten().map(Write::AddEntry));
    writes.extend(
        used.as_ref().map(|(next, read_version)| Write::ReplaceEntry { next, read_version: *read_version }),
    );
    operations.write(&writes).await?;
    let event = if client.awaits_approval { Event::ClientAsked } else { Event::ClientRegistered };
    let record = operations.of_client(event, None, Some(&client));
    let record = match &used {
        Some((entry, _)) => record.register_token(entry),
        None => record,
    };
    Ok(operations.kept(Kept { client, secret, token, fate }, record))
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

/// Changes a client, or lets the change wait while the client stays as it was. A change that waits keeps no secret. A client
/// that changes itself gets another registration access token.
///
/// # Errors
/// `Forbidden` when the actor may not change it, `Invalid` when none of its scopes can be had, `Stale` when the client is not
/// the version that was read any more.
pub async fn change(
    operations: &Operations<'_, impl World<Store: ClientWriter + Registry>>,
    read: &Client,
    wanted: Wanted,
) -> Result<Done<Kept>, OperationRefused> {
    if !may_change(operations, read) {
        return Err(Forbidden::RegistrationClosed.into());
    }
    if is_as_wanted(&operations.actor, read, &wanted.metadata) {
        let kept = Kept { client: read.clone(), secret: None, token: None, fate: Fate::Unchanged };
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
    let (beside, token) = beside(operations).unzip();
    replace(operations, &client, read.version, beside.as_ref()).await?;
    let record = operations.of_client(Event::ClientChanged, Some(read), Some(&client));
    Ok(operations.kept(Kept { client, secret, token, fate: Fate::Counts }, record))
}

/// Whether a user has changed nothing on the page of a client. Nothing different from an administrator says that they have
/// checked the client, and is kept.
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
    let (beside, token) = beside(operations).unzip();
    let kept = |token, fate| Kept { client: read.clone(), secret: None, token, fate };
    if !read.awaits_approval && metadata == read.metadata && report.is_empty() {
        let writes: Vec<Write<'_>> = beside.iter().map(Beside::write).collect();
        operations.write(&writes).await?;
        let record = operations.of_client(Event::ClientChanged, Some(read), Some(read));
        return Ok(operations.kept(kept(token, Fate::Counts), record));
    }
    let before = (!read.awaits_approval).then_some(&read.metadata);
    let waiting = waiting(operations, read, before, (metadata.clone(), report)).await?;
    let writes: Vec<Write<'_>> = [&waiting].into_iter().chain(&beside).map(Beside::write).collect();
    operations.write(&writes).await?;
    let asked = Client { metadata, ..read.clone() };
    let record = operations.of_client(Event::ClientAsked, Some(read), Some(&asked));
    Ok(operations.kept(kept(token, Fate::Waits), record))
}

/// An entry that is written in the same step as a client, and the version that it replaces.
struct Beside {
    entry: Entry,
    read_version: Option<u64>,
}

impl Beside {
    const fn write(&self) -> Write<'_> {
        match self.read_version {
            Some(read_version) => Write::ReplaceEntry { next: &self.entry, read_version },
            None => Write::AddEntry(&self.entry),
        }
    }
}

/// What a change of a client changes beside it: the token of a client that changes itself. (The ceiling of the client's own
/// later changes has its place here, once an administrator's change lowers it.)
fn beside(operations: &Operations<'_, impl World>) -> Option<(Beside, RegistrationToken)> {
    let Actor::Itself(own) = operations.actor else { return None };
    let token = RegistrationToken::generate();
    let entry = own.entry.with(Note::RegistrationAccess(own.access.rotated(&token, operations.now)));
    Some((Beside { entry, read_version: Some(own.entry.version) }, token))
}

async fn waiting(
    operations: &Operations<'_, impl World<Store: Registry>>,
    client: &Client,
    before: Option<&ClientMetadata>,
    (requested, report): (ClientMetadata, Vec<Decision>),
) -> Result<Beside, Unreachable> {
    let entry = PendingChange::entry(client, before, requested, report, operations.now);
    let known = operations.store.entry(&entry.key).await?;
    Ok(match known {
        Some(Entry { version, note: Note::Change(_), created_at, .. }) => Beside {
            // The indexes are by creation: it keeps its place in the queue.
            entry: Entry { version: version + 1, created_at, ..entry },
            read_version: Some(version),
        },
        _ => Beside { entry, read_version: None },
    })
}

/// Replaces a client, with what is beside it. A program of an administrator changes nothing beside it and needs no transaction.
async fn replace(
    operations: &Operations<'_, impl World<Store: ClientWriter + Registry>>,
    next: &Client,
    read_version: u64,
    beside: Option<&Beside>,
) -> Result<(), OperationRefused> {
    if let Actor::Administrator(_) = operations.actor {
        return put(operations, next, read_version).await;
    }
    let writes = [Write::ReplaceClient { next, read_version }].into_iter().chain(beside.map(Beside::write));
    operations.write(&writes.collect::<Vec<_>>()).await
}

/// Replaces a client and nothing else.
pub(super) async fn put(
    operations: &Operations<'_, impl World<Store: ClientWriter>>,
    next: &Client,
    read_version: u64,
) -> Result<(), OperationRefused> {
    if !operations.dry_run && operations.store.replace(next, read_version).await? == Changed::Stale {
        return Err(OperationRefused::Stale);
    }
    Ok(())
}

/// Deletes a client, and ends what is remembered beside it: its registration access token and its request.
///
/// # Errors
/// `Stale` when the client is not the version that was read any more.
pub async fn delete(
    operations: &Operations<'_, impl World<Store: Registry>>,
    read: &Client,
) -> Result<Done<()>, OperationRefused> {
    let id = &read.client_id;
    let keys = [RegistrationAccess::entry_key(id), PendingChange::entry_key(id)];
    let mut writes = vec![Write::DeleteClient { id, read_version: read.version }];
    writes.extend(keys.iter().map(|key| Write::ForgetEntry(key)));
    operations.write(&writes).await?;
    Ok(operations.done((), operations.of_client(Event::ClientDeleted, Some(read), None)))
}

/// Disables or enables a client, whichever version it is: who stops a client in an emergency has no time to read it first, and
/// no change of a name starts one again. Twice is once.
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
        if before.disabled == disabled || operations.dry_run {
            return Ok(Done { body: before, record: None });
        }
        let next = before.changed(operations.now, |client| client.disabled = disabled);
        let next = next.changed_by(operations.actor.changes());
        match put(operations, &next, before.version).await {
            Err(OperationRefused::Stale) => {}
            kept => {
                kept?;
                let event = if disabled { Event::ClientDisabled } else { Event::ClientEnabled };
                let record = operations.of_client(event, Some(&before), Some(&next));
                return Ok(operations.done(next, record));
            }
        }
    }
    Err(Unreachable::new("clients", "the client is changed all the time").into())
}

impl<W: World> Operations<'_, W> {
    /// A dry run shows no secret and no token, since they open nothing.
    fn kept(&self, kept: Kept, record: Record) -> Done<Kept> {
        let Kept { secret, token, .. } = kept;
        let shown = !self.dry_run;
        self.done(Kept { secret: secret.filter(|_| shown), token: token.filter(|_| shown), ..kept }, record)
    }
}

/// What is kept of the first secret of a client, and that secret itself if it was generated here and must be shown.
fn first_secret(chosen: Option<&ClientSecret>, now: UnixSeconds) -> (StoredSecret, Option<ClientSecret>) {
    match chosen {
        Some(chosen) => (chosen.stored(now), None),
        None => {
            let drawn = ClientSecret::generate();
            (drawn.stored(now), Some(drawn))
        }
    }
}

impl Client {
    /// The next version of a client with other metadata. Secrets stay while it uses them; a client that begins to gets the
    /// one that was chosen for it, or one that is drawn, and said.
    pub fn with_metadata(
        &self,
        metadata: ClientMetadata,
        chosen: Option<&ClientSecret>,
        now: UnixSeconds,
    ) -> (Self, Option<ClientSecret>) {
        let has_secret = metadata.token_endpoint_auth_method.uses_secret();
        let (secrets, fresh) = match has_secret {
            true if self.secrets.is_empty() => {
                let (kept, drawn) = first_secret(chosen, now);
                (vec![kept], drawn)
            }
            true => (self.secrets.clone(), None),
            false => (Vec::new(), None),
        };
        let next = self.changed(now, |client| {
            client.metadata = metadata;
            client.secrets = secrets;
        });
        (next, fresh)
    }
}
