//! The users table: one item per account of a user or a backend service, by name.

use std::sync::Arc;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use smart::error::Unreachable;
use smart::ports::{Changed, Created, Cursor, Page, SystemAccountReader, UserKeeper, UserReader, UserWriter};
use smart::user::User;
use smart_verify::time::UnixSeconds;

use super::Tables;
use super::item::{Item, from_item, number, text, to_listed_item, unreachable};
use super::list::List;
use super::needs::{Needs, need, query};
use super::table::Table;

/// What the ports of this file take of DynamoDB.
pub(super) const NEEDS: &[Needs] = &[
    Needs { port: "UserReader", calls: &[need(Table::Users, "GetItem")] },
    Needs { port: "SystemAccountReader", calls: &[need(Table::Users, "GetItem")] },
    Needs { port: "UserWriter", calls: &[need(Table::Users, "PutItem")] },
    Needs {
        port: "UserKeeper",
        calls: &[
            need(Table::Users, "GetItem"),
            need(Table::Users, "PutItem"),
            need(Table::Users, "DeleteItem"),
            need(Table::Users, "BatchGetItem"),
            query(Table::Users, "by_creation"),
        ],
    },
];

impl UserReader for Tables {
    async fn user(&self, name: &str) -> Result<Option<User>, Unreachable> {
        let read = self
            .db
            .get_item()
            .table_name(self.name(Table::Users)?)
            .key("name", text(name))
            .consistent_read(true);
        let answer = read.send().await.map_err(unreachable("users: GetItem"))?;
        answer.item.map(from_item).transpose()
    }
}

impl SystemAccountReader for Tables {
    async fn system_account(&self, name: &str, now: UnixSeconds) -> Result<Option<Arc<User>>, Unreachable> {
        if let Some(account) = self.cached_accounts.get(name, now) {
            return Ok(Some(account));
        }
        let account = self.user(name).await?.map(Arc::new);
        if let Some(account) = &account {
            self.cached_accounts.put(name.to_owned(), account, now);
        }
        Ok(account)
    }
}

impl UserWriter for Tables {
    async fn add(&self, user: &User) -> Result<Created, Unreachable> {
        let put = self.db.put_item().table_name(self.name(Table::Users)?).set_item(Some(listed(user)?));
        let put = put
            .condition_expression("attribute_not_exists(#name)")
            .expression_attribute_names("#name", "name");
        match put.send().await {
            Ok(_) => Ok(Created::Created),
            Err(error) if is_refused(&error) => Ok(Created::Exists),
            Err(error) => Err(unreachable("users: PutItem")(error)),
        }
    }

    async fn renew(&self, user: &User) -> Result<Changed, Unreachable> {
        let put = self.db.put_item().table_name(self.name(Table::Users)?).set_item(Some(listed(user)?));
        let put = put
            .condition_expression(format!("#sub = :sub AND disabled = :no AND ({IS_VERSION})"))
            .expression_attribute_names("#sub", "sub")
            .expression_attribute_values(":read", number(user.version))
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":sub", text(&user.subject))
            .expression_attribute_values(":no", AttributeValue::Bool(false));
        match put.send().await {
            Ok(_) => Ok(Changed::Changed),
            Err(error) if is_refused(&error) => Ok(Changed::Stale),
            Err(error) => Err(unreachable("users: PutItem")(error)),
        }
    }
}

/// Whether a user is still the version that was read; one that is older than the count is version 0.
pub(super) const IS_VERSION: &str = "version = :read OR (attribute_not_exists(version) AND :read = :none)";

/// A user as an item.
pub(super) fn listed(user: &User) -> Result<Item, Unreachable> {
    to_listed_item(user, "user", Cursor::place(user.created_at, &user.name))
}

impl UserKeeper for Tables {
    async fn create_user(&self, user: &User) -> Result<Created, Unreachable> {
        self.add(user).await
    }

    async fn replace_user(&self, next: &User, read_version: u64) -> Result<Changed, Unreachable> {
        let put = self.db.put_item().table_name(self.name(Table::Users)?).set_item(Some(listed(next)?));
        let put = put
            .condition_expression(format!("attribute_exists(#name) AND ({IS_VERSION})"))
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":read", number(read_version))
            .expression_attribute_values(":none", number(0));
        match put.send().await {
            Ok(_) => Ok(Changed::Changed),
            Err(error) if is_refused(&error) => Ok(Changed::Stale),
            Err(error) => Err(unreachable("users: PutItem")(error)),
        }
    }

    async fn delete_user(&self, name: &str, read_version: u64) -> Result<Changed, Unreachable> {
        let delete = self.db.delete_item().table_name(self.name(Table::Users)?).key("name", text(name));
        let delete = delete
            .condition_expression(format!("attribute_exists(#name) AND ({IS_VERSION})"))
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":read", number(read_version))
            .expression_attribute_values(":none", number(0));
        match delete.send().await {
            Ok(_) => Ok(Changed::Changed),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(Changed::Stale),
                _ => Err(unreachable("users: DeleteItem")(error)),
            },
        }
    }

    async fn users(&self, after: Option<&Cursor>, limit: usize) -> Result<Option<Page<User>>, Unreachable> {
        let of = ("listed", "user");
        let list =
            List { what: "users", table: self.name(Table::Users)?, key: "name", index: "by_creation", of };
        let place = |user: &User| Cursor::place(user.created_at, &user.name);
        self.page(list, after, limit, place).await
    }
}

fn is_refused<R>(error: &SdkError<PutItemError, R>) -> bool {
    matches!(error.as_service_error(), Some(PutItemError::ConditionalCheckFailedException(_)))
}

impl Tables {
    /// Puts an account, whoever had the name before: for whoever sets a service up, not for its functions.
    ///
    /// # Errors
    /// When DynamoDB cannot be reached.
    pub async fn put_user(&self, user: &User) -> Result<(), Unreachable> {
        let put = self.db.put_item().table_name(self.name(Table::Users)?).set_item(Some(listed(user)?));
        put.send().await.map(drop).map_err(unreachable("users: PutItem"))
    }
}
