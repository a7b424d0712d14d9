//! What registration remembers and lists, and how often somebody asked.

use smart_verify::time::UnixSeconds;

use super::{Changed, Created, Cursor, Page, UserReader};
use crate::client::{Client, ClientId};
use crate::error::Unreachable;
use crate::lockout::Counter;
use crate::registration::Entry;
use crate::user::User;

/// One part of what is written in one step.
#[derive(Clone, Copy, Debug)]
pub enum Write<'a> {
    /// A client, if no other has its id.
    CreateClient(&'a Client),
    /// A client, if it is still the version that was read.
    ReplaceClient {
        /// As it is then.
        next: &'a Client,
        /// The version that was read.
        read_version: u64,
    },
    /// No client any more, if it is still the version that was read.
    DeleteClient {
        /// Which.
        id: &'a ClientId,
        /// The version that was read.
        read_version: u64,
    },
    /// A user, if they are still the version that was read.
    ReplaceUser {
        /// As they are then.
        next: &'a User,
        /// The version that was read.
        read_version: u64,
    },
    /// An entry, if none has its key, or that one has ended.
    AddEntry(&'a Entry),
    /// An entry, if it is still the version that was read.
    ReplaceEntry {
        /// As it is then.
        next: &'a Entry,
        /// The version that was read.
        read_version: u64,
    },
    /// No entry any more, if it is still the version that was read.
    RemoveEntry {
        /// Which.
        key: &'a str,
        /// The version that was read.
        read_version: u64,
    },
    /// No entry any more, whatever it was.
    ForgetEntry(&'a str),
}

/// What came of writing several things in one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// All of it is as wanted now.
    Written,
    /// One part was not as it was read; nothing has changed.
    Refused,
}

/// Which entries a list is of.
#[derive(Clone, Copy, Debug)]
pub enum Listed<'a> {
    /// All of a kind.
    OfKind(&'a str),
    /// All of a person, by `sub`.
    OfOwner(&'a str),
}

/// Keeps what is remembered beside the clients. Reads by key are never old.
pub trait Registry: Send + Sync {
    /// The entry of this key; whether it has ended is for the caller to see.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn entry(&self, key: &str) -> impl Future<Output = Result<Option<Entry>, Unreachable>> + Send;

    /// Entries that lists show, from the newest to the oldest, `limit` at most, going on behind a cursor. What was added a
    /// moment ago may be missing. An unreadable cursor gives `None`.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn entries(
        &self,
        of: Listed<'_>,
        after: Option<&Cursor>,
        limit: usize,
    ) -> impl Future<Output = Result<Option<Page<Entry>>, Unreachable>> + Send;

    /// Writes all of it or nothing. Of any number of requests that read the same versions exactly one is told `Written`.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn write(
        &self,
        writes: &[Write<'_>],
        now: UnixSeconds,
    ) -> impl Future<Output = Result<Written, Unreachable>> + Send;
}

/// Makes, changes and lists accounts.
pub trait UserKeeper: UserReader {
    /// Puts a user if nobody has the name.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn create_user(&self, user: &User) -> impl Future<Output = Result<Created, Unreachable>> + Send;

    /// Replaces a user if their version is still the one that was read.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn replace_user(
        &self,
        next: &User,
        read_version: u64,
    ) -> impl Future<Output = Result<Changed, Unreachable>> + Send;

    /// Takes a user away if their version is still the one that was read.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn delete_user(
        &self,
        name: &str,
        read_version: u64,
    ) -> impl Future<Output = Result<Changed, Unreachable>> + Send;

    /// Users from the newest to the oldest, `limit` at most, going on behind a cursor. An unreadable cursor gives `None`.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn users(
        &self,
        after: Option<&Cursor>,
        limit: usize,
    ) -> impl Future<Output = Result<Option<Page<User>>, Unreachable>> + Send;
}

/// Counts requests.
pub trait RequestCounter: Send + Sync {
    /// Raises a count by one and says how high it is now. Of any number of requests at once no two are told the same.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn count(&self, counter: &Counter) -> impl Future<Output = Result<u64, Unreachable>> + Send;
}
