//! `cargo admin settings set` and `remove`: another value, checked before it is written.

use std::path::{Path, PathBuf};

use aws::config::{OperatorSetting, StoredSettings};
use aws::upstream::SECRET_PURPOSE;
use clap::Args;
use serde_json::{Value, json};

use super::import::refuse_unimported;
use super::{check, list, setting};
use crate::report::Report;
use crate::service::{DryRun, Service};
use crate::{Failure, World, files, seal};

/// Change a setting
///
/// The value is checked as functions check it. A provider is a JSON object with issuer, client_id and label, and perhaps
/// scopes and mapping; a client secret is encrypted with the settings key of the stack, which takes kms:Encrypt.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The setting
    #[arg(value_name = "NAME", value_parser = setting)]
    name: OperatorSetting,

    /// The file with the value, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// For provider: the file with our client secret, or - for standard input
    #[arg(long, value_name = "FILE")]
    client_secret: Option<PathBuf>,

    /// The ARN of the key that encrypts the secret. Usually the output SettingsKey of the stack
    #[arg(long, env = "SETTINGS_KEY", hide_env_values = true, value_name = "ARN")]
    settings_key: Option<String>,

    #[command(flatten)]
    dry_run: DryRun,
}

/// Go back to the usual value of a setting
#[derive(Debug, Args)]
pub(super) struct Remove {
    /// The setting
    #[arg(value_name = "NAME", value_parser = setting)]
    name: OperatorSetting,

    /// Do not ask
    #[arg(long)]
    yes: bool,

    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) async fn run(
    options: &Options,
    service: &Service,
    stored: &StoredSettings,
    world: &World,
) -> Result<Report, Failure> {
    let setting = options.name;
    if options.client_secret.is_some() && setting != OperatorSetting::Provider {
        return Err(Failure::Usage("--client-secret is for provider only.".to_owned()));
    }
    if options.client_secret.as_deref() == Some(&options.file) {
        return Err(Failure::Usage("The provider and its client secret need two files.".to_owned()));
    }
    let value = read(&options.file, world)?;
    if value.is_empty() {
        return Err(Failure::Usage(format!(
            "The value is empty. Remove the setting with `{}`.",
            service.command(&["settings", "remove", setting.name()])
        )));
    }
    if setting == OperatorSetting::Provider {
        refuse_local_sign_in(service)?;
    }
    // Before KMS is asked, and again with the secret.
    let item = check::changed(setting, Some(&value), stored, service.issuer()?)?;
    let (value, item) = match &options.client_secret {
        Some(path) => {
            let value = with_secret(&value, path, options, service, world).await?;
            let item = check::changed(setting, Some(&value), stored, service.issuer()?)?;
            (value, item)
        }
        None => (value, item),
    };
    refuse_unimported(service, setting.item(), stored).await?;
    let change = service.write_unless(&options.dry_run, (setting.item(), item), stored, world.now).await?;
    let summary = list::summary(setting, Some(&value));
    let more = json!({ "name": setting.name(), "summary": summary });
    Ok(change.report(more).text(format!("\n{setting}: {summary}")))
}

pub(super) async fn remove(
    options: &Remove,
    service: &Service,
    stored: &StoredSettings,
    world: &World,
) -> Result<Report, Failure> {
    let setting = options.name;
    if check::value(setting, stored)?.is_none() {
        return Err(Failure::Refused(format!("{setting} is not set.")));
    }
    let usual = list::summary(setting, None);
    let effect = match setting {
        OperatorSetting::Provider => "Users can no longer sign in at the provider.".to_owned(),
        OperatorSetting::Text(_) => format!("Its usual value is: {usual}"),
    };
    world.confirm(&format!("Remove {setting}? {effect}"), options.yes || options.dry_run.dry_run)?;
    let item = check::changed(setting, None, stored, service.issuer()?)?;
    refuse_unimported(service, setting.item(), stored).await?;
    let change = service.write_unless(&options.dry_run, (setting.item(), item), stored, world.now).await?;
    let more = json!({ "name": setting.name(), "summary": usual });
    Ok(change.report(more).text(format!("\n{effect}")))
}

/// A provider would be shown although the deployment lets users sign in with local accounts only.
pub(super) fn refuse_local_sign_in(service: &Service) -> Result<(), Failure> {
    let mode = service.described.as_ref().and_then(|described| described.parameters.get("SignInMode"));
    if mode.is_some_and(|mode| mode == "local") {
        return Err(Failure::Refused(
            "SignInMode of the stack is local. Deploy SignInMode upstream or both first.".to_owned(),
        ));
    }
    Ok(())
}

fn read(path: &Path, world: &World) -> Result<String, Failure> {
    let text = if path == Path::new("-") { world.read_input()? } else { files::text(path)? };
    Ok(text.trim().to_owned())
}

/// The provider with the ciphertext of our client secret.
async fn with_secret(
    provider: &str,
    path: &Path,
    options: &Options,
    service: &Service,
    world: &World,
) -> Result<String, Failure> {
    let missing = || Failure::Usage("Add --settings-key ARN, the key that encrypts the secret.".to_owned());
    let key = options.settings_key.as_ref().or(service.settings_key.as_ref()).ok_or_else(missing)?;
    let secret = seal::checked(if path == Path::new("-") {
        world.read_input()?
    } else {
        seal::without_line_break(&files::text(path)?)
    })?;
    let ciphertext = if options.dry_run.dry_run {
        // Nothing is encrypted for show.
        "AA==".to_owned()
    } else {
        aws::kms::seal(&service.kms(), key, secret.as_bytes(), SECRET_PURPOSE).await?
    };
    let mut provider: Value = serde_json::from_str(provider)
        .map_err(|_| Failure::Usage("The provider must be a JSON object.".to_owned()))?;
    provider["client_secret_ciphertext"] = json!(ciphertext);
    Ok(provider.to_string())
}
