//! The users table: one item a person, by name.

use smart::error::Unreachable;
use smart::ports::UserReader;
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
