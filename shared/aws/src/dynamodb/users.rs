//! The users table: one item a person, by name.

use std::sync::Arc;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use smart::error::Unreachable;
use smart::ports::{Changed, Created, SystemAccountReader, UserReader, UserWriter};
use smart::time::UnixSeconds;
use smart::user::User;

use super::Tables;
use super::item::{from_item, text, to_item, unreachable};

impl UserReader for Tables {
    async fn user(&self, name: &str) -> Result<Option<User>, Unreachable> {
        let read =
            self.db.get_item().table_name(&self.names.users).key("name", text(name)).consistent_read(true);
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
        let put = self.db.put_item().table_name(&self.names.users).set_item(Some(to_item(user)?));
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
        let put = self.db.put_item().table_name(&self.names.users).set_item(Some(to_item(user)?));
        let put = put
            .condition_expression("#sub = :sub AND disabled = :no")
            .expression_attribute_names("#sub", "sub")
            .expression_attribute_values(":sub", text(&user.subject))
            .expression_attribute_values(":no", AttributeValue::Bool(false));
        match put.send().await {
            Ok(_) => Ok(Changed::Changed),
            Err(error) if is_refused(&error) => Ok(Changed::Stale),
            Err(error) => Err(unreachable("users: PutItem")(error)),
        }
    }
}

fn is_refused<R>(error: &SdkError<PutItemError, R>) -> bool {
    matches!(error.as_service_error(), Some(PutItemError::ConditionalCheckFailedException(_)))
}

impl Tables {
    /// Puts a person, whoever had the name before: for whoever sets a service up, not for its functions.
    ///
    /// # Errors
    /// When DynamoDB cannot be reached.
    pub async fn put_user(&self, user: &User) -> Result<(), Unreachable> {
        let put = self.db.put_item().table_name(&self.names.users).set_item(Some(to_item(user)?));
        put.send().await.map(drop).map_err(unreachable("users: PutItem"))
    }
}
