//! What registration remembers and lists, in memory.

use std::cmp::Reverse;

use smart::client::ClientId;
use smart::error::Unreachable;
use smart::lockout::Counter;
use smart::ports::{
    Changed, Created, Cursor, Listed, Page, ProblemReader, ProblemWriter, Registry, RequestCounter,
    UserKeeper, Write, Written,
};
use smart::registration::{Entry, Problem};
use smart::user::User;
use smart_verify::time::UnixSeconds;

use super::{MemoryStore, Remembered, others_come_between};

impl Registry for MemoryStore {
    async fn entry(&self, key: &str) -> Result<Option<Entry>, Unreachable> {
        others_come_between().await;
        Ok(self.reached()?.entries.get(key).cloned())
    }

    async fn entries(
        &self,
        of: Listed<'_>,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Option<Page<Entry>>, Unreachable> {
        let is_of = |entry: &&Entry| {
            entry.note.is_listed()
                && match of {
                    Listed::OfKind(kind) => entry.note.kind() == kind,
                    Listed::OfOwner(owner) => entry.owner.as_deref() == Some(owner),
                }
        };
        let entries: Vec<Entry> = self.reached()?.entries.values().filter(is_of).cloned().collect();
        Ok(page(entries, after, limit, |entry| (entry.created_at, entry.key.clone())))
    }

    async fn write(&self, writes: &[Write<'_>], now: UnixSeconds) -> Result<Written, Unreachable> {
        others_come_between().await;
        let remembered = &mut *self.reached()?;
        if writes.iter().all(|write| may(remembered, write, now)) {
            writes.iter().for_each(|write| apply(remembered, write));
            return Ok(Written::Written);
        }
        Ok(Written::Refused)
    }
}

fn may(remembered: &Remembered, write: &Write<'_>, now: UnixSeconds) -> bool {
    let client = |id| remembered.clients.get(id).map(|client| client.version);
    let entry = |key: &str| remembered.entries.get(key).map(|entry| entry.version);
    match write {
        Write::CreateClient(new) => client(&new.client_id).is_none(),
        Write::ReplaceClient { next, read_version } => client(&next.client_id) == Some(*read_version),
        Write::DeleteClient { id, read_version } => client(id) == Some(*read_version),
        Write::ReplaceUser { next, read_version } => {
            remembered.users.get(&next.name).is_some_and(|user| user.version == *read_version)
        }
        Write::AddEntry(new) => !remembered.entries.get(&new.key).is_some_and(|known| known.is_live(now)),
        Write::ReplaceEntry { next, read_version } => entry(&next.key) == Some(*read_version),
        Write::RemoveEntry { key, read_version } => entry(key) == Some(*read_version),
        Write::ForgetEntry(_) => true,
    }
}

fn apply(remembered: &mut Remembered, write: &Write<'_>) {
    match write {
        Write::CreateClient(client) | Write::ReplaceClient { next: client, .. } => {
            drop(remembered.clients.insert(client.client_id.clone(), (*client).clone()));
        }
        Write::DeleteClient { id, .. } => drop(remembered.clients.remove(*id)),
        Write::ReplaceUser { next, .. } => {
            drop(remembered.users.insert(next.name.clone(), (*next).clone()));
        }
        Write::AddEntry(entry) | Write::ReplaceEntry { next: entry, .. } => {
            drop(remembered.entries.insert(entry.key.clone(), (*entry).clone()));
        }
        Write::RemoveEntry { key, .. } | Write::ForgetEntry(key) => drop(remembered.entries.remove(*key)),
    }
}

impl UserKeeper for MemoryStore {
    async fn create_user(&self, user: &User) -> Result<Created, Unreachable> {
        smart::ports::UserWriter::add(self, user).await
    }

    async fn replace_user(&self, next: &User, read_version: u64) -> Result<Changed, Unreachable> {
        let write = Write::ReplaceUser { next, read_version };
        Ok(match self.write(&[write], UnixSeconds(0)).await? {
            Written::Written => Changed::Changed,
            Written::Refused => Changed::Stale,
        })
    }

    async fn delete_user(&self, name: &str, read_version: u64) -> Result<Changed, Unreachable> {
        let users = &mut self.reached()?.users;
        if users.get(name).is_none_or(|user| user.version != read_version) {
            return Ok(Changed::Stale);
        }
        users.remove(name);
        Ok(Changed::Changed)
    }

    async fn users(&self, after: Option<&Cursor>, limit: usize) -> Result<Option<Page<User>>, Unreachable> {
        let users: Vec<User> = self.reached()?.users.values().cloned().collect();
        Ok(page(users, after, limit, |user| (user.created_at, user.name.clone())))
    }
}

impl RequestCounter for MemoryStore {
    async fn count(&self, counter: &Counter) -> Result<u64, Unreachable> {
        let tries = &mut self.reached()?.tries;
        let count = tries.entry(counter.key.clone()).or_default();
        *count += 1;
        Ok(*count)
    }
}

impl ProblemWriter for MemoryStore {
    async fn keep(&self, of: &ClientId, problem: &Problem) {
        if let Ok(mut remembered) = self.reached() {
            remembered.problems.insert((of.clone(), problem.kind()), problem.clone());
        }
    }
}

impl ProblemReader for MemoryStore {
    async fn problems(&self, of: &ClientId, now: UnixSeconds) -> Result<Vec<Problem>, Unreachable> {
        let problems = self.reached()?.problems.clone();
        let theirs = problems.into_iter().filter(|((client_id, _), _)| client_id == of);
        Ok(Problem::latest(theirs.map(|(_, problem)| problem).collect(), now))
    }
}

/// One page of a list, newest first.
pub(super) fn page<T>(
    mut items: Vec<T>,
    after: Option<&Cursor>,
    limit: usize,
    place: impl Fn(&T) -> (UnixSeconds, String),
) -> Option<Page<T>> {
    let text = |item: &T| {
        let (created_at, id) = place(item);
        Cursor::place(created_at, &id)
    };
    let after = match after.map(Cursor::read) {
        Some(None) => return None,
        read => read.flatten().map(|(place, _)| place),
    };
    items.sort_by_key(|item| Reverse(text(item)));
    items.retain(|item| after.as_ref().is_none_or(|after| text(item) < *after));
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| {
        let (created_at, id) = place(last);
        Cursor::behind(created_at, &id)
    });
    Some(Page { items, next })
}
