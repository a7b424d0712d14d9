//! The clock of the service on one machine.

use smart_verify::time::UnixSeconds;

/// Says what time it is to the functions, the FHIR API and all who sign assertions for the service.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// A clock that this function reads.
    Running(fn() -> UnixSeconds),
    /// Always the same moment. What is remembered for a while stays remembered, however long a busy machine takes.
    StoppedAt(UnixSeconds),
}

impl Default for Clock {
    /// The clock of this machine.
    fn default() -> Self {
        Self::Running(aws::lambda::now)
    }
}

impl Clock {
    /// A clock that shows the present moment and stops there.
    pub fn stopped() -> Self {
        Self::StoppedAt(aws::lambda::now())
    }

    /// The time.
    pub fn now(self) -> UnixSeconds {
        match self {
            Self::Running(read) => read(),
            Self::StoppedAt(moment) => moment,
        }
    }
}
