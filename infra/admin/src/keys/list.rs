//! `cargo admin keys list`: what each key does now, and what it does next.

use serde_json::{Value, json};
use smart::settings::SettingsItem;
use smart::signing_keys::{KeyEvent, KeySchedule, Schedule};
use smart_verify::time::UnixSeconds;

use super::current::Current;
use crate::Failure;
use crate::mac_keys::{self, MacKeys};
use crate::report::Report;
use crate::timestamps;

pub(super) fn report(current: &Current, now: UnixSeconds) -> Result<Report, Failure> {
    let schedule = current.schedule()?;
    let macs = MacKeys::of(&current.stored)?;
    let version = |item| current.stored.get(item).map(|stored| stored.version);
    let found = json!({
        "signing_keys": json(&schedule, now),
        "signing_keys_version": version(SettingsItem::SigningKeys),
        "mac_keys": macs.json(),
        "mac_keys_version": version(SettingsItem::MacVersions),
    });
    let report = Report::new(found).heading("Signing keys").table(HEAD.to_vec(), table(&schedule, now));
    Ok(report.heading("MAC keys").table(mac_keys::HEAD.to_vec(), macs.table(now)))
}

pub(super) const HEAD: [&str; 4] = ["KEY", "ALGORITHM", "STATE", "NEXT"];

/// A row for each key. Of the ARN only the id, which tells the keys of one account and region apart.
pub(super) fn table(schedule: &Schedule, now: UnixSeconds) -> Vec<Vec<String>> {
    let row = |key: &KeySchedule| {
        let next = key.next(now).map_or_else(String::new, |(event, at)| said(event, at));
        let state = schedule.state(key, now).to_string();
        vec![id(&key.key).to_owned(), key.algorithm.name().to_owned(), state, next]
    };
    schedule.keys().iter().map(row).collect()
}

pub(super) fn json(schedule: &Schedule, now: UnixSeconds) -> Value {
    let entry = |key: &KeySchedule| {
        let mut entry = json!(key);
        entry["state"] = json!(schedule.state(key, now));
        entry["next"] = json!(key.next(now).map(|(event, at)| json!({ "event": event, "at": at })));
        entry
    };
    schedule.keys().iter().map(entry).collect()
}

/// The id at the end of an ARN.
pub(super) fn id(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}

fn said(event: KeyEvent, at: UnixSeconds) -> String {
    let what = match event {
        KeyEvent::PublishFrom => "published from",
        KeyEvent::SignFrom => "signs from",
        KeyEvent::SignUntil => "signs until",
        KeyEvent::RemoveAt => "published until",
    };
    format!("{what} {}", timestamps::written(at))
}
