//! What an operator asks of DynamoDB about tables themselves. No function may do this.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{PointInTimeRecoveryStatus, TimeToLiveStatus};
use smart::error::Unreachable;

use super::item::unreachable;

/// Whether a table forgets what has ended.
///
/// # Errors
/// When DynamoDB cannot be reached or refuses.
pub async fn forgets(db: &Client, table: &str) -> Result<bool, Unreachable> {
    let answer = db.describe_time_to_live().table_name(table).send().await;
    let status = answer.map_err(unreachable("DescribeTimeToLive"))?.time_to_live_description;
    let status = status.and_then(|description| description.time_to_live_status);
    Ok(matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)))
}

/// Whether a table can be restored to a moment in the past.
///
/// # Errors
/// When DynamoDB cannot be reached or refuses.
pub async fn can_be_restored(db: &Client, table: &str) -> Result<bool, Unreachable> {
    let answer = db.describe_continuous_backups().table_name(table).send().await;
    let status = answer.map_err(unreachable("DescribeContinuousBackups"))?.continuous_backups_description;
    let status = status.and_then(|description| description.point_in_time_recovery_description);
    let status = status.and_then(|description| description.point_in_time_recovery_status);
    Ok(status == Some(PointInTimeRecoveryStatus::Enabled))
}

/// Whether a table is protected from deletion.
///
/// # Errors
/// When DynamoDB cannot be reached or refuses.
pub async fn is_protected(db: &Client, table: &str) -> Result<bool, Unreachable> {
    let answer = db.describe_table().table_name(table).send().await;
    let described = answer.map_err(unreachable("DescribeTable"))?.table;
    Ok(described.and_then(|table| table.deletion_protection_enabled).unwrap_or_default())
}
