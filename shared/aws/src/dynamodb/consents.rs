//! The consents table: what people decided, by a hash of its own or by the key of the grant that came of it, and an index
//! by person.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{
    AttributeValue, DeleteRequest, KeysAndAttributes, Put, TransactWriteItem, WriteRequest,
};
use serde::{Deserialize, Serialize};
use smart::client::ClientId;
use smart::consent::{Consent, Decided};
use smart::error::Unreachable;
use smart::ports::{ConsentStore, Cursor, Page};

use super::Tables;
use super::item::{Item, from_item, text, to_item, unreachable};
use super::needs::{Needs, need, query};
use super::table::Table;

/// How many items are read at once.
const PAGE: i32 = 100;

/// How many items one batch may delete.
const BATCH: usize = 25;

/// What the index keeps of an item, which is also where a list goes on.
#[derive(Serialize, Deserialize)]
struct IndexEntry {
    key: String,
    client_id: String,
    sub: String,
}

/// What the ports of this file take of DynamoDB.
pub(super) const NEEDS: &[Needs] = &[Needs {
    port: "ConsentStore",
    calls: &[
        need(Table::Consents, "GetItem"),
        need(Table::Consents, "BatchGetItem"),
        need(Table::Consents, "BatchWriteItem"),
        query(Table::Consents, "by_person"),
    ],
}];

impl ConsentStore for Tables {
    async fn consent(&self, key: &str) -> Result<Option<Consent>, Unreachable> {
        let read = self
            .db
            .get_item()
            .table_name(self.name(Table::Consents)?)
            .key("key", text(key))
            .consistent_read(true);
        let answer = read.send().await.map_err(unreachable("consents: GetItem"))?;
        Ok(match answer.item.map(from_item).transpose()? {
            Some(Decided::Consent(consent)) => Some(consent),
            Some(Decided::Report(_)) | None => None,
        })
    }

    async fn decided_by(
        &self,
        subject: &str,
        about: Option<&ClientId>,
        after: Option<&Cursor>,
    ) -> Result<Page<Decided>, Unreachable> {
        let after = after.and_then(|Cursor(place)| serde_json::from_str::<IndexEntry>(place).ok());
        // Whatever a cursor says, the list is of this person.
        let after = after.filter(|place| place.sub == subject).map(|place| to_item(&place)).transpose()?;
        let query = self
            .db
            .query()
            .table_name(self.name(Table::Consents)?)
            .index_name("by_person")
            .key_condition_expression(if about.is_some() {
                "#sub = :sub AND client_id = :client"
            } else {
                "#sub = :sub"
            })
            .expression_attribute_names("#sub", "sub")
            .expression_attribute_values(":sub", text(subject))
            .set_exclusive_start_key(after)
            .limit(PAGE);
        let query = match about {
            Some(client) => query.expression_attribute_values(":client", text(client.as_str())),
            None => query,
        };
        let answer = query.send().await.map_err(unreachable("consents: Query"))?;
        let places: Vec<IndexEntry> =
            answer.items.unwrap_or_default().into_iter().map(from_item).collect::<Result<_, _>>()?;
        let next = answer.last_evaluated_key.map(from_item::<IndexEntry>).transpose()?;
        let next = next.and_then(|place| serde_json::to_string(&place).ok()).map(Cursor);
        let mut items = self.decided(&places).await?;
        items.sort_by_cached_key(|decided| places.iter().position(|place| place.key == decided.key()));
        Ok(Page { items, next })
    }

    async fn forget(&self, keys: &[String]) -> Result<(), Unreachable> {
        for keys in keys.chunks(BATCH) {
            let deletes = keys.iter().map(|key| {
                let delete = DeleteRequest::builder().key("key", text(key)).build();
                delete.map(|delete| WriteRequest::builder().delete_request(delete).build())
            });
            let deletes = deletes.collect::<Result<Vec<_>, _>>();
            let deletes = deletes.map_err(|error| Unreachable::new("consents: BatchWriteItem", error))?;
            let mut left = Some(HashMap::from([(self.name(Table::Consents)?.to_owned(), deletes)]));
            while let Some(requests) = left.take().filter(|requests| !requests.is_empty()) {
                let write = self.db.batch_write_item().set_request_items(Some(requests));
                left = write.send().await.map_err(unreachable("consents: BatchWriteItem"))?.unprocessed_items;
            }
        }
        Ok(())
    }
}

impl Tables {
    /// The items at these places as they are now; what was forgotten meanwhile is left out.
    async fn decided(&self, places: &[IndexEntry]) -> Result<Vec<Decided>, Unreachable> {
        let keys = places.iter().map(|place| Item::from([("key".to_owned(), text(&place.key))]));
        let mut wanted = Some(keys.collect::<Vec<_>>()).filter(|keys| !keys.is_empty());
        let mut items = Vec::new();
        let table = self.name(Table::Consents)?;
        while let Some(keys) = wanted.take() {
            let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
            let keys = keys.map_err(|error| Unreachable::new("consents: BatchGetItem", error))?;
            let read = self.db.batch_get_item().request_items(table, keys);
            let answer = read.send().await.map_err(unreachable("consents: BatchGetItem"))?;
            for item in answer.responses.into_iter().flat_map(HashMap::into_values).flatten() {
                items.push(from_item(item)?);
            }
            let left = answer.unprocessed_keys.and_then(|mut left| left.remove(table));
            wanted = left.map(|left| left.keys).filter(|keys| !keys.is_empty());
        }
        Ok(items)
    }

    /// Puts what was decided, as part of a transaction.
    pub(super) fn put_decided(&self, decided: &Decided) -> Result<TransactWriteItem, Unreachable> {
        let mut item = to_item(decided)?;
        item.insert("key".to_owned(), AttributeValue::S(decided.key().to_owned()));
        let put = Put::builder().table_name(self.name(Table::Consents)?).set_item(Some(item)).build();
        let put = put.map_err(|error| Unreachable::new("consents: TransactWriteItems", error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}
