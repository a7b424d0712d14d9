//! What is remembered, in DynamoDB: one file a table. The store knows no rule, it keeps its promises.

mod clients;
mod consents;
mod flows;
mod grants;
mod item;
mod launches;
mod list;
mod lockout;
mod registry;
mod replay;
mod sessions;
mod tombstones;
mod transaction;
mod users;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use smart::client::ClientId;
use smart::time::UnixSeconds;

/// The names of the tables. A function has those it may reach; the others are empty.
#[derive(Clone, Debug, Default)]
pub struct TableNames {
    /// Registered clients.
    pub clients: String,
    /// People.
    pub users: String,
    /// Who is signed in.
    pub sessions: String,
    /// Grants.
    pub grants: String,
    /// What people decided.
    pub consents: String,
    /// Requests too long for a URL.
    pub flows: String,
    /// What EHRs said of the apps they opened.
    pub launches: String,
    /// Counts of wrong passwords.
    pub attempts: String,
    /// Spent assertions.
    pub replay: String,
    /// What registration remembers beside clients and users.
    pub registry: String,
}

type ClientCache = HashMap<ClientId, (UnixSeconds, Arc<smart::client::Client>)>;

/// The tables.
#[derive(Clone, Debug)]
pub struct Tables {
    db: Client,
    names: TableNames,
    cached_clients: Arc<Mutex<ClientCache>>,
}

impl Tables {
    /// The tables of these names.
    pub fn new(db: Client, names: TableNames) -> Self {
        Self { db, names, cached_clients: Arc::default() }
    }
}
