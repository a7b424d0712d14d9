//! The schedule in use, and the step from it to the next one.

use aws::config::StoredSettings;
use serde_json::{Value, json};
use smart::settings::SettingsItem;
use smart::signing_keys::Schedule;
use smart_verify::time::UnixSeconds;

use super::list;
use crate::Failure;
use crate::report::Report;
use crate::service::{DryRun, Service, ServiceOptions};
use crate::settings::refuse_unimported;
use crate::world::World;

/// A service with what is stored of its keys.
pub(super) struct Current {
    pub(super) service: Service,
    pub(super) stored: StoredSettings,
}

impl Current {
    /// Reads it.
    ///
    /// # Errors
    /// When the service cannot be found or its table cannot be read.
    pub(super) async fn read(options: &ServiceOptions, world: &World) -> Result<Self, Failure> {
        let service = Service::find(options, world).await?;
        let stored = service.read().await?;
        Ok(Self { service, stored })
    }

    /// The schedule that is stored, or else the key that signs without one.
    ///
    /// # Errors
    /// When neither is known, or everything that is wrong with the stored one.
    pub(super) fn schedule(&self) -> Result<Schedule, Failure> {
        let item = SettingsItem::SigningKeys;
        let stored = self.stored.get(item).map(|stored| stored.value.as_str());
        let Some(text) = stored.or(self.service.signing_key.as_deref()) else {
            return Err(Failure::Usage("No schedule is stored. Add --signing-key ARN.".to_owned()));
        };
        Schedule::parse(text).map_err(|problems| {
            Failure::Refused(format!("The schedule in use is invalid:\n  {}", problems.join("\n  ")))
        })
    }

    /// Writes the next schedule, or with --dry-run shows it. `more` is for scripts.
    ///
    /// # Errors
    /// When another operator changed the schedule, or DynamoDB cannot be reached.
    pub(super) async fn replace(
        &self,
        next: &Schedule,
        dry_run: &DryRun,
        mut more: Value,
        now: UnixSeconds,
    ) -> Result<Report, Failure> {
        let text = json!(next).to_string();
        let change = (SettingsItem::SigningKeys, text);
        refuse_unimported(&self.service, SettingsItem::SigningKeys, &self.stored).await?;
        let change = self.service.write_unless(dry_run, change, &self.stored, now).await?;
        more["signing_keys"] = list::json(next, now);
        let report = change.report(more);
        Ok(report.heading("Signing keys").table(list::HEAD.to_vec(), list::table(next, now)))
    }
}
