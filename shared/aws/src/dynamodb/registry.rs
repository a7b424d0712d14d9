//! The registry table: one item an entry, by its key, and indexes for what lists show: by kind, and by owner.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};
use smart::error::Unreachable;
use smart::ports::{Cursor, Listed, Page, Registry, Write, Written};
use smart::registration::Entry;
use smart_verify::time::UnixSeconds;

use super::item::{Item, from_item, is_condition, number, text, to_item, to_listed_item, unreachable};
use super::list::List;
use super::needs::{Needs, need, query};
use super::table::Table;
use super::{Tables, clients, users};

const WRITE: &str = "registry: TransactWriteItems";

/// What the ports of this file take of DynamoDB.
pub(super) const NEEDS: &[Needs] = &[Needs {
    port: "Registry",
    calls: &[
        need(Table::Registry, "GetItem"),
        need(Table::Registry, "PutItem"),
        need(Table::Registry, "DeleteItem"),
        need(Table::Registry, "BatchGetItem"),
        query(Table::Registry, "by_creation"),
        query(Table::Registry, "by_owner"),
        need(Table::Clients, "PutItem"),
        need(Table::Clients, "DeleteItem"),
        need(Table::Users, "PutItem"),
    ],
}];

impl Registry for Tables {
    async fn entry(&self, key: &str) -> Result<Option<Entry>, Unreachable> {
        let read = self
            .db
            .get_item()
            .table_name(self.name(Table::Registry)?)
            .key("key", text(key))
            .consistent_read(true);
        let answer = read.send().await.map_err(unreachable("registry: GetItem"))?;
        answer.item.map(from_item).transpose()
    }

    async fn entries(
        &self,
        of: Listed<'_>,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Option<Page<Entry>>, Unreachable> {
        let (index, of) = match of {
            Listed::OfKind(kind) => ("by_creation", ("listed", kind)),
            Listed::OfOwner(owner) => ("by_owner", ("owner", owner)),
        };
        let list = List { what: "registry", table: self.name(Table::Registry)?, key: "key", index, of };
        let place = |entry: &Entry| Cursor::place(entry.created_at, &entry.key);
        self.page(list, after, limit, place).await
    }

    async fn write(&self, writes: &[Write<'_>], now: UnixSeconds) -> Result<Written, Unreachable> {
        let items = writes.iter().map(|write| self.part(write, now)).collect::<Result<Vec<_>, _>>()?;
        if items.is_empty() {
            return Ok(Written::Written);
        }
        let Err(error) = self.transact(items).await else {
            return Ok(Written::Written);
        };
        if let Some(TransactWriteItemsError::TransactionCanceledException(refused)) = error.as_service_error()
            && refused.cancellation_reasons().iter().any(is_condition)
        {
            return Ok(Written::Refused);
        }
        Err(unreachable(WRITE)(error))
    }
}

impl Tables {
    fn part(&self, write: &Write<'_>, now: UnixSeconds) -> Result<TransactWriteItem, Unreachable> {
        match write {
            Write::CreateClient(client) => put(
                self.name(Table::Clients)?,
                clients::listed(client)?,
                "attribute_not_exists(client_id)",
                None,
            ),
            Write::ReplaceClient { next, read_version } => put(
                self.name(Table::Clients)?,
                clients::listed(next)?,
                "version = :read",
                Some(*read_version),
            ),
            Write::DeleteClient { id, read_version } => {
                delete(self.name(Table::Clients)?, ("client_id", id.as_str()), Some(*read_version))
            }
            Write::ReplaceUser { next, read_version } => {
                let put =
                    Put::builder().table_name(self.name(Table::Users)?).set_item(Some(users::listed(next)?));
                let put = put
                    .condition_expression(users::IS_VERSION)
                    .expression_attribute_values(":read", number(*read_version))
                    .expression_attribute_values(":none", number(0));
                Ok(TransactWriteItem::builder().put(put.build().map_err(failed)?).build())
            }
            Write::AddEntry(entry) => {
                let put =
                    Put::builder().table_name(self.name(Table::Registry)?).set_item(Some(listed(entry)?));
                let put = put
                    .condition_expression("attribute_not_exists(#key) OR expires_at <= :now")
                    .expression_attribute_names("#key", "key")
                    .expression_attribute_values(":now", number(now.0));
                Ok(TransactWriteItem::builder().put(put.build().map_err(failed)?).build())
            }
            Write::ReplaceEntry { next, read_version } => {
                put(self.name(Table::Registry)?, listed(next)?, "version = :read", Some(*read_version))
            }
            Write::RemoveEntry { key, read_version } => {
                delete(self.name(Table::Registry)?, ("key", key), Some(*read_version))
            }
            Write::ForgetEntry(key) => delete(self.name(Table::Registry)?, ("key", key), None),
        }
    }
}

fn put(
    table: &str,
    item: Item,
    condition: &str,
    read_version: Option<u64>,
) -> Result<TransactWriteItem, Unreachable> {
    let put = Put::builder().table_name(table).set_item(Some(item)).condition_expression(condition);
    let put = match read_version {
        Some(version) => put.expression_attribute_values(":read", number(version)),
        None => put,
    };
    Ok(TransactWriteItem::builder().put(put.build().map_err(failed)?).build())
}

fn delete(
    table: &str,
    (name, key): (&str, &str),
    read_version: Option<u64>,
) -> Result<TransactWriteItem, Unreachable> {
    let delete = Delete::builder().table_name(table).key(name, text(key));
    let delete = match read_version {
        Some(version) => delete
            .condition_expression("version = :read")
            .expression_attribute_values(":read", number(version)),
        None => delete,
    };
    Ok(TransactWriteItem::builder().delete(delete.build().map_err(failed)?).build())
}

fn failed(error: aws_sdk_dynamodb::error::BuildError) -> Unreachable {
    Unreachable::new(WRITE, error)
}

/// An entry as an item.
fn listed(entry: &Entry) -> Result<Item, Unreachable> {
    match entry.note.is_listed() {
        true => to_listed_item(entry, entry.note.kind(), Cursor::place(entry.created_at, &entry.key)),
        false => to_item(entry),
    }
}
