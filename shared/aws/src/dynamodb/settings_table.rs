//! The SettingsTable: functions read it, an operator's commands write it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use smart::error::Unreachable;
use smart::settings::SettingsItem;
use smart_verify::time::UnixSeconds;

use super::item::{from_item, number, text, to_item, unreachable};
use crate::config::{StoredItem, StoredSettings};

/// The table of the settings.
#[derive(Clone, Debug)]
pub struct SettingsTable {
    db: Client,
    name: String,
}

/// An item as DynamoDB keeps it.
#[derive(Serialize, Deserialize)]
struct Row {
    key: String,
    value: String,
    version: u64,
    changed_at: UnixSeconds,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is written, as this version.
    Version(u64),
    /// Another operator changed the item since it was read; nothing was written.
    Conflict,
}

impl SettingsTable {
    /// The table of this name.
    pub const fn new(db: Client, name: String) -> Self {
        Self { db, name }
    }

    /// Reads some items, all at the same time.
    ///
    /// # Errors
    /// When DynamoDB cannot be reached, or an item is not one of ours.
    pub async fn read(&self, items: &[SettingsItem]) -> Result<StoredSettings, Unreachable> {
        let found = try_join_all(items.iter().map(|item| self.read_one(*item))).await?;
        Ok(items.iter().copied().zip(found).filter_map(|(item, found)| Some((item, found?))).collect())
    }

    async fn read_one(&self, item: SettingsItem) -> Result<Option<StoredItem>, Unreachable> {
        let read = self.db.get_item().table_name(&self.name).key("key", text(item.key()));
        let answer = read.consistent_read(true).send().await.map_err(unreachable("GetItem SettingsTable"))?;
        let row: Option<Row> = answer.item.map(from_item).transpose()?;
        Ok(row.map(|Row { value, version, changed_at, .. }| StoredItem { value, version, changed_at }))
    }

    /// Writes an item in the place of the one that an operator has seen, or of none.
    ///
    /// # Errors
    /// When DynamoDB cannot be reached or refuses. The item is then as before, unless the answer was lost.
    pub async fn write(
        &self,
        item: SettingsItem,
        value: String,
        seen: Option<&StoredItem>,
        now: UnixSeconds,
    ) -> Result<Written, Unreachable> {
        let version = seen.map_or(1, |seen| seen.version + 1);
        let row = Row { key: item.key().to_owned(), value, version, changed_at: now };
        let put = self.db.put_item().table_name(&self.name).set_item(Some(to_item(&row)?));
        let put = match seen {
            None => put
                .condition_expression("attribute_not_exists(#key)")
                .expression_attribute_names("#key", "key"),
            Some(seen) => put
                .condition_expression("#version = :seen")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":seen", number(seen.version)),
        };
        match put.send().await {
            Ok(_) => Ok(Written::Version(version)),
            Err(error)
                if matches!(
                    error.as_service_error(),
                    Some(PutItemError::ConditionalCheckFailedException(_))
                ) =>
            {
                Ok(Written::Conflict)
            }
            Err(error) => Err(unreachable("PutItem SettingsTable")(error)),
        }
    }
}
