//! The replay table: one item a spent assertion, kept until it could not be accepted any more.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use smart::error::Unreachable;
use smart::ids::RequestId;
use smart::ports::{ReplayStore, Spend};
use smart_verify::time::UnixSeconds;

use super::Tables;
use super::item::{Item, number, text, to_item, unreachable};
use super::needs::{Needs, need};
use super::table::Table;

/// What the ports of this file take of DynamoDB.
pub(super) const NEEDS: &[Needs] = &[Needs { port: "ReplayStore", calls: &[need(Table::Replay, "PutItem")] }];

impl ReplayStore for Tables {
    /// The item names the request that spent it, so that a put sent again by the SDK after its answer was lost is not
    /// taken for a replay.
    async fn spend(&self, key: &str, until: UnixSeconds, now: UnixSeconds) -> Result<Spend, Unreachable> {
        let by = to_item(&serde_json::json!({ "by": RequestId::draw() }))?;
        let mut item = by.clone();
        item.insert("key".to_owned(), text(key));
        item.insert("expires_at".to_owned(), number(until.0));
        let put = self.db.put_item().table_name(self.name(Table::Replay)?).set_item(Some(item));
        // Items are deleted late: one that has ended counts as gone.
        let put = put
            .condition_expression("attribute_not_exists(#key) OR expires_at < :now")
            .expression_attribute_names("#key", "key")
            .expression_attribute_values(":now", number(now.0))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match put.send().await {
            Ok(_) => Ok(Spend::Spent),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                    let was_ours = refused.item().and_then(|old: &Item| old.get("by")) == by.get("by");
                    Ok(if was_ours { Spend::Spent } else { Spend::SeenBefore })
                }
                _ => Err(unreachable("replay: PutItem")(error)),
            },
        }
    }
}
