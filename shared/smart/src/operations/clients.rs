//! What somebody does with clients of their own, on a page or by RFC 7591 and RFC 7592.

use smart_verify::time::UnixSeconds;

use crate::client::{ChangedBy, Client, ClientId, ClientMetadata, ClientSecret, StoredSecret};
use crate::error::Unreachable;
use crate::narrowing::Decision;
use crate::ports::{ClientWriter, Registry, Write, Written};
use crate::registration::{Entry, Judged, Note, PendingChange, RegistrationAccess};

/// Why nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum OwnRefused {
    /// There is no such client, or it is somebody else's: both read alike.
    #[error("there is no client of this id.")]
    NotFound,
    /// Somebody changed it, or what goes with it, meanwhile.
    #[error("it was changed meanwhile; read it again.")]
    Stale,
    /// The store cannot be reached.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
}

/// The client of this id, if it is this person's. An administrator's view of all clients is another one.
///
/// # Errors
/// When it is not.
pub async fn own_client(id: &ClientId, owner: &str, store: &impl ClientWriter) -> Result<Client, OwnRefused> {
    let client = store.current(id).await?.filter(|client| client.owner.as_deref() == Some(owner));
    client.ok_or(OwnRefused::NotFound)
}

/// Registers a client, or lets it wait for an administrator: then it is there, and nothing can be done with it. `chosen` is
/// the secret that it gets if it needs one, else one is drawn, and said. `alongside` is written in the same step.
///
/// # Errors
/// When the store cannot be reached, or something alongside has changed.
pub async fn register_own(
    id: ClientId,
    judged: Judged,
    owner: Option<&str>,
    chosen: Option<&ClientSecret>,
    alongside: &[Write<'_>],
    store: &impl Registry,
    now: UnixSeconds,
) -> Result<(Client, Option<ClientSecret>), OwnRefused> {
    let checked = matches!(judged, Judged::Trusted(_));
    let (metadata, waits) = match judged {
        Judged::AtOnce(metadata, _) | Judged::Trusted(metadata) => (metadata, None),
        Judged::Waits(metadata, report) => (metadata, Some(report)),
    };
    let first = metadata.token_endpoint_auth_method.uses_secret().then(|| first_secret(chosen, now));
    let (secrets, drawn) = first.map(|(kept, drawn)| (vec![kept], drawn)).unwrap_or_default();
    let client = Client {
        secrets,
        owner: owner.map(str::to_owned),
        checked,
        disabled: waits.is_some(),
        awaits_approval: waits.is_some(),
        ..Client::new(id, metadata, now)
    };
    let waiting =
        waits.map(|report| PendingChange::entry(&client, None, client.metadata.clone(), report, now));
    let mut writes = vec![Write::CreateClient(&client)];
    writes.extend(waiting.as_ref().map(Write::AddEntry));
    writes.extend_from_slice(alongside);
    match store.write(&writes, now).await? {
        Written::Written => Ok((client, drawn)),
        Written::Refused => Err(OwnRefused::Stale),
    }
}

/// Changes a client for somebody, or lets the change wait while the client goes on as it was. Says what is registered now, and the
/// secret that was drawn if it needs one and none was `chosen`. A change that waits keeps no secret.
///
/// # Errors
/// When the client is not the version that was read any more, or the store cannot be reached.
pub async fn change_own(
    read: &Client,
    judged: Judged,
    chosen: Option<&ClientSecret>,
    by: ChangedBy,
    alongside: &[Write<'_>],
    store: &impl Registry,
    now: UnixSeconds,
) -> Result<(Client, Option<ClientSecret>), OwnRefused> {
    let before = (!read.awaits_approval).then_some(&read.metadata);
    let trusted = matches!(judged, Judged::Trusted(_));
    match judged {
        Judged::AtOnce(metadata, _) | Judged::Trusted(metadata) => {
            let (next, secret) = read.with_metadata(metadata, chosen, now);
            let checked = trusted || (read.checked && next.metadata == read.metadata);
            let next = Client { checked, ..next }.changed_by(by);
            let replace = Write::ReplaceClient { next: &next, read_version: read.version };
            let writes: Vec<_> = [replace].into_iter().chain(alongside.iter().copied()).collect();
            wrote(store.write(&writes, now).await?).map(|()| (next, secret))
        }
        Judged::Waits(metadata, report) if before == Some(&metadata) && report.is_empty() => {
            wrote(store.write(alongside, now).await?).map(|()| (read.clone(), None))
        }
        Judged::Waits(metadata, report) => {
            let waiting = waiting(read, before, metadata, report, store, now).await?;
            let mut writes = vec![waiting.write()];
            writes.extend_from_slice(alongside);
            wrote(store.write(&writes, now).await?).map(|()| (read.clone(), None))
        }
    }
}

/// Ends a client, and what is remembered beside it.
///
/// # Errors
/// When the client is not the version that was read any more, or the store cannot be reached.
pub async fn delete_own(read: &Client, store: &impl Registry, now: UnixSeconds) -> Result<(), OwnRefused> {
    let keys = [RegistrationAccess::entry_key(&read.client_id), PendingChange::entry_key(&read.client_id)];
    let mut writes = vec![Write::DeleteClient { id: &read.client_id, read_version: read.version }];
    writes.extend(keys.iter().map(|key| Write::ForgetEntry(key)));
    wrote(store.write(&writes, now).await?)
}

/// A request that takes the place of one before it, if there is one.
struct Waiting {
    entry: Entry,
    before: Option<u64>,
}

impl Waiting {
    fn write(&self) -> Write<'_> {
        match self.before {
            Some(read_version) => Write::ReplaceEntry { next: &self.entry, read_version },
            None => Write::AddEntry(&self.entry),
        }
    }
}

async fn waiting(
    client: &Client,
    before: Option<&ClientMetadata>,
    requested: ClientMetadata,
    report: Vec<Decision>,
    store: &impl Registry,
    now: UnixSeconds,
) -> Result<Waiting, Unreachable> {
    let entry = PendingChange::entry(client, before, requested, report, now);
    let known = store.entry(&entry.key).await?;
    Ok(match known {
        Some(Entry { version, note: Note::Change(_), created_at, .. }) => Waiting {
            // The indexes are by creation: it keeps its place in the queue.
            entry: Entry { version: version + 1, created_at, ..entry },
            before: Some(version),
        },
        _ => Waiting { entry, before: None },
    })
}

fn wrote(written: Written) -> Result<(), OwnRefused> {
    match written {
        Written::Written => Ok(()),
        Written::Refused => Err(OwnRefused::Stale),
    }
}

/// What is kept of the first secret of a client, and that secret itself if it was drawn here and must be shown.
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
