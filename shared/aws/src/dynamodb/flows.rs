//! The flows table: one item a request that is too long for a URL, by the hash of its handle.

use smart::error::Unreachable;
use smart::long_request::Flow;
use smart::ports::FlowStore;

use super::Tables;
use super::item::{from_item, text, to_item, unreachable};
use super::needs::{Needs, need};
use super::table::Table;

/// What the ports of this file take of DynamoDB.
pub(super) const NEEDS: &[Needs] =
    &[Needs { port: "FlowStore", calls: &[need(Table::Flows, "PutItem"), need(Table::Flows, "GetItem")] }];

impl FlowStore for Tables {
    async fn keep(&self, flow: &Flow) -> Result<(), Unreachable> {
        let put = self.db.put_item().table_name(self.name(Table::Flows)?).set_item(Some(to_item(flow)?));
        put.send().await.map(drop).map_err(unreachable("flows: PutItem"))
    }

    async fn flow(&self, key: &str) -> Result<Option<Flow>, Unreachable> {
        let read = self
            .db
            .get_item()
            .table_name(self.name(Table::Flows)?)
            .key("key", text(key))
            .consistent_read(true);
        let answer = read.send().await.map_err(unreachable("flows: GetItem"))?;
        answer.item.map(from_item).transpose()
    }
}
