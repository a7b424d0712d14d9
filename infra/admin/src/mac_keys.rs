//! The versions of all MAC keys, as they are stored and shown.

use std::collections::BTreeMap;

use aws::config::StoredSettings;
use serde_json::{Map, Value, json};
use smart::settings::{MacName, MacVersions, SettingsItem};
use smart_verify::time::UnixSeconds;

use crate::{Failure, timestamps};

/// The MAC key of a name on the command line.
pub(crate) fn name(text: &str) -> Result<MacName, String> {
    let known = MacName::ALL.into_iter().find(|name| name.name() == text);
    known.ok_or_else(|| format!("Use {}.", MacName::ALL.map(MacName::name).join(", ")))
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
    pub(crate) fn next_step(&self, name: MacName) -> Option<(&'static str, UnixSeconds)> {
        let versions = self.versions(name);
        let step = match versions.waiting() {
            Some(_) => "promote",
            None if versions.accepted().len() > 1 => "retire",
            None => return None,
        };
        Some((step, versions.known_from()))
    }
}
