//! What is remembered, in DynamoDB: one file per kind of item. The store knows no rule, it keeps its promises.

mod cache;
mod clients;
mod consents;
mod flows;
mod grants;
mod item;
mod launches;
mod list;
mod lockout;
mod needs;
pub mod operator;
mod problems;
mod registry;
mod replay;
mod sessions;
mod settings_table;
mod table;
mod tombstones;
mod transaction;
mod users;

use aws_sdk_dynamodb::Client;
use smart::client::ClientId;
use smart::error::Unreachable;
use smart::user::User;

use cache::Cache;

pub use needs::{Need, Needs, UnknownPort, needs_of};
pub use settings_table::{SettingsTable, Written};
pub use table::{Table, TableNames};

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

    /// The name of a table.
    ///
    /// # Errors
    /// When the program was not given it; [`TableNames::read`] gives a function those of all its ports.
    fn name(&self, table: Table) -> Result<&str, Unreachable> {
        self.names
            .get(table)
            .ok_or_else(|| Unreachable::new(table.logical_id(), "this program may not reach it"))
    }
}
