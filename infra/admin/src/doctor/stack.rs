//! Whether a stack has its alarms, tables that expire items, can be restored and are protected, and imported settings.

use aws::dynamodb::{Table, operator};
use aws::stack::{Resource, resources};
use aws::{Aws, DynamoClient};
use smart::settings::SettingsItem;

use super::{Check, Options};
use crate::sam_deploy::SamDeploy;
use crate::service::{Service, ServiceOptions};
use crate::{Failure, World, settings, shell};

const STACK: &str = "Check the name of the stack, the region and your credentials.";
const WATCH: &str = "Deploy the template again: it makes every alarm.";

/// Tables of things that do not end.
const KEPT: [&str; 3] = ["ClientsTable", "SettingsTable", "UsersTable"];

/// What has to wake somebody, by the names in the template.
const ALARMS: [&str; 6] =
    ["KmsQuotaAlarm", "LockoutAlarm", "ReplayAlarm", "ServerErrorAlarm", "SlowAlarm", "ThrottleAlarm"];

pub(super) async fn checks(
    aws: &Aws,
    stack: &str,
    options: &Options,
    world: &World,
) -> Result<Vec<Check>, Failure> {
    let Some(made) = resources(&aws.cloudformation(), stack).await? else {
        return Ok(vec![Check::of("stack", Err(format!("there is no stack {stack} here")), STACK)]);
    };
    let mut checks = vec![alarms(&made)];
    let protect = protect(stack, options.config_env.as_deref());
    checks.extend(tables(&aws.dynamodb(), &of_kind(&made, "AWS::DynamoDB::Table"), &protect).await?);
    checks.push(imported(stack, &made, options, world).await?);
    Ok(checks)
}

/// The command that protects every table.
fn protect(stack: &str, config_env: Option<&str>) -> String {
    let parameters = vec![("DeletionProtection", "true".to_owned())];
    let deploy = SamDeploy { stack: Some(stack), config_env, parameters };
    format!(
        "Protect the tables after the first successful deployment. Set DeletionProtection=true in samconfig.toml as well, \
         because the next deployment reads that file:\n{}",
        deploy.command()
    )
}

/// Whether the parameters of an older version are in the SettingsTable.
async fn imported(
    stack: &str,
    made: &[Resource],
    options: &Options,
    world: &World,
) -> Result<Check, Failure> {
    let name = "settings imported";
    if !made.iter().any(|resource| resource.logical_id == Table::Settings.logical_id()) {
        let remedy = "Deploy the commit \"template: add a table for settings\" first.";
        return Ok(Check::of(name, Err("the stack has no SettingsTable".to_owned()), remedy));
    }
    let of_stack = ServiceOptions::of_stack(stack, options.region.as_deref());
    let service = Service::find(&of_stack, world).await?;
    let remedy = format!(
        "Copy them into the SettingsTable before you deploy a new version:\n{}",
        service.command(&["settings", "import"])
    );
    let stored = service.read().await?;
    let found = match settings::unimported(&service, &stored, &SettingsItem::ALL).await {
        Ok(missing) if missing.is_empty() => Ok("the template keeps nothing that the table lacks".to_owned()),
        Ok(missing) => {
            let missing = missing.iter().map(|(_, sources)| sources.as_str()).collect::<Vec<_>>().join(", ");
            Err(format!("only in the stack: {missing}"))
        }
        Err(unreachable @ Failure::Unreachable(_)) => return Err(unreachable),
        Err(invalid) => Err(invalid.to_string()),
    };
    Ok(Check::of(name, found, remedy))
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

async fn tables(db: &DynamoClient, tables: &[&Resource], protect: &str) -> Result<[Check; 3], Failure> {
    let (mut endless, mut lost, mut unprotected) = (Vec::new(), Vec::new(), Vec::new());
    for table in tables {
        let name = table.name.as_str();
        if !KEPT.contains(&table.logical_id.as_str()) && !operator::forgets(db, name).await? {
            endless.push(name);
        }
        if !operator::can_be_restored(db, name).await? {
            lost.push(name);
        }
        if !operator::is_protected(db, name).await? {
            unprotected.push(name);
        }
    }
    let all = |bad: &[&str]| match (tables.len(), bad) {
        (0, _) => Err("the stack has no tables".to_owned()),
        (number, []) => Ok(format!("on, {number} tables")),
        _ => Err(format!("off: {}", bad.join(", "))),
    };
    Ok([
        Check::of("TTL", all(&endless), each(&endless, &EXPIRE)),
        Check::of("point-in-time recovery", all(&lost), each(&lost, &RECOVER)),
        Check::of("deletion protection", all(&unprotected), protect),
    ])
}

const EXPIRE: [&str; 3] =
    ["update-time-to-live", "--time-to-live-specification", "Enabled=true,AttributeName=expires_at"];
const RECOVER: [&str; 3] = [
    "update-continuous-backups",
    "--point-in-time-recovery-specification",
    "PointInTimeRecoveryEnabled=true",
];

/// A command for each table.
fn each(tables: &[&str], [operation, option, value]: &[&str; 3]) -> String {
    let command =
        |table: &&str| shell::command(["aws", "dynamodb", operation, "--table-name", table, option, value]);
    let commands: Vec<_> = tables.iter().map(command).collect();
    format!("Deploy the template again, or switch it on:\n{}", commands.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_that_protects_names_its_environment() {
        let command = |config_env| protect("smart-prod", config_env);
        let parameters = "--stack-name smart-prod --parameter-overrides DeletionProtection=true";
        assert!(command(None).ends_with(&format!("\nsam deploy {parameters}")));
        assert!(
            command(Some("my env")).ends_with(&format!("\nsam deploy --config-env 'my env' {parameters}"))
        );
    }
}
