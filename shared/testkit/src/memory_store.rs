//! Everything that is remembered, in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use smart::client::{Client, ClientId, JwksUri, KeySet};
use smart::consent::ScopeReport;
use smart::error::Unreachable;
use smart::grant::{Grant, GrantKey};
use smart::ports::{
    Changed, ClientReader, ClientWriter, ConsentReader, Created, Cursor, GrantIssuer, GrantKeeper, Issued,
    JwksSource, JwksUnavailable, Page, Replace, ReplayStore, SessionStore, Spend, UserReader,
};
use smart::session::Session;
use smart::time::UnixSeconds;
use smart::user::User;

#[derive(Debug, Default)]
struct Remembered {
    clients: BTreeMap<ClientId, Client>,
    users: BTreeMap<String, User>,
    sessions: BTreeMap<String, Session>,
    grants: BTreeMap<String, Grant>,
    reports: BTreeMap<String, ScopeReport>,
    spent: BTreeMap<String, UnixSeconds>,
}

/// A store in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(Arc<Mutex<Remembered>>);

impl MemoryStore {
    fn open(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a client, whatever stood there before.
    pub fn put_client(&self, client: Client) {
        self.open().clients.insert(client.client_id.clone(), client);
    }

    /// Puts a person, whoever had the name before.
    pub fn put_user(&self, user: User) {
        self.open().users.insert(user.name.clone(), user);
    }

    /// Takes a person away.
    pub fn remove_user(&self, name: &str) {
        self.open().users.remove(name);
    }
}

impl ClientReader for MemoryStore {
    async fn client(&self, id: &ClientId, _now: UnixSeconds) -> Result<Option<Arc<Client>>, Unreachable> {
        Ok(self.open().clients.get(id).cloned().map(Arc::new))
    }
}

impl ClientWriter for MemoryStore {
    async fn current(&self, id: &ClientId) -> Result<Option<Client>, Unreachable> {
        Ok(self.open().clients.get(id).cloned())
    }

    async fn create(&self, client: &Client) -> Result<Created, Unreachable> {
        let clients = &mut self.open().clients;
        if clients.contains_key(&client.client_id) {
            return Ok(Created::Exists);
        }
        clients.insert(client.client_id.clone(), client.clone());
        Ok(Created::Created)
    }

    async fn replace(&self, next: &Client, read_version: u64) -> Result<Changed, Unreachable> {
        match self.open().clients.get_mut(&next.client_id) {
            Some(client) if client.version == read_version => {
                *client = next.clone();
                Ok(Changed::Changed)
            }
            _ => Ok(Changed::Stale),
        }
    }

    async fn delete(&self, id: &ClientId, read_version: u64) -> Result<Changed, Unreachable> {
        let clients = &mut self.open().clients;
        match clients.get(id) {
            Some(client) if client.version == read_version => {
                clients.remove(id);
                Ok(Changed::Changed)
            }
            _ => Ok(Changed::Stale),
        }
    }

    async fn list(&self, after: Option<&Cursor>, limit: usize) -> Result<Option<Page<Client>>, Unreachable> {
        let key = |client: &Client| format!("{:012}#{}", client.created_at.0, client.client_id);
        let mut clients: Vec<Client> = self.open().clients.values().cloned().collect();
        clients.sort_by_key(|client| std::cmp::Reverse(key(client)));
        if after.is_some_and(|Cursor(after)| !after.contains('#')) {
            return Ok(None);
        }
        clients.retain(|client| after.is_none_or(|Cursor(after)| &key(client) < after));
        let more = clients.len() > limit;
        clients.truncate(limit);
        let next = clients.last().filter(|_| more).map(|last| Cursor(key(last)));
        Ok(Some(Page { items: clients, next }))
    }
}

impl UserReader for MemoryStore {
    async fn user(&self, name: &str) -> Result<Option<User>, Unreachable> {
        Ok(self.open().users.get(name).cloned())
    }
}

impl SessionStore for MemoryStore {
    async fn session(&self, id: &str) -> Result<Option<Session>, Unreachable> {
        Ok(self.open().sessions.get(id).cloned())
    }

    async fn begin(&self, session: &Session) -> Result<(), Unreachable> {
        self.open().sessions.insert(session.id.clone(), session.clone());
        Ok(())
    }

    async fn end(&self, id: &str) -> Result<(), Unreachable> {
        self.open().sessions.remove(id);
        Ok(())
    }
}

impl GrantIssuer for MemoryStore {
    async fn issue(&self, grant: &Grant, report: &ScopeReport) -> Result<Issued, Unreachable> {
        let remembered = &mut *self.open();
        if let Some(before) = remembered.grants.get(&grant.key.0) {
            return Ok(Issued::Already(Box::new(before.clone())));
        }
        if !remembered.users.get(&grant.user_name).is_some_and(|user| user.is_still(&grant.subject)) {
            return Ok(Issued::UserGone);
        }
        remembered.grants.insert(grant.key.0.clone(), grant.clone());
        remembered.reports.insert(report.key.0.clone(), report.clone());
        Ok(Issued::Issued)
    }
}

impl ConsentReader for MemoryStore {
    async fn report(&self, key: &GrantKey) -> Result<Option<ScopeReport>, Unreachable> {
        Ok(self.open().reports.get(&key.0).cloned())
    }
}

impl GrantKeeper for MemoryStore {
    async fn grant(&self, key: &GrantKey) -> Result<Option<Grant>, Unreachable> {
        others_come_between().await;
        Ok(self.open().grants.get(&key.0).cloned())
    }

    async fn replace(&self, read_version: u64, next: &Grant) -> Result<Replace, Unreachable> {
        others_come_between().await;
        match self.open().grants.get_mut(&next.key.0) {
            Some(grant) if grant.version == read_version => {
                *grant = next.clone();
                Ok(Replace::Replaced)
            }
            Some(grant) if grant.last_request == next.last_request => Ok(Replace::Replaced),
            current => Ok(Replace::Refused(current.map(|grant| Box::new(grant.clone())))),
        }
    }
}

impl ReplayStore for MemoryStore {
    async fn spend(&self, key: &str, until: UnixSeconds, now: UnixSeconds) -> Result<Spend, Unreachable> {
        let spent = &mut self.open().spent;
        if spent.get(key).is_some_and(|end| *end >= now) {
            return Ok(Spend::SeenBefore);
        }
        spent.insert(key.to_owned(), until);
        Ok(Spend::Spent)
    }
}

/// Lets other requests go on, as they do while one is on its way to DynamoDB. Without it requests to this store would
/// come one after the other, and no test of a race would ever see one.
async fn others_come_between() {
    tokio::task::yield_now().await;
}

/// No client publishes keys at an address.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoJwks;

impl JwksSource for NoJwks {
    async fn keys(&self, _: &JwksUri, _: bool, _: UnixSeconds) -> Result<Arc<KeySet>, JwksUnavailable> {
        Err(JwksUnavailable("nothing is published".to_owned()))
    }
}
