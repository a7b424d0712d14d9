//! The tables by their kinds, and the names under which a program knows those that it may reach.

use std::collections::BTreeMap;

use smart::ports::Reached;

use super::needs::needs_of;
use crate::config::Reader;

/// A table of the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// Registered clients.
    Clients,
    /// Accounts of people and systems.
    Users,
    /// Sessions in browsers.
    Sessions,
    /// Grants, and tombstones of backend tokens.
    Grants,
    /// Consents, and the scope reports of grants.
    Consents,
    /// Requests too long for a URL, and round trips to an upstream provider.
    Flows,
    /// Launch contexts.
    Launches,
    /// Counts of wrong passwords and of requests.
    Attempts,
    /// Spent assertions, and recent problems of clients.
    Replay,
    /// What registration keeps in addition to clients and users.
    Registry,
    /// Settings that change while the service runs. No port reaches it: [`SettingsTable`](super::SettingsTable) does.
    Settings,
}

impl Table {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Clients,
        Self::Users,
        Self::Sessions,
        Self::Grants,
        Self::Consents,
        Self::Flows,
        Self::Launches,
        Self::Attempts,
        Self::Replay,
        Self::Registry,
        Self::Settings,
    ];

    /// Its name in `template.yaml`, such as `ClientsTable`.
    pub const fn logical_id(self) -> &'static str {
        match self {
            Self::Clients => "ClientsTable",
            Self::Users => "UsersTable",
            Self::Sessions => "SessionsTable",
            Self::Grants => "GrantsTable",
            Self::Consents => "ConsentsTable",
            Self::Flows => "FlowsTable",
            Self::Launches => "LaunchesTable",
            Self::Attempts => "AttemptsTable",
            Self::Replay => "ReplayTable",
            Self::Registry => "RegistryTable",
            Self::Settings => "SettingsTable",
        }
    }

    /// The setting that names it.
    pub const fn setting(self) -> &'static str {
        match self {
            Self::Clients => "CLIENTS_TABLE",
            Self::Users => "USERS_TABLE",
            Self::Sessions => "SESSIONS_TABLE",
            Self::Grants => "GRANTS_TABLE",
            Self::Consents => "CONSENTS_TABLE",
            Self::Flows => "FLOWS_TABLE",
            Self::Launches => "LAUNCHES_TABLE",
            Self::Attempts => "ATTEMPTS_TABLE",
            Self::Replay => "REPLAY_TABLE",
            Self::Registry => "REGISTRY_TABLE",
            Self::Settings => "SETTINGS_TABLE",
        }
    }
}

/// The names of the tables that a program may reach.
#[derive(Clone, Debug)]
pub struct TableNames(BTreeMap<Table, String>);

impl TableNames {
    /// Reads the names of the tables that a function needs to reach these ports, and of no other.
    /// [`Reader::finish`] names each setting that is missing, so the function does not start without one.
    pub fn read(settings: &mut Reader<'_>, reaches: Reached) -> Self {
        let mut names = Self(BTreeMap::new());
        match needs_of(reaches.store()) {
            Ok(needs) => {
                for need in needs {
                    names.0.entry(need.table).or_insert_with(|| settings.required(need.table.setting()));
                }
            }
            Err(unknown) => settings.note(unknown.to_string()),
        }
        names
    }

    /// The tables of a program that is no function: an operator's, or a test's. What it does not name it cannot reach.
    pub fn of_program(names: impl IntoIterator<Item = (Table, String)>) -> Self {
        Self(names.into_iter().collect())
    }

    /// The name of a table, if the program has it.
    pub fn get(&self, table: Table) -> Option<&str> {
        self.0.get(&table).map(String::as_str)
    }
}
