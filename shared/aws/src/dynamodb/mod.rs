//! What is remembered, in DynamoDB: one file a table. The store knows no rule, it keeps its promises.

mod cache;
mod clients;
mod consents;
mod flows;
mod grants;
mod item;
mod launches;
mod list;
mod lockout;
pub mod operator;
mod problems;
mod registry;
mod replay;
mod sessions;
mod tombstones;
mod transaction;
mod users;

use aws_sdk_dynamodb::Client;
use smart::client::ClientId;
use smart::user::User;

use cache::Cache;

use crate::{StartError, causes};

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
    /// Spent assertions, and why clients were refused lately.
    pub replay: String,
    /// What registration remembers beside clients and users.
    pub registry: String,
}

/// The tables.
#[derive(Clone, Debug)]
pub struct Tables {
    db: Client,
    names: TableNames,
    cached_clients: Cache<ClientId, smart::client::Client>,
    cached_accounts: Cache<String, User>,
    /// Which problems were kept a moment ago, of whom.
    kept_problems: Cache<(ClientId, String), ()>,
}

impl Tables {
    /// The tables of these names.
    pub fn new(db: Client, names: TableNames) -> Self {
        Self {
            db,
            names,
            cached_clients: Cache::default(),
            cached_accounts: Cache::default(),
            kept_problems: Cache::default(),
        }
    }

    /// Opens the connection, beside what else happens while the function starts: TLS is the larger half of a cold start,
    /// and the first request would wait for it. It reads a client that cannot be, since every function that has tables
    /// may read clients. It comes first of all that is awaited together: it is on its way while the calls to KMS are
    /// made. That DynamoDB does not answer just then is no reason not to start.
    ///
    /// # Errors
    /// Never; the type is that of what else is awaited.
    pub async fn open(&self) -> Result<(), StartError> {
        let read = self.db.get_item().table_name(&self.names.clients).key("client_id", item::text("-"));
        if let Err(error) = read.send().await {
            tracing::warn!(cause = causes(&error), "DynamoDB did not answer at the start");
        }
        Ok(())
    }
}
