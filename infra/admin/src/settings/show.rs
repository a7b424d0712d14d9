//! `cargo admin settings show`: a value, as `set` takes it.

use aws::config::{OperatorSetting, StoredSettings};
use clap::Args;
use serde_json::{Value, json};

use super::{check, setting};
use crate::report::Report;
use crate::{Failure, World};

/// Print the value of a setting, as `settings set` takes it
///
/// The client secret of a provider is printed encrypted, the passwords of test accounts as they are.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The setting
    #[arg(value_name = "NAME", value_parser = setting)]
    name: OperatorSetting,
}

pub(super) fn run(options: &Options, stored: &StoredSettings, world: &World) -> Result<Report, Failure> {
    let setting = options.name;
    let value = check::value(setting, stored)?;
    let json = json!({ "name": setting.name(), "set": value.is_some(), "value": value });
    let shown = match (value, setting) {
        (Some(value), _) => value,
        (None, OperatorSetting::Text(name)) => {
            world.say(&format!("{setting} is not set. This is its usual value."));
            name.usual().to_owned()
        }
        (None, OperatorSetting::Provider) => {
            return Err(Failure::Refused("provider is not set.".to_owned()));
        }
    };
    Ok(Report::new(json).text(readable(&shown)))
}

/// JSON over several lines, anything else as it is.
fn readable(value: &str) -> String {
    match serde_json::from_str::<Value>(value) {
        Ok(json) if json.is_object() || json.is_array() => format!("{json:#}"),
        _ => value.to_owned(),
    }
}
