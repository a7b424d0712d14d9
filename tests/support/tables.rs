//! The tables of the service, reached as the functions reach them.

use std::sync::Arc;

use aws::dynamodb::{Table, TableNames, Tables, needs_of};
use aws::{Aws, EmulatorUrls};
use local::calls::CallLog;

use super::service;

pub(crate) async fn tables() -> Tables {
    tables_over(&aws().await)
}

/// The same tables for a program that may do what these ports need and nothing else.
pub(crate) async fn tables_held_to(ports: &[&str]) -> Tables {
    let needs = needs_of(ports).unwrap();
    let allowed = move |action: &str, resource: &str| {
        let (table, index) = resource.split_once("/index/").map_or((resource, None), |(t, i)| (t, Some(i)));
        needs.iter().any(|need| {
            let same = need.table.logical_id() == table && need.index == index;
            same && action.strip_prefix("dynamodb:") == Some(need.operation)
        })
    };
    tables_over(&aws().await.watched_by(CallLog::held_to(Arc::new(allowed))))
}

async fn aws() -> Aws {
    let urls = &service().urls;
    Aws::emulated_at(EmulatorUrls { dynamodb: urls.dynamodb.clone(), kms: urls.kms.clone() }).await
}

fn tables_over(aws: &Aws) -> Tables {
    let known = service().template.tables().unwrap();
    let named =
        |table: Table| known.iter().find(|known| known.name == table.logical_id()).unwrap().name.clone();
    let names = Table::ALL.into_iter().map(|table| (table, named(table)));
    Tables::new(aws.dynamodb(), TableNames::of_program(names))
}
