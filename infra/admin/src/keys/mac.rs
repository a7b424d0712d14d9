//! `cargo admin keys mac`: versions of the MAC keys, each of which gives another secret from the same key.

use clap::{Args, Subcommand};
use serde_json::json;
use smart::settings::{MacName, SettingsItem};
use smart_verify::time::UnixSeconds;

use super::current::Current;
use crate::mac_keys::{HEAD, MacKeys, name};
use crate::report::Report;
use crate::service::DryRun;
use crate::settings::refuse_unimported;
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
    refuse_unimported(&current.service, SettingsItem::MacVersions, &current.stored).await?;
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
