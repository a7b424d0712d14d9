//! The grants table: one item a grant for its whole life, replaced only by who read it last.

use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use smart::consent::Decided;
use smart::error::Unreachable;
use smart::grant::Grant;
use smart::ids::GrantKey;
use smart::ports::{GrantIssuer, GrantKeeper, Issued, NewGrant, Replace};
use smart::random;

use super::Tables;
use super::item::{from_item, is_condition, number, text, to_item, unreachable};
use super::needs::{Needs, need};
use super::table::Table;

/// How often a replacement whose fate is unknown is sent again.
const ATTEMPTS: usize = 3;

/// What the ports of this file take of DynamoDB.
pub(super) const NEEDS: &[Needs] = &[
    Needs {
        port: "GrantIssuer",
        calls: &[
            need(Table::Grants, "PutItem"),
            need(Table::Users, "ConditionCheckItem"),
            need(Table::Consents, "PutItem"),
            need(Table::Launches, "UpdateItem"),
        ],
    },
    Needs { port: "GrantKeeper", calls: &[need(Table::Grants, "GetItem"), need(Table::Grants, "PutItem")] },
];

impl GrantIssuer for Tables {
    async fn issue(&self, new: &NewGrant) -> Result<Issued, Unreachable> {
        let NewGrant { grant, report, consent, launch } = new;
        let report = self.put_decided(&Decided::Report(report.clone()))?;
        let consent = consent.clone().map(Decided::Consent);
        let consent = consent.map(|consent| self.put_decided(&consent)).transpose()?;
        let launch = launch.as_deref().map(|launch| self.spend_launch(launch, &grant.key)).transpose()?;
        let first = [self.put_if_absent(grant)?, self.check_person(grant)?, report];
        let all = first.into_iter().chain(launch).chain(consent).collect();
        let Err(error) = self.transact(all).await else {
            return Ok(Issued::Issued);
        };
        if let Some(TransactWriteItemsError::TransactionCanceledException(refused)) = error.as_service_error()
            && let [put, user, _, rest @ ..] = refused.cancellation_reasons()
        {
            if let (true, Some(item)) = (is_condition(put), put.item.clone()) {
                return Ok(Issued::Already(Box::new(from_item(item)?)));
            }
            if is_condition(user) {
                return Ok(Issued::UserGone);
            }
            // Of what follows only a launch has a condition.
            if rest.first().is_some_and(is_condition) {
                return Ok(Issued::LaunchSpent);
            }
        }
        Err(unreachable("grants: TransactWriteItems")(error))
    }
}

impl Tables {
    fn put_if_absent(&self, grant: &Grant) -> Result<TransactWriteItem, Unreachable> {
        let put = Put::builder()
            .table_name(self.name(Table::Grants)?)
            .set_item(Some(to_item(grant)?))
            .condition_expression("attribute_not_exists(#key)")
            .expression_attribute_names("#key", "key")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|error| Unreachable::new("grants: TransactWriteItems", error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn check_person(&self, grant: &Grant) -> Result<TransactWriteItem, Unreachable> {
        let user = ConditionCheck::builder()
            .table_name(self.name(Table::Users)?)
            .key("name", text(&grant.person.user_name))
            .condition_expression("#sub = :sub AND disabled = :no")
            .expression_attribute_names("#sub", "sub")
            .expression_attribute_values(":sub", text(&grant.person.subject))
            .expression_attribute_values(":no", AttributeValue::Bool(false))
            .build()
            .map_err(|error| Unreachable::new("grants: TransactWriteItems", error))?;
        Ok(TransactWriteItem::builder().condition_check(user).build())
    }
}

impl GrantKeeper for Tables {
    async fn grant(&self, key: &GrantKey) -> Result<Option<Grant>, Unreachable> {
        let read = self
            .db
            .get_item()
            .table_name(self.name(Table::Grants)?)
            .key("key", text(&key.0))
            .consistent_read(true);
        let answer = read.send().await.map_err(unreachable("grants: GetItem"))?;
        answer.item.map(from_item).transpose()
    }

    /// The SDK's own retries are off: only we can tell our own success, whose answer was lost, from somebody else's.
    async fn replace(&self, read_version: u64, next: &Grant) -> Result<Replace, Unreachable> {
        let mut last = None;
        for attempt in 0..ATTEMPTS {
            match self.replace_once(read_version, next).await {
                Ok(Replace::Refused(Some(current))) if current.last_request == next.last_request => {
                    return Ok(Replace::Replaced);
                }
                // Ours may have been written and then changed by another. A guess could end a good grant.
                Ok(Replace::Refused(_)) if attempt > 0 => {
                    return Err(Unreachable::new(
                        "grants: PutItem",
                        "cannot tell whether an earlier attempt was written",
                    ));
                }
                Ok(answer) => return Ok(answer),
                Err(error) => last = Some(error),
            }
            if attempt + 1 < ATTEMPTS {
                let [jitter] = random::bytes::<1>();
                tokio::time::sleep(Duration::from_micros(u64::from(jitter) * (100 << attempt))).await;
            }
        }
        Err(last.unwrap_or_else(|| Unreachable::new("grants: PutItem", "no attempt was made")))
    }
}

impl Tables {
    async fn replace_once(&self, read_version: u64, next: &Grant) -> Result<Replace, Unreachable> {
        let once = aws_sdk_dynamodb::config::Config::builder().retry_config(RetryConfig::disabled());
        let put = self
            .db
            .put_item()
            .table_name(self.name(Table::Grants)?)
            .set_item(Some(to_item(next)?))
            .condition_expression("version = :read")
            .expression_attribute_values(":read", number(read_version))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .customize()
            .config_override(once);
        let Err(error) = put.send().await else {
            return Ok(Replace::Replaced);
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                let current = refused.item().cloned().map(from_item).transpose()?;
                Ok(Replace::Refused(current.map(Box::new)))
            }
            _ => Err(unreachable("grants: PutItem")(error)),
        }
    }
}
