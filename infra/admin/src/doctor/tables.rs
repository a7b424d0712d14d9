//! Whether the tables of a stack forget what has ended, and can be restored.

use aws::DynamoClient;
use aws::dynamodb::operator;

use super::Check;
use crate::Failure;

const FORGET: &str = "Deploy the template again, or switch TTL on: aws dynamodb update-time-to-live.";
const RESTORE: &str = "Deploy the template again, or switch it on: aws dynamodb update-continuous-backups.";
const STACK: &str = "Look at the name of the stack, the region and your credentials.";

/// Tables of things that do not end.
const KEPT: [&str; 2] = ["ClientsTable", "UsersTable"];

pub(super) async fn checks(db: &DynamoClient, stack: &str) -> Result<Vec<Check>, Failure> {
    let tables = operator::tables_of_stack(db, stack).await?;
    if tables.is_empty() {
        let found = Err(format!("{stack} has no table here"));
        return Ok(vec![Check::of("tables", found, STACK)]);
    }
    let (mut endless, mut lost) = (Vec::new(), Vec::new());
    for table in &tables {
        let is_kept = KEPT.iter().any(|kept| table.starts_with(&format!("{stack}-{kept}-")));
        if !is_kept && !operator::forgets(db, table).await? {
            endless.push(table.as_str());
        }
        if !operator::can_be_restored(db, table).await? {
            lost.push(table.as_str());
        }
    }
    let all = |bad: Vec<&str>| {
        if bad.is_empty() {
            Ok(format!("on, {} tables", tables.len()))
        } else {
            Err(format!("off: {}", bad.join(", ")))
        }
    };
    Ok(vec![Check::of("TTL", all(endless), FORGET), Check::of("point-in-time recovery", all(lost), RESTORE)])
}
