//! The sessions table: one item a session, by the hash of the cookie's id.

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};
use smart::error::Unreachable;
use smart::lockout::Counter;
use smart::ports::{SessionReader, SessionStore};
use smart::session::Session;

use super::Tables;
use super::item::{from_item, text, to_item, unreachable};
use super::needs::{Needs, need};
use super::table::Table;

/// What the ports of this file take of DynamoDB.
pub(super) const NEEDS: &[Needs] = &[
    Needs { port: "SessionReader", calls: &[need(Table::Sessions, "GetItem")] },
    Needs {
        port: "SessionStore",
        calls: &[
            need(Table::Sessions, "GetItem"),
            need(Table::Sessions, "PutItem"),
            need(Table::Sessions, "DeleteItem"),
            need(Table::Attempts, "DeleteItem"),
            need(Table::Attempts, "UpdateItem"),
        ],
    },
];

impl SessionReader for Tables {
    async fn session(&self, id: &str) -> Result<Option<Session>, Unreachable> {
        let read = self
            .db
            .get_item()
            .table_name(self.name(Table::Sessions)?)
            .key("id", text(id))
            .consistent_read(true);
        let answer = read.send().await.map_err(unreachable("sessions: GetItem"))?;
        answer.item.map(from_item).transpose()
    }
}

impl SessionStore for Tables {
    async fn begin(
        &self,
        session: &Session,
        before: Option<&str>,
        counters: &[Counter],
    ) -> Result<(), Unreachable> {
        let failed = |error| Unreachable::new("sessions: TransactWriteItems", error);
        let table = self.name(Table::Sessions)?;
        let put = Put::builder().table_name(table).set_item(Some(to_item(session)?));
        let put = TransactWriteItem::builder().put(put.build().map_err(failed)?).build();
        let delete = before.filter(|before| *before != session.id).map(|before| {
            let delete = Delete::builder().table_name(table).key("id", text(before)).build();
            delete.map(|delete| TransactWriteItem::builder().delete(delete).build())
        });
        let delete = delete.transpose().map_err(failed)?;
        let counts = counters.iter().map(|counter| self.take_back(counter)).collect::<Result<Vec<_>, _>>()?;
        let all = [put].into_iter().chain(delete).chain(counts).collect();
        self.transact(all).await.map_err(unreachable("sessions: TransactWriteItems"))
    }

    async fn end(&self, id: &str) -> Result<(), Unreachable> {
        let delete = self.db.delete_item().table_name(self.name(Table::Sessions)?).key("id", text(id));
        delete.send().await.map(drop).map_err(unreachable("sessions: DeleteItem"))
    }
}
