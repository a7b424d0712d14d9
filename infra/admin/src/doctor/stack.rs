//! Whether a stack has its alarms, and tables that forget what has ended and can be restored.

use aws::dynamodb::operator;
use aws::stack::{Resource, resources};
use aws::{Aws, DynamoClient};

use super::Check;
use crate::Failure;

const FORGET: &str = "Deploy the template again, or switch TTL on: aws dynamodb update-time-to-live.";
const RESTORE: &str = "Deploy the template again, or switch it on: aws dynamodb update-continuous-backups.";
const STACK: &str = "Look at the name of the stack, the region and your credentials.";
const WATCH: &str = "Deploy the template again: it makes every alarm.";

/// Tables of things that do not end.
const KEPT: [&str; 3] = ["ClientsTable", "SettingsTable", "UsersTable"];

/// What has to wake somebody, by the names in the template.
const ALARMS: [&str; 6] =
    ["KmsQuotaAlarm", "LockoutAlarm", "ReplayAlarm", "ServerErrorAlarm", "SlowAlarm", "ThrottleAlarm"];

pub(super) async fn checks(aws: &Aws, stack: &str) -> Result<Vec<Check>, Failure> {
    let Some(made) = resources(&aws.cloudformation(), stack).await? else {
        return Ok(vec![Check::of("stack", Err(format!("there is no stack {stack} here")), STACK)]);
    };
    let mut checks = vec![alarms(&made)];
    checks.extend(tables(&aws.dynamodb(), &of_kind(&made, "AWS::DynamoDB::Table")).await?);
    Ok(checks)
}

fn of_kind<'a>(made: &'a [Resource], kind: &str) -> Vec<&'a Resource> {
    made.iter().filter(|resource| resource.kind == kind).collect()
}

fn alarms(made: &[Resource]) -> Check {
    let alarms = of_kind(made, "AWS::CloudWatch::Alarm");
    let is_there = |name: &&str| alarms.iter().any(|alarm| alarm.logical_id == *name);
    let missing: Vec<_> = ALARMS.into_iter().filter(|name| !is_there(name)).collect();
    let found = match missing[..] {
        [] => Ok(format!("there, all {}", ALARMS.len())),
        _ => Err(format!("not there: {}", missing.join(", "))),
    };
    Check::of("alarms", found, WATCH)
}

async fn tables(db: &DynamoClient, tables: &[&Resource]) -> Result<[Check; 2], Failure> {
    let (mut endless, mut lost) = (Vec::new(), Vec::new());
    for table in tables {
        if !KEPT.contains(&table.logical_id.as_str()) && !operator::forgets(db, &table.name).await? {
            endless.push(table.name.as_str());
        }
        if !operator::can_be_restored(db, &table.name).await? {
            lost.push(table.name.as_str());
        }
    }
    let all = |bad: Vec<&str>| match (tables.len(), &bad[..]) {
        (0, _) => Err("the stack has no tables".to_owned()),
        (number, []) => Ok(format!("on, {number} tables")),
        _ => Err(format!("off: {}", bad.join(", "))),
    };
    Ok([Check::of("TTL", all(endless), FORGET), Check::of("point-in-time recovery", all(lost), RESTORE)])
}
