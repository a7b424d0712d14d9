//! What a page shows once: kept sealed for one session for a few minutes, and gone when it was shown.

use std::time::Duration;

use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use smart::error::Unreachable;
use smart::ports::{Registry, Write, Written};
use smart::random;
use smart::registration::{Entry, Note};
use web::Response;
use web::browser::seal::{Purpose, binding};

use super::visit::Visit;
use crate::Reaches;

/// How long it waits for its page: 5 minutes.
const LIFETIME: Duration = Duration::from_secs(300);

impl<W: Reaches> Visit<'_, W> {
    /// Keeps something for the page that is shown next, and says by what name; nothing if it cannot be kept. What it is
    /// about has been done by then, and a refusal would have it done again.
    pub(super) async fn keep_once(&self, value: &(impl Serialize + Sync)) -> Option<String> {
        let kept = self.try_to_keep(value).await;
        kept.inspect_err(|cause| tracing::error!(%cause, "what a page was to show once is not kept")).ok()
    }

    async fn try_to_keep(&self, value: &(impl Serialize + Sync)) -> Result<String, Unreachable> {
        let handle = random::text::<16>();
        let sealed = self.ports.seals.seal(Purpose::Form, value, &self.binding(&handle));
        let sealed = sealed.map_err(|error| Unreachable::new("seal", error))?;
        let ends = self.now + LIFETIME;
        let entry = Entry::new(self.key(&handle), Note::ShownOnce { sealed }, self.now, Some(ends));
        match self.store().write(&[Write::AddEntry(&entry)], self.now).await? {
            Written::Written => Ok(handle),
            Written::Refused => Err(Unreachable::new("registry", "a fresh handle is taken")),
        }
    }

    /// What was kept, the first time it is asked for.
    pub(super) async fn take_once<T: DeserializeOwned>(&self) -> Result<Option<T>, Box<Response>> {
        // HEAD shows nothing.
        let Some(handle) = self.query("once").filter(|_| *self.request.method() == Method::GET) else {
            return Ok(None);
        };
        let entry = self.store().entry(&self.key(&handle)).await.map_err(|error| self.unreachable(error))?;
        let Some(entry) = entry.filter(|entry| entry.is_live(self.now)) else { return Ok(None) };
        let remove = Write::RemoveEntry { key: &entry.key, read_version: entry.version };
        let removed =
            self.store().write(&[remove], self.now).await.map_err(|error| self.unreachable(error))?;
        match (removed, &entry.note) {
            (Written::Written, Note::ShownOnce { sealed }) => {
                Ok(self.ports.seals.open(Purpose::Form, sealed, &self.binding(&handle)))
            }
            _ => Ok(None),
        }
    }

    fn key(&self, handle: &str) -> String {
        Entry::key_of("shown_once", &[&random::sha256(self.who.cookie.id()), handle])
    }

    fn binding(&self, handle: &str) -> Vec<u8> {
        binding(&[b"shown once", self.who.cookie.id(), handle.as_bytes()])
    }
}
