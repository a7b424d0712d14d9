//! Lists: an index that keeps keys alone says what is in a page and in which order, the items are then read as they are.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use serde::de::DeserializeOwned;
use smart::error::Unreachable;
use smart::ports::{Cursor, Page};

use smart_verify::base64url;

use super::Tables;
use super::item::{Item, from_item, text, unreachable};

/// How many items one batch may read.
const BATCH: usize = 100;

/// What a list is of: items under one key of an index, ordered by `created`.
pub(super) struct List<'a> {
    /// What is listed, as an error names it.
    pub(super) what: &'static str,
    pub(super) table: &'a str,
    /// The key of the table.
    pub(super) key: &'a str,
    pub(super) index: &'a str,
    /// The key of the index and its value.
    pub(super) of: (&'a str, &'a str),
}

impl List<'_> {
    /// Where the list goes on, as DynamoDB names it: all keys of the last item.
    fn start(&self, place: &str, id: &str) -> Item {
        let (name, value) = self.of;
        let keys = [(name, text(value)), (self.key, text(id)), ("created", text(place))];
        keys.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

impl Tables {
    /// One page, newest first; nothing for a cursor that is none.
    pub(super) async fn page<T: DeserializeOwned>(
        &self,
        list: List<'_>,
        after: Option<&Cursor>,
        limit: usize,
        place: impl Fn(&T) -> String,
    ) -> Result<Option<Page<T>>, Unreachable> {
        let start = match after.map(Cursor::read) {
            Some(None) => return Ok(None),
            read => read.flatten().map(|(place, id)| list.start(&place, &id)),
        };
        let query = self
            .db
            .query()
            .table_name(list.table)
            .index_name(list.index)
            .key_condition_expression("#of = :of")
            .expression_attribute_names("#of", list.of.0)
            .expression_attribute_values(":of", text(list.of.1))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start);
        let answer = query.send().await.map_err(unreachable(list.what))?;
        let next = answer.last_evaluated_key.as_ref().and_then(cursor_at);
        let keys: Vec<Item> =
            answer.items.unwrap_or_default().into_iter().filter_map(|item| only(item, list.key)).collect();
        let mut items = Vec::with_capacity(keys.len());
        for some in keys.chunks(BATCH) {
            items.extend(self.batch(&list, some).await?);
        }
        // A batch comes in any order. The order of the index: newest first, then by id.
        items.sort_by_cached_key(|item| std::cmp::Reverse(place(item)));
        Ok(Some(Page { items, next }))
    }

    /// The items of these keys as they are now; what is gone meanwhile is left out.
    async fn batch<T: DeserializeOwned>(
        &self,
        list: &List<'_>,
        keys: &[Item],
    ) -> Result<Vec<T>, Unreachable> {
        let (what, table) = (list.what, list.table);
        let mut wanted = Some(keys.to_vec()).filter(|keys| !keys.is_empty());
        let mut items = Vec::new();
        while let Some(keys) = wanted.take() {
            let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
            let keys = keys.map_err(|error| Unreachable::new(what, error))?;
            let read = self.db.batch_get_item().request_items(table, keys);
            let answer = read.send().await.map_err(unreachable(what))?;
            for item in answer.responses.into_iter().flat_map(HashMap::into_values).flatten() {
                items.push(from_item(item)?);
            }
            let left = answer.unprocessed_keys.and_then(|mut left| left.remove(table));
            wanted = left.map(|left| left.keys).filter(|keys| !keys.is_empty());
        }
        Ok(items)
    }
}

fn only(item: Item, key: &str) -> Option<Item> {
    item.into_iter().find(|(name, _)| name == key).map(|pair| Item::from([pair]))
}

/// A cursor is the index key of the last entry: `created`, which ends in the id.
fn cursor_at(key: &Item) -> Option<Cursor> {
    let created = key.get("created")?.as_s().ok()?;
    Some(Cursor(base64url::encode(created.as_bytes())))
}
