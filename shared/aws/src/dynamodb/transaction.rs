//! Transactions, tried again when another one is in their way.

use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::TransactWriteItem;
use smart::random;

use super::Tables;

/// How often a transaction is tried when others touch the same items just then.
const ATTEMPTS: u32 = 5;

impl Tables {
    /// Writes all of it or nothing. The SDK gives each transaction a token of its own, so that its retries are one and
    /// the same transaction; one that was cancelled because another was under way has written nothing, and the SDK does
    /// not try it again.
    pub(super) async fn transact(
        &self,
        items: Vec<TransactWriteItem>,
    ) -> Result<(), SdkError<TransactWriteItemsError>> {
        let mut attempt = 0;
        loop {
            let write = self.db.transact_write_items().set_transact_items(Some(items.clone()));
            match write.send().await {
                Ok(_) => return Ok(()),
                Err(error) if attempt < ATTEMPTS && is_in_conflict(&error) => {
                    let [jitter] = random::bytes::<1>();
                    let wait =
                        Duration::from_millis(10 << attempt) + Duration::from_millis(u64::from(jitter) / 8);
                    tokio::time::sleep(wait).await;
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Whether it was cancelled for no other reason than that another transaction was under way.
///
/// Source: Amazon DynamoDB API Reference, TransactWriteItems, cancellation reasons.
fn is_in_conflict<R>(error: &SdkError<TransactWriteItemsError, R>) -> bool {
    let Some(TransactWriteItemsError::TransactionCanceledException(refused)) = error.as_service_error()
    else {
        return false;
    };
    let codes = || refused.cancellation_reasons().iter().filter_map(|reason| reason.code());
    codes().any(|code| code == "TransactionConflict")
        && codes().all(|code| ["TransactionConflict", "None"].contains(&code))
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::CancellationReason;
    use aws_sdk_dynamodb::types::error::TransactionCanceledException;

    use super::*;

    #[test]
    fn f05_a_conflict_is_tried_again_and_a_refusal_is_not() {
        for (codes, expected) in [
            (vec!["None", "TransactionConflict"], true),
            (vec!["ConditionalCheckFailed", "TransactionConflict"], false),
            (vec!["ConditionalCheckFailed", "None"], false),
            (vec![], false),
        ] {
            let reasons =
                codes.iter().map(|code| CancellationReason::builder().code(*code).build()).collect();
            let cancelled =
                TransactionCanceledException::builder().set_cancellation_reasons(Some(reasons)).build();
            let error = TransactWriteItemsError::TransactionCanceledException(cancelled);
            assert_eq!(is_in_conflict(&SdkError::service_error(error, ())), expected, "{codes:?}");
        }
    }
}
