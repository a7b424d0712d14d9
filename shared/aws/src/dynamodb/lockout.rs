//! The attempts table: one item a count, by the keyed hash of what is counted.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, ReturnValue, TransactWriteItem, Update};
use smart::error::Unreachable;
use smart::lockout::{Counter, Raised};
use smart::ports::{Lockout, RequestCounter};

use super::Tables;
use super::item::{is_condition, number, text, unreachable};
use super::needs::{Needs, need};
use super::table::Table;

/// What the ports of this file take of DynamoDB.
pub(super) const NEEDS: &[Needs] = &[
    Needs { port: "Lockout", calls: &[need(Table::Attempts, "UpdateItem")] },
    Needs { port: "RequestCounter", calls: &[need(Table::Attempts, "UpdateItem")] },
];

impl Lockout for Tables {
    async fn raise(&self, counters: &[Counter]) -> Result<Raised, Unreachable> {
        let raises = counters.iter().map(|counter| self.raise_of(counter)).collect::<Result<_, _>>()?;
        let Err(error) = self.transact(raises).await else {
            return Ok(Raised::Raised);
        };
        if let Some(TransactWriteItemsError::TransactionCanceledException(refused)) = error.as_service_error()
            && refused.cancellation_reasons().iter().any(is_condition)
        {
            return Ok(Raised::Full);
        }
        Err(unreachable("attempts: TransactWriteItems")(error))
    }
}

impl RequestCounter for Tables {
    async fn count(&self, counter: &Counter) -> Result<u64, Unreachable> {
        let update = self
            .db
            .update_item()
            .table_name(self.name(Table::Attempts)?)
            .key("key", text(&counter.key))
            .update_expression("ADD tries :one SET expires_at = :end")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":end", number(counter.ends_at.0))
            .return_values(ReturnValue::UpdatedNew);
        let answer = update.send().await.map_err(unreachable("attempts: UpdateItem"))?;
        let count = answer.attributes.as_ref().and_then(|item| item.get("tries")?.as_n().ok()?.parse().ok());
        count.ok_or_else(|| Unreachable::new("attempts: UpdateItem", "no count came back"))
    }
}

impl Tables {
    fn raise_of(&self, counter: &Counter) -> Result<TransactWriteItem, Unreachable> {
        let update = Update::builder()
            .table_name(self.name(Table::Attempts)?)
            .key("key", text(&counter.key))
            .update_expression("ADD tries :one SET expires_at = :end")
            .condition_expression("attribute_not_exists(tries) OR tries < :limit")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":limit", number(counter.limit))
            .expression_attribute_values(":end", number(counter.ends_at.0))
            .build()
            .map_err(|error| Unreachable::new("attempts: TransactWriteItems", error))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Takes a try that was right out of a count, as part of a transaction.
    pub(super) fn take_back(&self, counter: &Counter) -> Result<TransactWriteItem, Unreachable> {
        let failed = |error| Unreachable::new("attempts: TransactWriteItems", error);
        if counter.begins_anew {
            let delete =
                Delete::builder().table_name(self.name(Table::Attempts)?).key("key", text(&counter.key));
            let delete = delete.build().map_err(failed)?;
            return Ok(TransactWriteItem::builder().delete(delete).build());
        }
        let lower = Update::builder()
            .table_name(self.name(Table::Attempts)?)
            .key("key", text(&counter.key))
            .update_expression("ADD tries :less SET expires_at = :end")
            .expression_attribute_values(":less", AttributeValue::N("-1".to_owned()))
            .expression_attribute_values(":end", number(counter.ends_at.0))
            .build()
            .map_err(failed)?;
        Ok(TransactWriteItem::builder().update(lower).build())
    }
}
