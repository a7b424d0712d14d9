//! The launches table: one item a launch, by the hash of its handle.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use smart::error::Unreachable;
use smart::ids::GrantKey;
use smart::launch::Launch;
use smart::ports::LaunchStore;

use super::Tables;
use super::item::{from_item, text, to_item, unreachable};
use super::needs::{Needs, need};
use super::table::Table;

/// What the ports of this file take of DynamoDB.
pub(super) const NEEDS: &[Needs] = &[Needs {
    port: "LaunchStore",
    calls: &[need(Table::Launches, "PutItem"), need(Table::Launches, "GetItem")],
}];

impl LaunchStore for Tables {
    async fn open(&self, launch: &Launch) -> Result<(), Unreachable> {
        let put = self.db.put_item().table_name(self.name(Table::Launches)?).set_item(Some(to_item(launch)?));
        put.send().await.map(drop).map_err(unreachable("launches: PutItem"))
    }

    async fn launch(&self, key: &str) -> Result<Option<Launch>, Unreachable> {
        let read = self
            .db
            .get_item()
            .table_name(self.name(Table::Launches)?)
            .key("key", text(key))
            .consistent_read(true);
        let answer = read.send().await.map_err(unreachable("launches: GetItem"))?;
        answer.item.map(from_item).transpose()
    }
}

impl Tables {
    /// Spends a launch on a grant, as part of a transaction.
    pub(super) fn spend_launch(&self, key: &str, on: &GrantKey) -> Result<TransactWriteItem, Unreachable> {
        let update = Update::builder()
            .table_name(self.name(Table::Launches)?)
            .key("key", text(key))
            .update_expression("SET spent_on = :grant")
            .condition_expression("attribute_exists(#key) AND attribute_not_exists(spent_on)")
            .expression_attribute_names("#key", "key")
            .expression_attribute_values(":grant", text(&on.0))
            .build()
            .map_err(|error| Unreachable::new("launches: TransactWriteItems", error))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}
