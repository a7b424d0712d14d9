//! The tables of the service, reached as the functions reach them.

use aws::dynamodb::{Table, Tables};
use aws::{Aws, StandIns};

use super::service;

pub(crate) async fn tables() -> Tables {
    let urls = &service().urls;
    let stand_ins = StandIns { dynamodb: urls.dynamodb.clone(), kms: urls.kms.clone() };
    let known = service().template.tables().unwrap();
    let named =
        |table: Table| known.iter().find(|known| known.name == table.logical_id()).unwrap().name.clone();
    let names = Table::ALL.into_iter().map(|table| (table, named(table))).collect();
    Tables::new(Aws::played_by(stand_ins).await.dynamodb(), names)
}
