//! The service that a command changes: its SettingsTable, its keys and its issuer.

use aws::config::StoredSettings;
use aws::dynamodb::{SettingsTable, Table, Written};
use aws::stack::StackDescription;
use aws::{Aws, KmsClient};
use clap::Args;
use serde_json::{Value, json};
use smart::settings::{SETTINGS_LIFETIME, SETTINGS_LIFETIME_IN_AN_OUTAGE, SettingsItem};
use smart_verify::time::UnixSeconds;
use url::Url;

use crate::report::Report;
use crate::{Failure, World, shell, timestamps, web};

#[derive(Debug, Args)]
pub(crate) struct ServiceOptions {
    /// The stack of the service
    #[arg(long, global = true, env = "STACK_NAME", hide_env_values = true, value_name = "NAME")]
    stack: Option<String>,

    /// The SettingsTable by name. Then CloudFormation is not asked, and --stack is only part of the aliases of keys
    #[arg(long, global = true, value_name = "TABLE")]
    settings_table: Option<String>,

    /// With --settings-table: the ARN of the key that signs while no schedule is stored
    #[arg(long, global = true, value_name = "ARN")]
    signing_key: Option<String>,

    /// The issuer, such as https://auth.example.org. Usually the output Issuer of the stack
    #[arg(long, global = true, value_name = "URL")]
    base_url: Option<String>,

    /// The region of the service. Usually the region of your AWS configuration
    #[arg(long, global = true, value_name = "REGION")]
    region: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DryRun {
    /// Show what would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// A service whose settings can be read and written.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) aws: Aws,
    pub(crate) stack: Option<String>,
    /// What CloudFormation says of the stack, if it was asked.
    pub(crate) described: Option<StackDescription>,
    /// The ARN of the key that signs while no schedule is stored.
    pub(crate) signing_key: Option<String>,
    /// The ARN of the key that encrypts secrets among the settings.
    pub(crate) settings_key: Option<String>,
    table: SettingsTable,
    issuer: Option<Url>,
    /// The options with which another command finds the same service.
    options: Vec<String>,
}

impl Service {
    /// Finds the service.
    ///
    /// # Errors
    /// When the options name no service, or CloudFormation has no such stack.
    pub(crate) async fn find(options: &ServiceOptions, world: &World) -> Result<Self, Failure> {
        let issuer = options.base_url.as_deref().map(web::base).transpose()?;
        let region = options.region.as_deref();
        if let Some(table) = &options.settings_table {
            let of_key = options.signing_key.as_deref().and_then(|arn| arn.split(':').nth(3));
            let aws = world.aws_in(region.or(of_key)).await;
            return Ok(Self {
                table: SettingsTable::new(aws.dynamodb(), table.clone()),
                aws,
                stack: options.stack.clone(),
                described: None,
                signing_key: options.signing_key.clone(),
                settings_key: None,
                issuer,
                options: options.words(),
            });
        }
        let Some(stack) = &options.stack else {
            return Err(Failure::Usage("Name the stack with --stack NAME or STACK_NAME.".to_owned()));
        };
        let aws = world.aws_in(region).await;
        let cloudformation = aws.cloudformation();
        let no_stack = || {
            Failure::Usage(format!("There is no stack {stack} in this region. Check --stack and --region."))
        };
        let made = aws::stack::resources(&cloudformation, stack).await?.ok_or_else(no_stack)?;
        let described = aws::stack::describe(&cloudformation, stack).await?.ok_or_else(no_stack)?;
        let named = |id: &str| made.iter().find(|made| made.logical_id == id).map(|made| made.name.clone());
        let no_table = || {
            Failure::Usage(format!(
                "The stack {stack} has no SettingsTable. Deploy the commit \"template: add a table for settings\" first."
            ))
        };
        let table = named(Table::Settings.logical_id()).ok_or_else(no_table)?;
        let key = |id: &str| named(id).and_then(|id| described.key_arn(&id));
        let of_stack = described.outputs.get("Issuer").and_then(|issuer| web::base(issuer).ok());
        Ok(Self {
            table: SettingsTable::new(aws.dynamodb(), table),
            stack: Some(stack.clone()),
            signing_key: key("SigningKey"),
            settings_key: key("SettingsKey"),
            issuer: issuer.or(of_stack),
            options: options.words(),
            described: Some(described),
            aws,
        })
    }

    /// KMS in the region of the service.
    pub(crate) fn kms(&self) -> KmsClient {
        self.aws.kms()
    }

    /// The issuer.
    ///
    /// # Errors
    /// When neither the stack nor the operator named it.
    pub(crate) fn issuer(&self) -> Result<&Url, Failure> {
        let missing = || Failure::Usage("Add --base-url URL, the issuer of the service.".to_owned());
        self.issuer.as_ref().ok_or_else(missing)
    }

    /// A command of this command line for the same service.
    pub(crate) fn command(&self, words: &[&str]) -> String {
        let words = ["cargo", "admin"].iter().chain(words).copied();
        shell::command(words.chain(self.options.iter().map(String::as_str)))
    }

    /// Reads every item.
    ///
    /// # Errors
    /// When DynamoDB cannot be reached or refuses.
    pub(crate) async fn read(&self) -> Result<StoredSettings, Failure> {
        Ok(self.table.read(&SettingsItem::ALL).await?)
    }

    /// Replaces an item, if it is still the one that was read.
    ///
    /// # Errors
    /// When another operator changed the item, or DynamoDB cannot be reached. Then nothing was written.
    pub(crate) async fn write(
        &self,
        item: SettingsItem,
        value: String,
        read: &StoredSettings,
        now: UnixSeconds,
    ) -> Result<Change, Failure> {
        let seen = read.get(item);
        if let Written::Version(version) = self.table.write(item, value.clone(), seen, now).await? {
            return Ok(Change { item, version, written: Some(now) });
        }
        // The SDK repeats a call whose answer was lost. The repeated call then meets its own item.
        let there = self.table.read(&[item]).await?;
        match there.get(item).filter(|there| there.value == value && there.changed_at == now) {
            Some(own) => Ok(Change { item, version: own.version, written: Some(now) }),
            None => Err(Failure::Refused(format!(
                "{} changed while this command ran. Nothing was written. Run the command again.",
                item.key()
            ))),
        }
    }

    /// Replaces an item, or with --dry-run shows that it would.
    ///
    /// # Errors
    /// As [`Service::write`].
    pub(crate) async fn write_unless(
        &self,
        dry_run: &DryRun,
        change: (SettingsItem, String),
        read: &StoredSettings,
        now: UnixSeconds,
    ) -> Result<Change, Failure> {
        let (item, value) = change;
        if dry_run.dry_run {
            let version = read.get(item).map_or(1, |seen| seen.version + 1);
            return Ok(Change { item, version, written: None });
        }
        self.write(item, value, read, now).await
    }
}

impl ServiceOptions {
    /// Those of a stack.
    pub(crate) fn of_stack(stack: &str, region: Option<&str>) -> Self {
        Self {
            stack: Some(stack.to_owned()),
            settings_table: None,
            signing_key: None,
            base_url: None,
            region: region.map(str::to_owned),
        }
    }

    /// As they were typed or are in the environment.
    fn words(&self) -> Vec<String> {
        let Self { stack, settings_table, signing_key, base_url, region } = self;
        let options = [
            ("--stack", stack),
            ("--settings-table", settings_table),
            ("--signing-key", signing_key),
            ("--base-url", base_url),
            ("--region", region),
        ];
        let given = options.into_iter().filter_map(|(name, value)| Some([name.to_owned(), value.clone()?]));
        given.flatten().collect()
    }
}

/// The alias by which the functions of a stack may use a key.
pub(crate) fn alias(stack: &str, arn: &str) -> String {
    format!("alias/{stack}/signing/{}", arn.rsplit('/').next().unwrap_or(arn))
}

/// A change of an item, written or only shown.
#[derive(Debug)]
pub(crate) struct Change {
    item: SettingsItem,
    version: u64,
    /// When it was written, if it was.
    written: Option<UnixSeconds>,
}

impl Change {
    /// Begins a report: what was written, and from when on every function uses it. `more` is for scripts.
    pub(crate) fn report(&self, more: Value) -> Report {
        let used = self.written.map(|at| (at + SETTINGS_LIFETIME, at + SETTINGS_LIFETIME_IN_AN_OUTAGE));
        let mut json = json!({
            "item": self.item.key(),
            "version": self.version,
            "written": self.written.is_some(),
            "used_by": used.map(|(by, _)| by),
            "used_in_an_outage_by": used.map(|(_, by)| by),
        });
        if let (Some(json), Value::Object(more)) = (json.as_object_mut(), more) {
            json.extend(more);
        }
        let (item, version) = (self.item.key(), self.version);
        match used {
            None => Report::new(json)
                .heading(format!("Nothing was written. This would be version {version} of {item}.")),
            Some((by, in_an_outage)) => {
                Report::new(json).heading(format!("Wrote version {version} of {item}.")).text(format!(
                    "Every function uses it by {}, or by {} if it cannot read the table.",
                    timestamps::written(by),
                    timestamps::written(in_an_outage)
                ))
            }
        }
    }
}
