//! Why a command was not done, and with which code the process ends.

/// Why a command was not done.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It would break something.
    #[error("Refused: {0}")]
    Refused(String),
    /// What was typed or handed in makes no sense.
    #[error("{0}")]
    Usage(String),
    /// What was asked for was done, and it found something wrong: this belongs on standard output.
    #[error("{0}")]
    Found(String),
    /// AWS or the service could not be reached, or did not do it.
    #[error("Not reached: {0}")]
    Unreachable(String),
}

impl Failure {
    /// The exit code.
    pub const fn code(&self) -> u8 {
        match self {
            Self::Refused(_) | Self::Found(_) => 1,
            Self::Usage(_) => 2,
            Self::Unreachable(_) => 3,
        }
    }
}

impl Failure {
    /// The same with what the operator can do.
    #[must_use]
    pub(crate) fn with(self, remedy: &str) -> Self {
        let added = |text: String| format!("{text}\n{remedy}");
        match self {
            Self::Refused(text) => Self::Refused(added(text)),
            Self::Usage(text) => Self::Usage(added(text)),
            Self::Found(text) => Self::Found(added(text)),
            Self::Unreachable(text) => Self::Unreachable(added(text)),
        }
    }
}

impl From<smart::settings::MacVersionsRefused> for Failure {
    fn from(refused: smart::settings::MacVersionsRefused) -> Self {
        Self::Refused(refused.to_string())
    }
}

impl From<smart::signing_keys::RotationRefused> for Failure {
    fn from(refused: smart::signing_keys::RotationRefused) -> Self {
        Self::Refused(refused.to_string())
    }
}

impl From<aws::kms::NotDone> for Failure {
    fn from(error: aws::kms::NotDone) -> Self {
        Self::Unreachable(error.to_string())
    }
}

impl From<smart::error::Unreachable> for Failure {
    fn from(error: smart::error::Unreachable) -> Self {
        Self::Unreachable(error.to_string())
    }
}
