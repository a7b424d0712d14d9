//! `cargo admin keys mac`: versions of the MAC keys, each of which gives another secret from the same key.

use std::collections::BTreeMap;

use aws::config::StoredSettings;
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use smart::settings::{MacName, MacVersions, SettingsItem};
use smart_verify::time::UnixSeconds;

use super::current::Current;
use crate::report::Report;
use crate::service::DryRun;
use crate::{Failure, World, timestamps};

/// Replace the secret of codes, refresh tokens, cookies or log hashes
///
/// A planned replacement takes three steps, 17 minutes apart: `add` makes every function accept a new version, `promote`
/// lets them issue it, and `retire` refuses the old versions. `replace-now` takes all steps at the same moment and ends
/// what the old versions protect.
#[derive(Debug, Args)]
pub(super) struct Mac {
    #[command(subcommand)]
    step: Step,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Show the versions of each MAC key
    List,
    /// Let every function accept a further version, which none issues yet
    Add(Options),
    /// Let every function issue the newest version
    Promote(Options),
    /// Refuse every version but the one that is issued
    ///
    /// This ends refresh tokens that were not used since the promotion, or cookies that are older than it.
    Retire(Options),
    /// In an incident: replace the secret now, and end what the old versions protect
    ///
    /// With token-mac every code and refresh token ends within 5 minutes. Access tokens stay valid for up to 1 hour.
    ReplaceNow(ReplaceNow),
}

#[derive(Debug, Args)]
struct Options {
    /// The MAC key: token-mac (codes and refresh tokens), page-seal (cookies and forms) or audit-hash (log hashes)
    #[arg(value_name = "NAME", value_parser = name)]
    name: MacName,

    #[command(flatten)]
    dry_run: DryRun,
}

#[derive(Debug, Args)]
struct ReplaceNow {
    #[command(flatten)]
    of: Options,

    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(crate) fn name(text: &str) -> Result<MacName, String> {
    let known = MacName::ALL.into_iter().find(|name| name.name() == text);
    known.ok_or_else(|| format!("Use {}.", MacName::ALL.map(MacName::name).join(", ")))
}

pub(super) async fn run(mac: &Mac, current: &Current, world: &World) -> Result<Report, Failure> {
    let keys = MacKeys::of(&current.stored)?;
    let now = world.now;
    let (options, next, effect) = match &mac.step {
        Step::List => {
            return Ok(Report::new(json!({ "mac_keys": keys.json() })).table(HEAD.to_vec(), keys.table(now)));
        }
        Step::Add(options) => (options, keys.versions(options.name).add(now)?, None),
        Step::Promote(options) => (options, keys.versions(options.name).promote(now)?, None),
        Step::Retire(options) => {
            let versions = keys.versions(options.name);
            (options, versions.retire(now)?, Some(ended_by_retiring(options.name, versions.changed_at())))
        }
        Step::ReplaceNow(ReplaceNow { of: options, yes }) => {
            let ended = ended_by_replacing(options.name).to_owned();
            let next = keys.versions(options.name).replace_now(now)?;
            let question = format!("Replace {} now? {ended} You cannot undo this.", options.name.name());
            world.confirm(&question, *yes || options.dry_run.dry_run)?;
            (options, next, Some(ended))
        }
    };
    let name = options.name;
    let keys = keys.with(name, next);
    let change = (SettingsItem::MacVersions, keys.stored());
    let change = current.service.write_unless(&options.dry_run, change, &current.stored, now).await?;
    let report = change.report(json!({ "name": name.name(), "mac_keys": keys.json(), "ends": effect }));
    let report = report.heading("MAC keys").table(HEAD.to_vec(), keys.table(now));
    let report = match effect {
        Some(effect) => report.text(format!("\n{effect}")),
        None => report,
    };
    Ok(match keys.next_step(name) {
        Some((step, from)) if !options.dry_run.dry_run => report
            .heading(format!("Next, from {}", timestamps::written(from)))
            .text(current.service.command(&["keys", "mac", step, name.name()])),
        _ => report,
    })
}

/// What the old versions protect, of what is older than the promotion.
fn ended_by_retiring(name: MacName, promoted: UnixSeconds) -> String {
    let promoted = timestamps::written(promoted);
    match name {
        MacName::TokenMac => format!(
            "Refresh tokens that were not used since {promoted} end. Users of these apps have to connect them again."
        ),
        MacName::PageSeal => {
            format!(
                "Cookies and forms that are older than {promoted} are refused. These users sign in again."
            )
        }
        MacName::AuditHash => "Nothing is refused. Log hashes changed with the promotion.".to_owned(),
    }
}

const fn ended_by_replacing(name: MacName) -> &'static str {
    match name {
        MacName::TokenMac => {
            "Every code and refresh token ends, so every app has to ask its users to sign in again. Access tokens stay \
             valid for up to 1 hour."
        }
        MacName::PageSeal => "Every user is signed out, and every open form has to be sent again.",
        MacName::AuditHash => "The hashes of users and patients in the log change.",
    }
}

/// The versions of every MAC key, with those that only a later version of this service knows.
pub(crate) struct MacKeys {
    known: BTreeMap<MacName, MacVersions>,
    unknown: Map<String, Value>,
}

pub(crate) const HEAD: [&str; 5] = ["MAC KEY", "ACCEPTS", "ISSUES", "CHANGED", "NEXT"];

impl MacKeys {
    /// Reads what is stored.
    ///
    /// # Errors
    /// When the item is invalid.
    pub(crate) fn of(stored: &StoredSettings) -> Result<Self, Failure> {
        let item = SettingsItem::MacVersions;
        let invalid = |why: String| Failure::Refused(format!("The item {} is invalid: {why}.", item.key()));
        let text = stored.get(item).map_or("{}", |stored| stored.value.as_str());
        let mut unknown: Map<String, Value> =
            serde_json::from_str(text).map_err(|error| invalid(error.to_string()))?;
        let mut known = BTreeMap::new();
        for name in MacName::ALL {
            if let Some(written) = unknown.remove(name.name()) {
                let versions = serde_json::from_value(written)
                    .map_err(|error| invalid(format!("{}: {error}", name.name())))?;
                known.insert(name, versions);
            }
        }
        Ok(Self { known, unknown })
    }

    /// The versions of a key.
    pub(crate) fn versions(&self, name: MacName) -> MacVersions {
        self.known.get(&name).cloned().unwrap_or_default()
    }

    /// With other versions of a key.
    pub(crate) fn with(mut self, name: MacName, versions: MacVersions) -> Self {
        self.known.insert(name, versions);
        self
    }

    /// The item, in JSON.
    pub(crate) fn stored(&self) -> String {
        let known = self.known.iter().map(|(name, versions)| (name.name().to_owned(), json!(versions)));
        Value::Object(known.chain(self.unknown.clone()).collect()).to_string()
    }

    pub(crate) fn json(&self) -> Value {
        let entry = |name: MacName| {
            let mut entry = json!(self.versions(name));
            entry["name"] = json!(name.name());
            entry["next"] =
                json!(self.next_step(name).map(|(step, from)| json!({ "step": step, "from": from })));
            entry
        };
        MacName::ALL.into_iter().map(entry).collect()
    }

    pub(crate) fn table(&self, now: UnixSeconds) -> Vec<Vec<String>> {
        let row = |name: MacName| {
            let versions = self.versions(name);
            let accepted: Vec<_> = versions.accepted().iter().map(u32::to_string).collect();
            let changed = versions.changed_at();
            let changed = if changed.0 == 0 { "-".to_owned() } else { timestamps::written(changed) };
            let next = match self.next_step(name) {
                None => String::new(),
                Some((step, from)) if from <= now => format!("{step} it now"),
                Some((step, from)) => format!("{step} it from {}", timestamps::written(from)),
            };
            vec![name.name().to_owned(), accepted.join(", "), versions.minting().to_string(), changed, next]
        };
        MacName::ALL.into_iter().map(row).collect()
    }

    /// The step that completes a planned replacement, and from when on it is possible.
    fn next_step(&self, name: MacName) -> Option<(&'static str, UnixSeconds)> {
        let versions = self.versions(name);
        let step = match versions.waiting() {
            Some(_) => "promote",
            None if versions.accepted().len() > 1 => "retire",
            None => return None,
        };
        Some((step, versions.known_from()))
    }
}
