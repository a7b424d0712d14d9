//! `cargo admin settings`: the provider, scopes and other long settings, in the SettingsTable.

mod check;
mod import;
mod list;
mod old_parameters;
mod old_template;
mod set;
mod show;

use aws::config::OperatorSetting;
use clap::{Args, Subcommand};

use crate::report::Report;
use crate::service::{Service, ServiceOptions};
use crate::{Failure, World};

pub(crate) use import::{refuse_unimported, unimported};

/// Show and change the settings of a running service. Nothing is deployed.
///
/// The settings are provider, patient-scopes, clinician-scopes, self-registration-scopes, fhir-resources, logo and
/// test-accounts. Functions read them again within 5 minutes. Takes cloudformation:ListStackResources,
/// cloudformation:DescribeStacks, dynamodb:GetItem and dynamodb:PutItem of the SettingsTable.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Settings {
    #[command(flatten)]
    service: ServiceOptions,

    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  cargo admin settings list --stack smart-production
  cargo admin settings set logo logo.svg --stack smart-production
  cargo admin settings show patient-scopes --stack smart-production > scopes.txt
  cargo admin settings set provider provider.json --client-secret secret.txt --stack smart-production";

#[derive(Debug, Subcommand)]
enum Command {
    /// Show each setting, and whether it has its usual value
    List,
    Show(show::Options),
    Set(set::Options),
    Remove(set::Remove),
    Import(import::Options),
}

pub(crate) async fn run(settings: Settings, world: &World) -> Result<Report, Failure> {
    let service = Service::find(&settings.service, world).await?;
    let stored = service.read().await?;
    match settings.command {
        Command::List => list::report(&stored),
        Command::Show(options) => show::run(&options, &stored, world),
        Command::Set(options) => set::run(&options, &service, &stored, world).await,
        Command::Remove(options) => set::remove(&options, &service, &stored, world).await,
        Command::Import(options) => import::run(&options, &service, &stored, world).await,
    }
}

fn setting(text: &str) -> Result<OperatorSetting, String> {
    let names = || OperatorSetting::all().map(OperatorSetting::name).collect::<Vec<_>>().join(", ");
    text.parse().map_err(|_| format!("Use {}.", names()))
}
