//! The clients table: one item a client, by id, and an index by creation for the list.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use smart::client::{Client, ClientId};
use smart::error::Unreachable;
use smart::ports::{Changed, ClientReader, ClientWriter, Created, Cursor, Page};
use smart::random;
use smart::time::UnixSeconds;

use super::Tables;
use super::item::{Item, from_item, number, text, to_item, unreachable};

/// How many items one batch may read.
const BATCH: usize = 100;

impl ClientReader for Tables {
    async fn client(&self, id: &ClientId, now: UnixSeconds) -> Result<Option<Arc<Client>>, Unreachable> {
        if let Some(client) = self.cached_clients.get(id, now) {
            return Ok(Some(client));
        }
        let client = self.current(id).await?.map(Arc::new);
        if let Some(client) = &client {
            self.cached_clients.put(id.clone(), client, now);
        }
        Ok(client)
    }
}

impl Tables {
    async fn batch(&self, keys: &[Item]) -> Result<Vec<Client>, Unreachable> {
        let mut wanted = Some(keys.to_vec()).filter(|keys| !keys.is_empty());
        let mut clients = Vec::new();
        while let Some(keys) = wanted.take() {
            let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
            let keys = keys.map_err(|error| Unreachable::new("clients: BatchGetItem", error))?;
            let read = self.db.batch_get_item().request_items(&self.names.clients, keys);
            let answer = read.send().await.map_err(unreachable("clients: BatchGetItem"))?;
            for item in answer.responses.into_iter().flat_map(HashMap::into_values).flatten() {
                clients.push(from_item(item)?);
            }
            let left = answer.unprocessed_keys.and_then(|mut left| left.remove(&self.names.clients));
            wanted = left.map(|left| left.keys).filter(|keys| !keys.is_empty());
        }
        Ok(clients)
    }

    /// Puts a client, whatever stood there before: for whoever sets a service up, not for its functions.
    ///
    /// # Errors
    /// When DynamoDB cannot be reached.
    pub async fn put_client(&self, client: &Client) -> Result<(), Unreachable> {
        let put = self.db.put_item().table_name(&self.names.clients).set_item(Some(listed(client)?));
        put.send().await.map(drop).map_err(unreachable("clients: PutItem"))
    }
}

/// A client as an item, with the keys of the index, which never change.
fn listed(client: &Client) -> Result<Item, Unreachable> {
    let mut item = to_item(client)?;
    item.insert("listed".to_owned(), text("client"));
    item.insert("created".to_owned(), text(format!("{:012}#{}", client.created_at.0, client.client_id)));
    Ok(item)
}

impl ClientWriter for Tables {
    async fn current(&self, id: &ClientId) -> Result<Option<Client>, Unreachable> {
        let read = self
            .db
            .get_item()
            .table_name(&self.names.clients)
            .key("client_id", text(id.as_str()))
            .consistent_read(true);
        let answer = read.send().await.map_err(unreachable("clients: GetItem"))?;
        answer.item.map(from_item).transpose()
    }

    async fn create(&self, client: &Client) -> Result<Created, Unreachable> {
        let put = self.db.put_item().table_name(&self.names.clients).set_item(Some(listed(client)?));
        match put.condition_expression("attribute_not_exists(client_id)").send().await {
            Ok(_) => Ok(Created::Created),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(Created::Exists),
                _ => Err(unreachable("clients: PutItem")(error)),
            },
        }
    }

    async fn replace(&self, next: &Client, read_version: u64) -> Result<Changed, Unreachable> {
        let put = self.db.put_item().table_name(&self.names.clients).set_item(Some(listed(next)?));
        let put = put
            .condition_expression("version = :read")
            .expression_attribute_values(":read", number(read_version));
        match put.send().await {
            Ok(_) => Ok(Changed::Changed),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(Changed::Stale),
                _ => Err(unreachable("clients: PutItem")(error)),
            },
        }
    }

    async fn delete(&self, id: &ClientId, read_version: u64) -> Result<Changed, Unreachable> {
        let delete =
            self.db.delete_item().table_name(&self.names.clients).key("client_id", text(id.as_str()));
        let delete = delete
            .condition_expression("version = :read")
            .expression_attribute_values(":read", number(read_version));
        match delete.send().await {
            Ok(_) => Ok(Changed::Changed),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(Changed::Stale),
                _ => Err(unreachable("clients: DeleteItem")(error)),
            },
        }
    }

    async fn list(&self, after: Option<&Cursor>, limit: usize) -> Result<Option<Page<Client>>, Unreachable> {
        let start = match after.map(start_of) {
            Some(None) => return Ok(None),
            start => start.flatten(),
        };
        let query = self
            .db
            .query()
            .table_name(&self.names.clients)
            .index_name("by_creation")
            .key_condition_expression("listed = :client")
            .expression_attribute_values(":client", text("client"))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start);
        let answer = query.send().await.map_err(unreachable("clients: Query"))?;
        let next = answer.last_evaluated_key.as_ref().and_then(cursor_at);
        let keys: Vec<Item> = answer.items.unwrap_or_default().into_iter().filter_map(primary_key).collect();
        let mut items = Vec::with_capacity(keys.len());
        for some in keys.chunks(BATCH) {
            items.extend(self.batch(some).await?);
        }
        // A batch comes in any order. The order of the index: newest first, then by id.
        items.sort_by(|one, other| {
            (other.created_at, &other.client_id).cmp(&(one.created_at, &one.client_id))
        });
        Ok(Some(Page { items, next }))
    }
}

fn primary_key(item: Item) -> Option<Item> {
    item.into_iter().find(|(name, _)| name == "client_id").map(|pair| Item::from([pair]))
}

/// A cursor is the index key of the last entry: `created`, which ends in the id.
fn cursor_at(key: &Item) -> Option<Cursor> {
    let created = key.get("created")?.as_s().ok()?;
    Some(Cursor(random::base64url(created.as_bytes())))
}

fn start_of(cursor: &Cursor) -> Option<Item> {
    let created = String::from_utf8(random::from_base64url(&cursor.0)?).ok()?;
    let (_, id) = created.split_once('#')?;
    let id: ClientId = id.parse().ok()?;
    let key =
        [("listed", text("client")), ("client_id", text(id.as_str())), ("created", text(created.clone()))];
    Some(key.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
