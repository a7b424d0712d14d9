//! What is remembered. A port for each role: a grant is issued by one function, redeemed and read by another.

use std::sync::Arc;

use smart_verify::base64url;
use smart_verify::time::UnixSeconds;

use crate::client::{Client, ClientId};
use crate::error::Unreachable;
use crate::grant::Grant;
use crate::ids::GrantKey;
use crate::session::Session;
use crate::user::User;

/// Reads clients.
pub trait ClientReader: Send + Sync {
    /// The client of this id, at most 30 seconds old.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn client(
        &self,
        id: &ClientId,
        now: UnixSeconds,
    ) -> impl Future<Output = Result<Option<Arc<Client>>, Unreachable>> + Send;
}

/// Where a list continues: opaque to callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub String);

impl Cursor {
    /// Behind what was made at a moment and has this id: stores order by both.
    pub fn behind(created_at: UnixSeconds, id: &str) -> Self {
        Self(base64url::encode(Self::place(created_at, id).as_bytes()))
    }

    /// The place as text, which orders as the list does: 12 digits, `#`, the id.
    pub fn place(created_at: UnixSeconds, id: &str) -> String {
        format!("{:012}#{id}", created_at.0)
    }

    /// The place and the id behind which the list goes on; nothing for what is no cursor of ours.
    pub fn read(&self) -> Option<(String, String)> {
        let place = String::from_utf8(base64url::decode(&self.0)?).ok()?;
        let (moment, id) = place.split_once('#')?;
        let is_moment = moment.len() == 12 && moment.bytes().all(|byte| byte.is_ascii_digit());
        let id = id.to_owned();
        // A key of the store is never empty, and never longer than this.
        (is_moment && (1..=256).contains(&id.len())).then_some((place, id))
    }
}

/// One page of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// The entries, in the order of the list.
    pub items: Vec<T>,
    /// Where the list goes on, if it does.
    pub next: Option<Cursor>,
}

/// What came of creating a client or a user.
#[derive(Debug, PartialEq, Eq)]
pub enum Created {
    /// It is there now.
    Created,
    /// One of that id or name was there before; nothing has changed.
    Exists,
}

/// What came of changing a client or a user.
#[derive(Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is as wanted now.
    Changed,
    /// It is not the version that was read; nothing has changed.
    Stale,
}

/// Registers, changes and lists clients. Reads are never old.
pub trait ClientWriter: Send + Sync {
    /// The client of this id as it is now.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn current(&self, id: &ClientId) -> impl Future<Output = Result<Option<Client>, Unreachable>> + Send;

    /// Registers a client if no other has its id.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn create(&self, client: &Client) -> impl Future<Output = Result<Created, Unreachable>> + Send;

    /// Replaces a client if its version is still the one that was read. Of any number of changes to the same
    /// version exactly one is told `Changed`.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn replace(
        &self,
        next: &Client,
        read_version: u64,
    ) -> impl Future<Output = Result<Changed, Unreachable>> + Send;

    /// Deletes a client if its version is still the one that was read.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn delete(
        &self,
        id: &ClientId,
        read_version: u64,
    ) -> impl Future<Output = Result<Changed, Unreachable>> + Send;

    /// Clients from the newest to the oldest, `limit` at most, going on behind a cursor. Registering others
    /// meanwhile neither repeats nor hides one. An unreadable cursor gives `None`.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn list(
        &self,
        after: Option<&Cursor>,
        limit: usize,
    ) -> impl Future<Output = Result<Option<Page<Client>>, Unreachable>> + Send;

    /// The same, of the clients of one person, by `sub`.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn owned_by(
        &self,
        owner: &str,
        after: Option<&Cursor>,
        limit: usize,
    ) -> impl Future<Output = Result<Option<Page<Client>>, Unreachable>> + Send;
}

/// Reads users, never old.
pub trait UserReader: Send + Sync {
    /// The user of this name.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn user(&self, name: &str) -> impl Future<Output = Result<Option<User>, Unreachable>> + Send;
}

/// Reads the accounts as which backend services act.
pub trait SystemAccountReader: Send + Sync {
    /// The user of this name, at most 30 seconds old, whatever their role is.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn system_account(
        &self,
        name: &str,
        now: UnixSeconds,
    ) -> impl Future<Output = Result<Option<Arc<User>>, Unreachable>> + Send;
}

/// Reads sessions, never old.
pub trait SessionReader: Send + Sync {
    /// The session of this hashed id; whether it has ended is for the caller to see.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn session(&self, id: &str) -> impl Future<Output = Result<Option<Session>, Unreachable>> + Send;
}

/// Writes users whom an upstream provider has signed in.
pub trait UserWriter: Send + Sync {
    /// Puts a user if nobody has the name.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn add(&self, user: &User) -> impl Future<Output = Result<Created, Unreachable>> + Send;

    /// Replaces a user by what is newly known of them, if it is the same and still enabled.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn renew(&self, user: &User) -> impl Future<Output = Result<Changed, Unreachable>> + Send;
}

/// What came of replacing a grant.
#[derive(Debug)]
pub enum Replace {
    /// It is as wanted now, by this very request.
    Replaced,
    /// Somebody else was faster: the grant as it is now, if it is still there.
    Refused(Option<Box<Grant>>),
}

/// Reads and changes grants.
pub trait GrantKeeper: Send + Sync {
    /// The grant of this key, never old.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn grant(&self, key: &GrantKey) -> impl Future<Output = Result<Option<Grant>, Unreachable>> + Send;

    /// Replaces a grant if its version is still `read_version`. Of any number of requests that read the same version
    /// exactly one is told `Replaced`; the same request, sent again, is told `Replaced` again, which it sees by
    /// `last_request`.
    ///
    /// # Errors
    /// When the store cannot be reached, or may or may not have done it: the caller may try again.
    fn replace(
        &self,
        read_version: u64,
        next: &Grant,
    ) -> impl Future<Output = Result<Replace, Unreachable>> + Send;
}

/// Remembers the revoked tokens of backend services, which come from no grant.
pub trait Tombstones: Send + Sync {
    /// Remembers that the token of this name is revoked, for as long as it would have lived.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn bury(&self, jti: &str, until: UnixSeconds) -> impl Future<Output = Result<(), Unreachable>> + Send;

    /// Whether the token of this name was revoked, never old.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn is_buried(&self, jti: &str) -> impl Future<Output = Result<bool, Unreachable>> + Send;
}

/// What came of spending a `jti`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spend {
    /// It was new, and is spent now.
    Spent,
    /// It was spent before.
    SeenBefore,
}

/// Remembers which assertions were used.
pub trait ReplayStore: Send + Sync {
    /// Spends a key until a moment. Of any number of requests with the same key exactly one is told `Spent`, until the
    /// moment has passed.
    ///
    /// # Errors
    /// When the store cannot be reached; the key may be spent then.
    fn spend(
        &self,
        key: &str,
        until: UnixSeconds,
        now: UnixSeconds,
    ) -> impl Future<Output = Result<Spend, Unreachable>> + Send;
}
