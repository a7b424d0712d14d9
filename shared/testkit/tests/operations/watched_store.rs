//! A memory store that counts its calls, and whose grants other requests change.

use std::sync::Mutex;

use smart::client::ClientId;
use smart::consent::{Consent, Decided};
use smart::error::Unreachable;
use smart::grant::Grant;
use smart::ids::{GrantKey, RequestId};
use smart::ports::{ConsentStore, Cursor, GrantKeeper, Page, Replace};
use testkit::MemoryStore;
use testkit::fixtures;

/// A store that counts its calls, and where a grant may be changed by another request just before it is replaced.
#[derive(Default)]
pub(super) struct Watched {
    pub(super) store: MemoryStore,
    calls: Mutex<Vec<&'static str>>,
    /// How often the next replacements come too late.
    pub(super) rivals: Mutex<usize>,
    /// Whether no grant is there any more.
    pub(super) has_lost_grants: Mutex<bool>,
}

impl Watched {
    fn called(&self, port: &'static str) {
        self.calls.lock().unwrap().push(port);
    }

    /// The calls since they were last taken, sorted.
    pub(super) fn take_calls(&self) -> Vec<&'static str> {
        let mut calls = std::mem::take(&mut *self.calls.lock().unwrap());
        calls.sort_unstable();
        calls
    }

    /// Whether another request is faster once more.
    fn has_rival(&self) -> bool {
        let mut rivals = self.rivals.lock().unwrap();
        let has_rival = *rivals > 0;
        *rivals = rivals.saturating_sub(1);
        has_rival
    }
}

impl ConsentStore for Watched {
    async fn consent(&self, key: &str) -> Result<Option<Consent>, Unreachable> {
        self.called("consent");
        self.store.consent(key).await
    }

    async fn decided_by(
        &self,
        subject: &str,
        about: Option<&ClientId>,
        after: Option<&Cursor>,
    ) -> Result<Page<Decided>, Unreachable> {
        self.called("decided_by");
        self.store.decided_by(subject, about, after).await
    }

    async fn forget(&self, keys: &[String]) -> Result<(), Unreachable> {
        self.called("forget");
        self.store.forget(keys).await
    }
}

impl GrantKeeper for Watched {
    async fn grant(&self, key: &GrantKey) -> Result<Option<Grant>, Unreachable> {
        self.called("grant");
        let is_lost = *self.has_lost_grants.lock().unwrap();
        if is_lost { Ok(None) } else { self.store.grant(key).await }
    }

    async fn replace(&self, read_version: u64, next: &Grant) -> Result<Replace, Unreachable> {
        self.called("replace");
        if self.has_rival() {
            let before = self.store.grant_as_it_stands(&next.key).unwrap();
            let changed = fixtures::redeemed(&before, &RequestId::draw());
            GrantKeeper::replace(&self.store, before.version, &changed).await?;
        }
        GrantKeeper::replace(&self.store, read_version, next).await
    }
}
