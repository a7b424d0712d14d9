//! The clients table: one item a client, by id, and indexes for the lists: of all, and of one owner.

use std::sync::Arc;

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use smart::client::{Client, ClientId};
use smart::error::Unreachable;
use smart::ports::{Changed, ClientReader, ClientWriter, Created, Cursor, Page};
use smart_verify::time::UnixSeconds;

use super::Tables;
use super::item::{Item, from_item, number, text, to_listed_item, unreachable};
use super::list::List;
use super::needs::{Needs, need, query};
use super::table::Table;

/// What the ports of this file take of DynamoDB.
pub(super) const NEEDS: &[Needs] = &[
    Needs { port: "ClientReader", calls: &[need(Table::Clients, "GetItem")] },
    Needs {
        port: "ClientWriter",
        calls: &[
            need(Table::Clients, "GetItem"),
            need(Table::Clients, "PutItem"),
            need(Table::Clients, "DeleteItem"),
            need(Table::Clients, "BatchGetItem"),
            query(Table::Clients, "by_creation"),
            query(Table::Clients, "by_owner"),
        ],
    },
];

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
    /// Puts a client, whatever stood there before: for whoever sets a service up, not for its functions.
    ///
    /// # Errors
    /// When DynamoDB cannot be reached.
    pub async fn put_client(&self, client: &Client) -> Result<(), Unreachable> {
        let put = self.db.put_item().table_name(self.name(Table::Clients)?).set_item(Some(listed(client)?));
        put.send().await.map(drop).map_err(unreachable("clients: PutItem"))
    }
}

/// A client as an item.
pub(super) fn listed(client: &Client) -> Result<Item, Unreachable> {
    to_listed_item(client, "client", Cursor::place(client.created_at, client.client_id.as_str()))
}

impl ClientWriter for Tables {
    async fn current(&self, id: &ClientId) -> Result<Option<Client>, Unreachable> {
        let read = self
            .db
            .get_item()
            .table_name(self.name(Table::Clients)?)
            .key("client_id", text(id.as_str()))
            .consistent_read(true);
        let answer = read.send().await.map_err(unreachable("clients: GetItem"))?;
        answer.item.map(from_item).transpose()
    }

    async fn create(&self, client: &Client) -> Result<Created, Unreachable> {
        let put = self.db.put_item().table_name(self.name(Table::Clients)?).set_item(Some(listed(client)?));
        match put.condition_expression("attribute_not_exists(client_id)").send().await {
            Ok(_) => Ok(Created::Created),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(Created::Exists),
                _ => Err(unreachable("clients: PutItem")(error)),
            },
        }
    }

    async fn replace(&self, next: &Client, read_version: u64) -> Result<Changed, Unreachable> {
        let put = self.db.put_item().table_name(self.name(Table::Clients)?).set_item(Some(listed(next)?));
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
            self.db.delete_item().table_name(self.name(Table::Clients)?).key("client_id", text(id.as_str()));
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
        self.clients_of("by_creation", ("listed", "client"), after, limit).await
    }

    async fn owned_by(
        &self,
        owner: &str,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Option<Page<Client>>, Unreachable> {
        self.clients_of("by_owner", ("owner", owner), after, limit).await
    }
}

impl Tables {
    async fn clients_of(
        &self,
        index: &str,
        of: (&str, &str),
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Option<Page<Client>>, Unreachable> {
        let list = List { what: "clients", table: self.name(Table::Clients)?, key: "client_id", index, of };
        let place = |client: &Client| Cursor::place(client.created_at, client.client_id.as_str());
        self.page(list, after, limit, place).await
    }
}
