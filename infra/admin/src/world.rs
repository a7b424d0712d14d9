//! What a command may reach, and when it is.

use std::io::IsTerminal as _;

use aws::{Aws, lambda};
use smart_verify::time::UnixSeconds;

use crate::Failure;

/// The clock, AWS, and whether there is a terminal.
#[derive(Clone, Debug)]
pub struct World {
    /// The moment at which the command runs.
    pub now: UnixSeconds,
    /// AWS as somebody plays it; else as the operator's environment describes it.
    pub aws: Option<Aws>,
    /// What comes on standard input; else it is read.
    pub input: Option<String>,
    /// Whether headings may be bold.
    pub colour: bool,
}

impl World {
    /// The clock of the machine, AWS of the environment, no colours.
    pub fn of_operator() -> Self {
        Self { now: lambda::now(), aws: None, input: None, colour: false }
    }

    /// AWS, in the region of a key.
    pub(crate) async fn aws_of(&self, key: &str) -> Result<Aws, Failure> {
        if let Some(aws) = &self.aws {
            return Ok(aws.clone());
        }
        let region = key.split(':').nth(3).filter(|region| !region.is_empty());
        let region = region.ok_or_else(|| Failure::Usage(format!("{key} is not the ARN of a KMS key")))?;
        Ok(Aws::of_operator(Some(region)).await)
    }

    /// All of standard input, without the line break at its end.
    pub(crate) fn read_input(&self) -> Result<String, Failure> {
        let text = match &self.input {
            Some(text) => text.clone(),
            None if std::io::stdin().is_terminal() => {
                return Err(Failure::Usage("Pass the value on standard input, such as < FILE.".to_owned()));
            }
            None => std::io::read_to_string(std::io::stdin())
                .map_err(|error| Failure::Usage(format!("standard input cannot be read: {error}")))?,
        };
        let text = text.strip_suffix('\n').unwrap_or(&text);
        Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
    }

    /// Asks the operator at a terminal. A script has to add `--yes`.
    ///
    /// # Errors
    /// When the operator refuses, or there is no terminal.
    pub(crate) fn confirm(&self, question: &str, yes: bool) -> Result<(), Failure> {
        if yes {
            return Ok(());
        }
        if !std::io::stdin().is_terminal() {
            return Err(Failure::Usage(format!("{question} Add --yes to confirm without a terminal.")));
        }
        eprint!("{question} [y/N] ");
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer);
        let agreed = read.is_ok() && ["y", "yes"].contains(&answer.trim().to_lowercase().as_str());
        if agreed { Ok(()) } else { Err(Failure::Refused("nothing was done.".to_owned())) }
    }

    /// AWS, in a region or in that of the environment.
    pub(crate) async fn aws_in(&self, region: Option<&str>) -> Aws {
        match &self.aws {
            Some(aws) => aws.clone(),
            None => Aws::of_operator(region).await,
        }
    }

    /// Progress, for whoever watches.
    pub(crate) fn say(&self, what: &str) {
        eprintln!("{what}");
    }
}
