//! The sealed step: what is settled so far between two pages of one authorization, carried in the URL instead of a
//! table, so that reload, Back and two tabs work.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use smart_verify::time::UnixSeconds;

use crate::browser::seal::{PageKeys, Purpose, SealFailed, binding};

/// How long a person may take from one page to the end: 10 minutes.
pub const STEP_LIFETIME: Duration = Duration::from_secs(600);

/// What is settled so far.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The `sub` of the person who signed in.
    pub subject: String,
    /// When they proved who they are, in seconds since 1970; nothing where the provider does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<u64>,
    /// The FHIR id of the patient that was chosen.
    pub patient: Option<String>,
    /// What that patient is called and when they were born, so that the next page need not ask the FHIR API again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_shown: Option<(String, Option<String>)>,
    /// The FHIR id of the encounter that was chosen.
    pub encounter: Option<String>,
    /// Whether they went on without one.
    #[serde(default)]
    pub without_encounter: bool,
    /// Whether they signed in for this very request, which is what `prompt=login` and `max_age` ask for.
    pub signed_in_for_this_request: bool,
    /// When the step is over, in seconds since 1970.
    pub ends_at: u64,
}

/// What a step belongs to: it opens in no other session, for no other client and for no other request.
#[derive(Clone, Copy)]
pub struct StepBinding<'a> {
    /// The id of the session.
    pub session: &'a [u8],
    /// The client that asks.
    pub client_id: &'a str,
    /// A hash of the request's parameters, our own left out.
    pub request: &'a [u8],
}

impl StepBinding<'_> {
    fn bytes(&self) -> Vec<u8> {
        binding(&[self.session, self.client_id.as_bytes(), self.request])
    }
}

impl Step {
    /// Seals the step for its session, client and request.
    ///
    /// # Errors
    /// Never for a step; the seal's own error is passed on.
    pub fn seal(&self, keys: &PageKeys, to: &StepBinding<'_>) -> Result<String, SealFailed> {
        keys.seal(Purpose::Step, self, &to.bytes())
    }

    /// Opens a step that has not ended; nothing for anything else.
    pub fn open(sealed: &str, keys: &PageKeys, to: &StepBinding<'_>, now: UnixSeconds) -> Option<Self> {
        let step: Self = keys.open(Purpose::Step, sealed, &to.bytes())?;
        (now < UnixSeconds(step.ends_at)).then_some(step)
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Step(until {}, the rest redacted)", self.ends_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::seal::tests::keys;

    const NOW: UnixSeconds = UnixSeconds(1_700_000_000);
    const HERE: StepBinding<'_> = StepBinding { session: b"session", client_id: "app", request: b"request" };

    fn step() -> Step {
        Step {
            subject: "sub".into(),
            auth_time: Some(NOW.0),
            patient: Some("1002".into()),
            patient_shown: None,
            encounter: None,
            without_encounter: false,
            signed_in_for_this_request: true,
            ends_at: (NOW + STEP_LIFETIME).0,
        }
    }

    #[test]
    fn a_step_opens_until_it_ends() {
        let sealed = step().seal(&keys(), &HERE).unwrap();
        assert_eq!(Step::open(&sealed, &keys(), &HERE, NOW), Some(step()));
        let last = NOW + Duration::from_secs(599);
        assert!(Step::open(&sealed, &keys(), &HERE, last).is_some());
        assert_eq!(Step::open(&sealed, &keys(), &HERE, NOW + STEP_LIFETIME), None);
    }

    #[test]
    fn s07_a_step_of_another_session_client_or_request_is_nothing() {
        let sealed = step().seal(&keys(), &HERE).unwrap();
        let elsewhere = [
            StepBinding { session: b"another", ..HERE },
            StepBinding { client_id: "another", ..HERE },
            StepBinding { request: b"another", ..HERE },
            StepBinding { session: b"sessiona", client_id: "pp", ..HERE },
        ];
        for other in elsewhere {
            assert_eq!(Step::open(&sealed, &keys(), &other, NOW), None);
        }
    }

    #[test]
    fn debug_names_no_person() {
        assert_eq!(format!("{:?}", step()), "Step(until 1700000600, the rest redacted)");
    }
}
