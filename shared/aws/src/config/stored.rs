//! The items of the SettingsTable, as a function has read them.

use std::collections::BTreeMap;

use smart::settings::SettingsItem;
use smart_verify::time::UnixSeconds;

/// An item, which its command has checked and its reader checks again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredItem {
    /// The setting, in JSON.
    pub value: String,
    /// How often the item was written: 1 for the first time.
    pub version: u64,
    /// When the item was written, in seconds since 1970.
    pub changed_at: UnixSeconds,
}

/// The items that are there. What is not there has its usual value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredSettings(BTreeMap<SettingsItem, StoredItem>);

impl StoredSettings {
    /// An item, if it is there.
    pub fn get(&self, item: SettingsItem) -> Option<&StoredItem> {
        self.0.get(&item)
    }
}

impl FromIterator<(SettingsItem, StoredItem)> for StoredSettings {
    fn from_iter<T: IntoIterator<Item = (SettingsItem, StoredItem)>>(items: T) -> Self {
        Self(items.into_iter().collect())
    }
}
