//! What may be remembered for a while: records that every request needs and that change rarely.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use smart_verify::time::UnixSeconds;

/// How long a record may be remembered without asking again: 30 seconds, the time in which disabling a client or a system
/// account takes effect.
const LIFETIME: Duration = Duration::from_secs(30);

/// How many records are remembered at most.
const SIZE: usize = 1000;

/// A record and when it was read.
type Read<V> = (UnixSeconds, Arc<V>);

/// Records by key, shared by all who hold it.
#[derive(Debug)]
pub(super) struct Cache<K, V>(Arc<Mutex<HashMap<K, Read<V>>>>);

impl<K, V> Clone for Cache<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Eq + Hash, V> Cache<K, V> {
    /// A record that was read at most 30 seconds ago.
    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q, now: UnixSeconds) -> Option<Arc<V>>
    where
        K: Borrow<Q>,
    {
        let records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (read_at, record) = records.get(key)?;
        // A clock that jumped back must not make an entry live longer.
        let fresh = *read_at <= now && now.since(*read_at) < LIFETIME;
        fresh.then(|| Arc::clone(record))
    }

    /// Remembers a record that was read now.
    pub(super) fn put(&self, key: K, record: &Arc<V>, now: UnixSeconds) {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if records.len() >= SIZE {
            records.clear();
        }
        records.insert(key, (now, Arc::clone(record)));
    }
}
