//! `cargo admin keys list`: what each key does now, and what it does next.

use serde_json::{Value, json};
use smart::signing_keys::{KeyEvent, KeySchedule, Schedule};
use smart_verify::time::UnixSeconds;

use crate::report::Report;
use crate::timestamps;

pub(super) fn report(schedule: &Schedule, now: UnixSeconds) -> Report {
    let rows = table(schedule, now);
    Report::new(Value::Array(json(schedule, now))).table(HEAD.to_vec(), rows)
}

pub(super) const HEAD: [&str; 4] = ["KEY", "ALGORITHM", "STATE", "NEXT"];

/// A row a key. Of the ARN only the id, which tells the keys of one account and region apart.
pub(super) fn table(schedule: &Schedule, now: UnixSeconds) -> Vec<Vec<String>> {
    let row = |key: &KeySchedule| {
        let id = key.key.rsplit('/').next().unwrap_or_default();
        let next = key.next(now).map_or_else(String::new, |(event, at)| said(event, at));
        vec![id.to_owned(), key.algorithm.name().to_owned(), schedule.state(key, now).to_string(), next]
    };
    schedule.keys().iter().map(row).collect()
}

fn json(schedule: &Schedule, now: UnixSeconds) -> Vec<Value> {
    let entry = |key: &KeySchedule| {
        let mut entry = json!(key);
        entry["state"] = json!(schedule.state(key, now));
        entry["next"] = json!(key.next(now).map(|(event, at)| json!({ "event": event, "at": at })));
        entry
    };
    schedule.keys().iter().map(entry).collect()
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
