//! The users and clients that are there from the start: the same names and passwords each time, keys and secrets drawn
//! anew.

mod clients;
mod key_pair;
mod settings;
mod system_account;
mod users;

use aws::dynamodb::{Table, TableNames, Tables};
use aws::{Aws, EmulatorUrls};
use smart::error::Unreachable;
use smart_verify::time::UnixSeconds;

use crate::start::{StartError, Urls};
use crate::template::Template;

use clients::Planted;
pub use clients::{EHR, SAMPLE_APP, SeededClient};
pub use key_pair::KeyPair;
pub use system_account::SYSTEM_ACCOUNT;
pub use users::{SeededUser, test_accounts};

/// What is there from the start.
#[derive(Clone, Debug)]
pub struct Seeded {
    /// The clients; the first of each kind is the plain one, the sample app comes last.
    pub clients: Vec<SeededClient>,
    /// The client that manages clients, users and launches.
    pub admin: KeyPair,
    /// The backend client, to sign assertions for a command line.
    pub backend: KeyPair,
    /// The client that the EHR simulator is, which makes launches.
    pub ehr: KeyPair,
    /// Who can sign in; the first of each role is the plain one.
    pub users: Vec<SeededUser>,
}

/// Writes the seeds into the tables of the template, and the settings that are given by name and value. Run again over kept data it brings them up to date.
///
/// # Errors
/// When a seed cannot be written.
pub async fn plant(
    template: &Template,
    urls: &Urls,
    given: &[(String, String)],
    now: UnixSeconds,
) -> Result<Seeded, StartError> {
    settings::plant(urls, given, now).await?;
    let tables = tables_of(template, urls).await?;
    let users = users::plant(&tables).await?;
    system_account::plant(&tables).await?;
    let Planted { clients, admin, backend, ehr } = clients::plant(&tables, urls, now).await?;
    Ok(Seeded { clients, admin, backend, ehr, users })
}

async fn tables_of(template: &Template, urls: &Urls) -> Result<Tables, StartError> {
    let emulators = EmulatorUrls { dynamodb: urls.dynamodb.clone(), kms: urls.kms.clone() };
    let named = |id: &str| {
        let table = template.tables()?.into_iter().find(|table| table.name == id);
        table.map(|table| table.name).ok_or_else(|| StartError::Seed(format!("the template has no {id}")))
    };
    let names = TableNames::of_program([
        (Table::Clients, named("ClientsTable")?),
        (Table::Users, named("UsersTable")?),
    ]);
    Ok(Tables::new(Aws::emulated_at(emulators).await.dynamodb(), names))
}

impl From<Unreachable> for StartError {
    fn from(error: Unreachable) -> Self {
        Self::Seed(error.to_string())
    }
}
