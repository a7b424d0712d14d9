//! Settings that are there from the start: the test accounts, and what the command line says.

use aws::config::{OperatorSetting, Problems, TextName};
use aws::dynamodb::{SettingsTable, Written};
use aws::{Aws, EmulatorUrls};
use smart::settings::SettingsItem;
use smart_verify::time::UnixSeconds;

use super::test_accounts;
use crate::start::{StartError, Urls};

/// Writes the settings, each by its name as `cargo admin settings` takes it. A value that is empty removes one.
pub(super) async fn plant(
    urls: &Urls,
    given: &[(String, String)],
    now: UnixSeconds,
) -> Result<(), StartError> {
    let emulators = EmulatorUrls { dynamodb: urls.dynamodb.clone(), kms: urls.kms.clone() };
    let table = SettingsTable::new(Aws::emulated_at(emulators).await.dynamodb(), "SettingsTable".to_owned());
    let usual = (OperatorSetting::Text(TextName::TestAccounts), test_accounts());
    write(&table, &usual, &urls.issuer, now).await?;
    for (name, value) in given {
        let setting = name.parse().map_err(|_| StartError::Seed(format!("there is no setting {name}")))?;
        write(&table, &(setting, value.clone()), &urls.issuer, now).await?;
    }
    Ok(())
}

async fn write(
    table: &SettingsTable,
    (setting, value): &(OperatorSetting, String),
    issuer: &str,
    now: UnixSeconds,
) -> Result<(), StartError> {
    let stored = table.read(&SettingsItem::ALL).await?;
    let value = Some(value.as_str()).filter(|value| !value.is_empty());
    let malformed = |error: Problems| StartError::Seed(error.to_string());
    if setting.value(&stored).map_err(malformed)?.as_deref() == value {
        return Ok(());
    }
    let item = setting.changed(&stored, value, issuer).map_err(malformed)?;
    match table.write(setting.item(), item, stored.get(setting.item()), now).await? {
        Written::Version(_) => Ok(()),
        Written::Conflict => Err(StartError::Seed("another program changes the settings".to_owned())),
    }
}
