//! Everything that is remembered, in memory.

mod grants;
mod registry;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use smart::client::{Client, ClientId, JwksUri, KeySet};
use smart::consent::Decided;
use smart::error::Unreachable;
use smart::grant::Grant;
use smart::ids::GrantKey;
use smart::launch::Launch;
use smart::lockout::{Counter, Raised};
use smart::long_request::Flow;
use smart::ports::{
    Changed, ClientReader, ClientWriter, Created, Cursor, FlowStore, JwksSource, JwksUnavailable,
    LaunchStore, Lockout, Page, ReplayStore, SessionReader, SessionStore, Spend, SystemAccountReader,
    Tombstones, UserReader, UserWriter,
};
use smart::registration::{Entry, Problem};
use smart::session::Session;
use smart::user::User;
use smart_verify::time::UnixSeconds;

#[derive(Debug, Default)]
struct Remembered {
    clients: BTreeMap<ClientId, Client>,
    users: BTreeMap<String, User>,
    sessions: BTreeMap<String, Session>,
    grants: HashMap<String, Grant>,
    decided: BTreeMap<String, Decided>,
    flows: BTreeMap<String, Flow>,
    launches: BTreeMap<String, Launch>,
    entries: BTreeMap<String, Entry>,
    problems: BTreeMap<(ClientId, String), Problem>,
    tries: BTreeMap<String, u64>,
    spent: BTreeMap<String, UnixSeconds>,
    buried: BTreeSet<String>,
    /// How many calls are answered before all others fail; all are where there is no such number.
    calls_left: Option<u64>,
}

/// A store in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(Arc<Mutex<Remembered>>);

impl MemoryStore {
    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What every call of a port asks first: whether it reaches this store.
    fn reached(&self) -> Result<MutexGuard<'_, Remembered>, Unreachable> {
        let mut remembered = self.lock();
        match &mut remembered.calls_left {
            None => {}
            Some(0) => return Err(Unreachable::new("memory", "told to fail")),
            Some(left) => *left -= 1,
        }
        Ok(remembered)
    }

    /// From now on so many calls are answered, and every later one fails. Nothing that is remembered is lost.
    pub fn fail_after(&self, calls: u64) {
        self.lock().calls_left = Some(calls);
    }

    /// Ends the outage: every call is answered again.
    pub fn recover(&self) {
        self.lock().calls_left = None;
    }

    /// Puts a client, whatever stood there before.
    pub fn put_client(&self, client: Client) {
        self.lock().clients.insert(client.client_id.clone(), client);
    }

    /// Puts a person, whoever had the name before.
    pub fn put_user(&self, user: User) {
        self.lock().users.insert(user.name.clone(), user);
    }

    /// A grant as it stands, read while nobody comes between.
    pub fn grant_as_it_stands(&self, key: &GrantKey) -> Option<Grant> {
        self.lock().grants.get(&key.0).cloned()
    }

    /// Takes a person away.
    pub fn remove_user(&self, name: &str) {
        self.lock().users.remove(name);
    }
}

impl ClientReader for MemoryStore {
    async fn client(&self, id: &ClientId, _now: UnixSeconds) -> Result<Option<Arc<Client>>, Unreachable> {
        Ok(self.reached()?.clients.get(id).cloned().map(Arc::new))
    }
}

impl ClientWriter for MemoryStore {
    async fn current(&self, id: &ClientId) -> Result<Option<Client>, Unreachable> {
        Ok(self.reached()?.clients.get(id).cloned())
    }

    async fn create(&self, client: &Client) -> Result<Created, Unreachable> {
        let clients = &mut self.reached()?.clients;
        if clients.contains_key(&client.client_id) {
            return Ok(Created::Exists);
        }
        clients.insert(client.client_id.clone(), client.clone());
        Ok(Created::Created)
    }

    async fn replace(&self, next: &Client, read_version: u64) -> Result<Changed, Unreachable> {
        match self.reached()?.clients.get_mut(&next.client_id) {
            Some(client) if client.version == read_version => {
                *client = next.clone();
                Ok(Changed::Changed)
            }
            _ => Ok(Changed::Stale),
        }
    }

    async fn delete(&self, id: &ClientId, read_version: u64) -> Result<Changed, Unreachable> {
        let clients = &mut self.reached()?.clients;
        match clients.get(id) {
            Some(client) if client.version == read_version => {
                clients.remove(id);
                Ok(Changed::Changed)
            }
            _ => Ok(Changed::Stale),
        }
    }

    async fn list(&self, after: Option<&Cursor>, limit: usize) -> Result<Option<Page<Client>>, Unreachable> {
        let clients: Vec<Client> = self.reached()?.clients.values().cloned().collect();
        Ok(registry::page(clients, after, limit, |client| (client.created_at, client.client_id.to_string())))
    }

    async fn owned_by(
        &self,
        owner: &str,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Option<Page<Client>>, Unreachable> {
        let is_theirs = |client: &&Client| client.owner.as_deref() == Some(owner);
        let clients: Vec<Client> = self.reached()?.clients.values().filter(is_theirs).cloned().collect();
        Ok(registry::page(clients, after, limit, |client| (client.created_at, client.client_id.to_string())))
    }
}

impl UserReader for MemoryStore {
    async fn user(&self, name: &str) -> Result<Option<User>, Unreachable> {
        others_come_between().await;
        Ok(self.reached()?.users.get(name).cloned())
    }
}

impl SessionReader for MemoryStore {
    async fn session(&self, id: &str) -> Result<Option<Session>, Unreachable> {
        others_come_between().await;
        Ok(self.reached()?.sessions.get(id).cloned())
    }
}

impl SessionStore for MemoryStore {
    async fn begin(
        &self,
        session: &Session,
        before: Option<&str>,
        counters: &[Counter],
    ) -> Result<(), Unreachable> {
        let remembered = &mut *self.reached()?;
        if let Some(before) = before {
            remembered.sessions.remove(before);
        }
        for counter in counters {
            match remembered.tries.get_mut(&counter.key) {
                Some(tries) if !counter.begins_anew => *tries -= 1,
                _ => drop(remembered.tries.remove(&counter.key)),
            }
        }
        remembered.sessions.insert(session.id.clone(), session.clone());
        Ok(())
    }

    async fn end(&self, id: &str) -> Result<(), Unreachable> {
        self.reached()?.sessions.remove(id);
        Ok(())
    }
}

impl SystemAccountReader for MemoryStore {
    async fn system_account(&self, name: &str, _now: UnixSeconds) -> Result<Option<Arc<User>>, Unreachable> {
        Ok(self.reached()?.users.get(name).cloned().map(Arc::new))
    }
}

impl UserWriter for MemoryStore {
    async fn add(&self, user: &User) -> Result<Created, Unreachable> {
        let users = &mut self.reached()?.users;
        if users.contains_key(&user.name) {
            return Ok(Created::Exists);
        }
        users.insert(user.name.clone(), user.clone());
        Ok(Created::Created)
    }

    async fn renew(&self, user: &User) -> Result<Changed, Unreachable> {
        match self.reached()?.users.get_mut(&user.name) {
            Some(known) if known.is_still(&user.subject) && known.version == user.version => {
                *known = user.clone();
                Ok(Changed::Changed)
            }
            _ => Ok(Changed::Stale),
        }
    }
}

impl Lockout for MemoryStore {
    async fn raise(&self, counters: &[Counter]) -> Result<Raised, Unreachable> {
        let tries = &mut self.reached()?.tries;
        if counters.iter().any(|counter| tries.get(&counter.key).is_some_and(|tries| *tries >= counter.limit))
        {
            return Ok(Raised::Full);
        }
        for counter in counters {
            *tries.entry(counter.key.clone()).or_default() += 1;
        }
        Ok(Raised::Raised)
    }
}

impl FlowStore for MemoryStore {
    async fn keep(&self, flow: &Flow) -> Result<(), Unreachable> {
        self.reached()?.flows.insert(flow.key.clone(), flow.clone());
        Ok(())
    }

    async fn flow(&self, key: &str) -> Result<Option<Flow>, Unreachable> {
        Ok(self.reached()?.flows.get(key).cloned())
    }
}

impl LaunchStore for MemoryStore {
    async fn open(&self, launch: &Launch) -> Result<(), Unreachable> {
        self.reached()?.launches.insert(launch.key.clone(), launch.clone());
        Ok(())
    }

    async fn launch(&self, key: &str) -> Result<Option<Launch>, Unreachable> {
        Ok(self.reached()?.launches.get(key).cloned())
    }
}

impl Tombstones for MemoryStore {
    async fn bury(&self, jti: &str, _until: UnixSeconds) -> Result<(), Unreachable> {
        self.reached()?.buried.insert(jti.to_owned());
        Ok(())
    }

    async fn is_buried(&self, jti: &str) -> Result<bool, Unreachable> {
        Ok(self.reached()?.buried.contains(jti))
    }
}

impl ReplayStore for MemoryStore {
    async fn spend(&self, key: &str, until: UnixSeconds, now: UnixSeconds) -> Result<Spend, Unreachable> {
        let spent = &mut self.reached()?.spent;
        if spent.get(key).is_some_and(|end| *end >= now) {
            return Ok(Spend::SeenBefore);
        }
        spent.insert(key.to_owned(), until);
        Ok(Spend::Spent)
    }
}

/// Lets other requests go on, as they do while one is on its way to DynamoDB, and while its answer is on the way back:
/// there a request may also be given up, its work done and its answer lost. Without it requests to this store would
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
