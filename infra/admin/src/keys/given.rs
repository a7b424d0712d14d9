//! The schedule in use, as it is handed in.

use clap::Args;
use smart::signing_keys::Schedule;

use crate::Failure;

#[derive(Debug, Args)]
pub(crate) struct Given {
    /// The schedule in use: JSON, @FILE that holds it, or the ARN of the one key that always signs. The stack itself
    /// is not asked
    #[arg(long, global = true, env = "SIGNING_KEYS", hide_env_values = true, value_name = "SCHEDULE")]
    signing_keys: Option<String>,
}

impl Given {
    /// Reads and checks it.
    ///
    /// # Errors
    /// When it is not given, or everything that is wrong with it.
    pub(crate) fn schedule(&self) -> Result<Schedule, Failure> {
        let missing =
            || Failure::Usage("Give the schedule in use by --signing-keys or SIGNING_KEYS.".to_owned());
        let text = self.signing_keys.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let text = match text.ok_or_else(missing)?.split_at_checked(1) {
            Some(("@", file)) => std::fs::read_to_string(file)
                .map_err(|error| Failure::Usage(format!("{file} cannot be read: {error}")))?,
            _ => text.unwrap_or_default().to_owned(),
        };
        let problems = |problems: Vec<String>| {
            Failure::Usage(format!("The schedule in use is no good:\n  {}", problems.join("\n  ")))
        };
        Schedule::parse(text.trim()).map_err(problems)
    }
}
