//! What a page shows once: kept sealed for one session for a few minutes, and gone when it was shown.

use std::time::Duration;

use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use smart::error::Unreachable;
use smart::operations::Acting;
use smart::ports::{Registry, Write, Written};
use smart::random;
use smart::registration::{Entry, Note};
use web::browser::seal::{Purpose, binding};

use crate::desk::Reaches;
use crate::visit::Visit;

/// How long it waits for its page: 5 minutes.
const LIFETIME: Duration = Duration::from_secs(300);

impl<W: Reaches> Visit<'_, W> {
    /// Keeps something for the page that is shown next, and says by what name; nothing if it cannot be kept. What it is
    /// about has been done by then, and a refusal would have it done again.
    pub(crate) async fn keep_flash(&self, value: &(impl Serialize + Sync)) -> Option<String> {
        let kept = self.try_to_keep(value).await;
        kept.inspect_err(|cause| tracing::error!(%cause, "what a page was to show once is not kept")).ok()
    }

    async fn try_to_keep(&self, value: &(impl Serialize + Sync)) -> Result<String, Unreachable> {
        let Acting { store, now, .. } = self.operations.acting;
        let handle = random::text::<16>();
        let sealed = self.desk.seals.seal(Purpose::Form, value, &self.binding(&handle));
        let sealed = sealed.map_err(|error| Unreachable::new("seal", error))?;
        let entry = Entry::new(self.key(&handle), Note::ShownOnce { sealed }, now, Some(now + LIFETIME));
        match store.write(&[Write::AddEntry(&entry)], now).await? {
            Written::Written => Ok(handle),
            Written::Refused => Err(Unreachable::new("registry", "a fresh handle is taken")),
        }
    }

    /// What was kept, the first time it is asked for.
    pub(crate) async fn take_flash<T: DeserializeOwned>(&self) -> Result<Option<T>, Unreachable> {
        let Acting { store, now, .. } = self.operations.acting;
        // HEAD shows nothing.
        let Some(handle) = self.query("once").filter(|_| *self.request.method() == Method::GET) else {
            return Ok(None);
        };
        let entry = store.entry(&self.key(&handle)).await?;
        let Some(entry) = entry.filter(|entry| entry.is_live(now)) else { return Ok(None) };
        let remove = Write::RemoveEntry { key: &entry.key, read_version: entry.version };
        Ok(match (store.write(&[remove], now).await?, &entry.note) {
            (Written::Written, Note::ShownOnce { sealed }) => {
                self.desk.seals.open(Purpose::Form, sealed, &self.binding(&handle))
            }
            _ => None,
        })
    }

    fn key(&self, handle: &str) -> String {
        Entry::key_of("shown_once", &[&random::sha256(self.who.cookie.id()), handle])
    }

    fn binding(&self, handle: &str) -> Vec<u8> {
        binding(&[b"shown once", self.who.cookie.id(), handle.as_bytes()])
    }
}
