//! The tables of the service, reached as the functions reach them.

use aws::calls::CallLog;
use aws::dynamodb::{TableNames, Tables};
use aws::{Aws, StandIns};

use super::service;

pub(crate) async fn tables() -> Tables {
    let urls = &service().urls;
    let stand_ins =
        StandIns { dynamodb: urls.dynamodb.clone(), kms: urls.kms.clone(), calls: CallLog::default() };
    let named = |id: &str| {
        let tables = service().template.tables().unwrap();
        tables.into_iter().find(|table| table.name == id).unwrap().name
    };
    let names = TableNames {
        clients: named("ClientsTable"),
        users: named("UsersTable"),
        sessions: named("SessionsTable"),
        grants: named("GrantsTable"),
        consents: named("ConsentsTable"),
        flows: named("FlowsTable"),
        launches: named("LaunchesTable"),
        attempts: named("AttemptsTable"),
        replay: named("ReplayTable"),
        registry: named("RegistryTable"),
    };
    Tables::new(Aws::played_by(stand_ins).await.dynamodb(), names)
}
