//! `cargo admin settings list`: what is set, and since when.

use aws::config::{OperatorSetting, StoredSettings, TextName};
use serde_json::{Value, json};

use super::check;
use crate::report::Report;
use crate::{Failure, timestamps};

const HEAD: [&str; 5] = ["SETTING", "STATE", "VERSION", "CHANGED", "VALUE"];

pub(super) fn report(stored: &StoredSettings) -> Result<Report, Failure> {
    let (mut json, mut rows) = (Vec::new(), Vec::new());
    for setting in OperatorSetting::all() {
        let value = check::value(setting, stored)?;
        let item = stored.get(setting.item()).filter(|_| value.is_some());
        let state = if value.is_some() { "set" } else { "usual" };
        let summary = summary(setting, value.as_deref());
        json.push(json!({
            "name": setting.name(),
            "set": value.is_some(),
            "version": item.map(|item| item.version),
            "changed_at": item.map(|item| item.changed_at),
            "summary": summary,
        }));
        rows.push(vec![
            setting.name().to_owned(),
            state.to_owned(),
            item.map_or_else(String::new, |item| item.version.to_string()),
            item.map_or_else(String::new, |item| timestamps::written(item.changed_at)),
            summary,
        ]);
    }
    Ok(Report::new(Value::Array(json))
        .table(HEAD.to_vec(), rows)
        .text("\nVersion and time are those of the item, which holds all settings but provider."))
}

/// A value in a few words. It holds no ciphertext, no password and no image.
pub(super) fn summary(setting: OperatorSetting, value: Option<&str>) -> String {
    match (setting, value) {
        (OperatorSetting::Provider, None) => "none".to_owned(),
        (OperatorSetting::Provider, Some(value)) => provider(value),
        (OperatorSetting::Text(name), value) => text(name, value.unwrap_or_else(|| name.usual())),
    }
}

fn provider(value: &str) -> String {
    let provider: Value = serde_json::from_str(value).unwrap_or_default();
    let member = |name: &str| provider[name].as_str().unwrap_or_default().to_owned();
    let secret = if provider["client_secret_ciphertext"].is_string() { ", with a secret" } else { "" };
    format!("{} ({}), client {}{secret}", member("label"), member("issuer"), member("client_id"))
}

/// The most characters of a value in a table.
const WIDEST: usize = 60;

fn text(name: TextName, value: &str) -> String {
    match name {
        TextName::Logo if value.is_empty() => "none".to_owned(),
        TextName::Logo => format!("an SVG file of {} bytes", value.len()),
        TextName::TestAccounts => {
            let accounts: Vec<Value> = serde_json::from_str(value).unwrap_or_default();
            let names: Vec<_> = accounts.iter().filter_map(|account| account["name"].as_str()).collect();
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        }
        _ if value.chars().count() > WIDEST => {
            format!("{}..", value.chars().take(WIDEST).collect::<String>())
        }
        _ => value.to_owned(),
    }
}
