//! `cargo admin settings import`: what an older version keeps in parameters and in its template, copied once.

use std::collections::BTreeMap;

use aws::config::StoredSettings;
use aws::stack::StackDescription;
use clap::Args;
use serde_json::{Value, json};
use smart::settings::{MacName, MacVersions, SettingsItem};
use smart::signing_keys::{KeyState, Schedule};
use url::Url;

use super::old_parameters::{OldParameters, item_of};
use super::old_template;
use super::set::refuse_local_sign_in;
use crate::mac_keys::MacKeys;
use crate::report::Report;
use crate::service::{DryRun, Service, alias};
use crate::{Failure, World};

/// Copy what an older version keeps in parameters into the SettingsTable, once
///
/// Run it before you deploy a version without these parameters: SigningKeys, Upstream, PatientScopes, ClinicianScopes,
/// SelfRegistrationScopes, FhirResources, LogoSvg, TestAccounts, and the versions of MAC keys in the template. Items that
/// exist are never overwritten, so you can run it again. Each further signing key gets its alias. Also takes
/// cloudformation:GetTemplate and kms:CreateAlias.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The versions of one MAC key instead of those in the template: the accepted ones and the one that is issued, such as
    /// token-mac=1,2:2. May be repeated
    #[arg(long = "mac", value_name = "NAME=ACCEPTED:ISSUED", value_parser = old_template::given)]
    macs: Vec<(MacName, MacVersions)>,

    #[command(flatten)]
    dry_run: DryRun,
}

/// What is to be written, found before anything is.
struct Plan {
    schedule: Option<Schedule>,
    values: BTreeMap<SettingsItem, String>,
    /// Where each value comes from.
    sources: BTreeMap<SettingsItem, Vec<String>>,
}

impl Plan {
    fn of(
        described: &StackDescription,
        macs: &BTreeMap<MacName, MacVersions>,
        signing_key: Option<&str>,
        issuer: &Url,
    ) -> Result<Self, Failure> {
        let old = OldParameters::of(&described.parameters);
        let schedule = old.schedule(signing_key)?;
        let mut plan = Self { schedule, values: BTreeMap::new(), sources: BTreeMap::new() };
        if let Some(schedule) = &plan.schedule {
            plan.values.insert(SettingsItem::SigningKeys, item_of(schedule));
        }
        for item in [SettingsItem::Providers, SettingsItem::Texts] {
            plan.values.extend(old.item(item, issuer)?.map(|value| (item, value)));
        }
        if !macs.is_empty() {
            let none = MacKeys::of(&StoredSettings::default())?;
            let keys = macs.iter().fold(none, |keys, (name, versions)| keys.with(*name, versions.clone()));
            plan.values.insert(SettingsItem::MacVersions, keys.stored());
        }
        for item in plan.values.keys() {
            let names = match item {
                SettingsItem::MacVersions => macs.keys().map(|name| name.name().to_owned()).collect(),
                _ => old.names(*item).into_iter().map(str::to_owned).collect(),
            };
            plan.sources.insert(*item, names);
        }
        Ok(plan)
    }
}

pub(super) async fn run(
    options: &Options,
    service: &Service,
    stored: &StoredSettings,
    world: &World,
) -> Result<Report, Failure> {
    let (Some(stack), Some(described)) = (&service.stack, &service.described) else {
        return Err(Failure::Usage("Name the stack with --stack NAME and omit --settings-table.".to_owned()));
    };
    let macs = match (stored.get(SettingsItem::MacVersions), &options.macs[..]) {
        (Some(_), _) => BTreeMap::new(),
        (None, given) => macs_with(template_macs(service, stack).await, given)?,
    };
    let plan = Plan::of(described, &macs, service.signing_key.as_deref(), service.issuer()?)?;
    if plan.values.contains_key(&SettingsItem::Providers) && stored.get(SettingsItem::Providers).is_none() {
        refuse_local_sign_in(service)?;
    }
    let import = Import { service, stored, plan, dry_run: &options.dry_run, world };
    let mut rows = Vec::new();
    for item in SettingsItem::ALL {
        rows.push(import.copy(item).await?);
    }
    Ok(report(&rows, options.dry_run.dry_run))
}

/// The versions of the template, or those that the operator gave for a key.
fn macs_with(
    template: Result<BTreeMap<MacName, MacVersions>, Failure>,
    given: &[(MacName, MacVersions)],
) -> Result<BTreeMap<MacName, MacVersions>, Failure> {
    let given: BTreeMap<_, _> = given.iter().cloned().collect();
    if given.len() == MacName::ALL.len() {
        return Ok(given);
    }
    let mut macs = template?;
    macs.extend(given);
    Ok(macs)
}

async fn template_macs(service: &Service, stack: &str) -> Result<BTreeMap<MacName, MacVersions>, Failure> {
    let template = aws::stack::processed_template(&service.aws.cloudformation(), stack).await?;
    old_template::mac_versions(&template).map_err(|why| {
        Failure::Refused(format!(
            "{why} Nothing was written. Add the versions of each MAC key, such as --mac token-mac=1,2:2."
        ))
    })
}

/// What became of an item.
struct Row {
    item: SettingsItem,
    outcome: &'static str,
    found: String,
}

/// An import that is under way.
struct Import<'a> {
    service: &'a Service,
    stored: &'a StoredSettings,
    plan: Plan,
    dry_run: &'a DryRun,
    world: &'a World,
}

impl Import<'_> {
    /// Writes an item that does not exist.
    async fn copy(&self, item: SettingsItem) -> Result<Row, Failure> {
        let row = |outcome, found| Row { item, outcome, found };
        if let Some(stored) = self.stored.get(item) {
            return Ok(row("kept", format!("already there, version {}", stored.version)));
        }
        let Some(value) = self.plan.values.get(&item) else {
            return Ok(row("skipped", "the stack has the usual value".to_owned()));
        };
        let found = self.plan.sources.get(&item).map(|names| names.join(", ")).unwrap_or_default();
        if self.dry_run.dry_run {
            return Ok(row("would be written", found));
        }
        if let (SettingsItem::SigningKeys, Some(schedule)) = (item, &self.plan.schedule) {
            self.name_keys(schedule).await?;
        }
        self.service.write(item, value.clone(), self.stored, self.world.now).await?;
        Ok(row("written", found))
    }

    /// Gives each key its alias, by which functions may use it. The stack's own key needs none, and a key that was removed
    /// may be deleted by now.
    async fn name_keys(&self, schedule: &Schedule) -> Result<(), Failure> {
        let service = self.service;
        let stack = service.stack.as_deref().unwrap_or_default();
        for key in schedule.keys() {
            let is_own = service.signing_key.as_ref() == Some(&key.key);
            if !is_own && schedule.state(key, self.world.now) != KeyState::Removed {
                aws::kms::name_key(&service.kms(), &key.key, &alias(stack, &key.key)).await?;
            }
        }
        Ok(())
    }
}

fn report(rows: &[Row], is_dry_run: bool) -> Report {
    let count = |outcome: &str| rows.iter().filter(|row| row.outcome == outcome).count();
    let heading = match (is_dry_run, count("written"), count("kept")) {
        (true, ..) => "Nothing was written.".to_owned(),
        (_, 0, 0) => "There was nothing to import. The stack has the usual values.".to_owned(),
        (_, 0, _) => "Everything is there already. Nothing was written.".to_owned(),
        (_, 1, _) => "Wrote 1 item.".to_owned(),
        (_, written, _) => format!("Wrote {written} items."),
    };
    let json: Vec<Value> = rows
        .iter()
        .map(|row| json!({ "item": row.item.key(), "outcome": row.outcome, "found": row.found }))
        .collect();
    let table =
        rows.iter().map(|row| vec![row.item.key().to_owned(), row.outcome.to_owned(), row.found.clone()]);
    let report = Report::new(json!({ "items": json })).heading(heading);
    let report = report.table(vec!["ITEM", "", "FOUND"], table.collect());
    if is_dry_run {
        return report;
    }
    let report =
        report.text("\nNow deploy the new version without these parameters. Until then nothing changes.");
    if rows.iter().any(|row| row.item == SettingsItem::SigningKeys && row.outcome == "written") {
        return report.text(
            "Wait 5 minutes first, because IAM does not know the new aliases of the signing keys before.",
        );
    }
    report
}

/// Refuses to write an item for the first time while an older version keeps values of it elsewhere. They would be lost.
///
/// # Errors
/// When there are such values, or it cannot be known.
pub(crate) async fn refuse_unimported(
    service: &Service,
    item: SettingsItem,
    stored: &StoredSettings,
) -> Result<(), Failure> {
    let Some((_, names)) = unimported(service, stored, &[item]).await?.pop() else { return Ok(()) };
    Err(Failure::Refused(format!(
        "The stack still keeps {names} outside the SettingsTable. Nothing was written. Copy them first:\n{}",
        service.command(&["settings", "import"])
    )))
}

/// Which of some items `import` would write, because an older version has them in its parameters or its template.
///
/// # Errors
/// When a parameter is invalid, or the stack's template cannot be read.
pub(crate) async fn unimported(
    service: &Service,
    stored: &StoredSettings,
    items: &[SettingsItem],
) -> Result<Vec<(SettingsItem, String)>, Failure> {
    let is_new = |item: SettingsItem| items.contains(&item) && stored.get(item).is_none();
    let (Some(stack), Some(described)) = (&service.stack, &service.described) else { return Ok(Vec::new()) };
    if !items.iter().copied().any(is_new) {
        return Ok(Vec::new());
    }
    let macs = match is_new(SettingsItem::MacVersions) {
        true => template_macs(service, stack).await?,
        false => BTreeMap::new(),
    };
    let plan = Plan::of(described, &macs, service.signing_key.as_deref(), service.issuer()?)?;
    let missing = plan.sources.into_iter().filter(|(item, _)| is_new(*item));
    Ok(missing.map(|(item, names)| (item, names.join(", "))).collect())
}
