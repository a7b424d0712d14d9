//! How far a user has come with one authorization request.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use smart_verify::time::UnixSeconds;

use crate::ports::Patient;
use crate::session::Session;

/// How long a user may take from one page to the next: 10 minutes.
pub const STEP_LIFETIME: Duration = Duration::from_secs(600);

/// What is settled so far: who signed in, and the launch context that they chose. The browser carries it, sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Step", into = "Step")]
pub struct Progress {
    /// The `sub` of the user who signed in.
    pub subject: String,
    /// When the user authenticated; nothing where the provider does not report it.
    pub auth_time: Option<UnixSeconds>,
    /// Whether the user signed in for this very request, which is what `prompt=login` and `max_age` ask for.
    pub is_fresh: bool,
    /// The patient in context, once one is settled.
    pub patient: Option<ChosenPatient>,
    /// The encounter in context, as far as the user chose.
    pub encounter: ChosenEncounter,
    /// When these choices expire.
    pub ends_at: UnixSeconds,
}

/// The patient in context, with what the next pages show of them, so that those need not ask the FHIR API again.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ChosenPatient {
    /// The FHIR id.
    pub id: String,
    /// The name as pages write it.
    pub name: Option<String>,
    /// The birth date as FHIR writes it, if it is known.
    pub birth_date: Option<String>,
}

/// What the user chose of a patient's encounters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ChosenEncounter {
    /// Nothing yet.
    #[default]
    Open,
    /// This encounter, by its FHIR id.
    Chosen(String),
    /// To continue without one.
    Without,
}

impl Progress {
    /// The progress of a user who has signed in and chosen nothing yet.
    pub fn begun(subject: String, auth_time: Option<UnixSeconds>, is_fresh: bool, now: UnixSeconds) -> Self {
        Self {
            subject,
            auth_time,
            is_fresh,
            patient: None,
            encounter: ChosenEncounter::Open,
            ends_at: now + STEP_LIFETIME,
        }
    }

    /// The progress of a user who was signed in before this request.
    pub fn of_session(session: &Session, now: UnixSeconds) -> Self {
        Self::begun(session.subject.clone(), session.auth_time, false, now)
    }

    /// The same, with this patient.
    #[must_use]
    pub fn with_patient(&self, patient: Patient) -> Self {
        let Patient { id, name, birth_date, .. } = patient;
        Self { patient: Some(ChosenPatient { id, name: Some(name), birth_date }), ..self.clone() }
    }

    /// The same, with what was chosen of the encounters.
    #[must_use]
    pub fn with_encounter(&self, encounter: ChosenEncounter) -> Self {
        Self { encounter, ..self.clone() }
    }

    /// The FHIR id of the patient, once one is settled.
    pub fn patient_id(&self) -> Option<&str> {
        self.patient.as_ref().map(|patient| patient.id.as_str())
    }

    /// The FHIR id of the encounter, if one was chosen.
    pub fn encounter_id(&self) -> Option<&str> {
        match &self.encounter {
            ChosenEncounter::Chosen(id) => Some(id),
            ChosenEncounter::Open | ChosenEncounter::Without => None,
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Progress(until {}, the rest redacted)", self.ends_at.0)
    }
}

/// [`Progress`] as it is sealed: old and new code read each other's steps.
#[derive(Clone, Serialize, Deserialize)]
struct Step {
    subject: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auth_time: Option<UnixSeconds>,
    patient: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    patient_shown: Option<(String, Option<String>)>,
    encounter: Option<String>,
    #[serde(default)]
    without_encounter: bool,
    signed_in_for_this_request: bool,
    ends_at: UnixSeconds,
}

impl From<Step> for Progress {
    fn from(step: Step) -> Self {
        let (name, birth_date) = match step.patient_shown {
            Some((name, birth_date)) => (Some(name), birth_date),
            None => (None, None),
        };
        let encounter = match (step.encounter, step.without_encounter) {
            (Some(id), _) => ChosenEncounter::Chosen(id),
            (None, true) => ChosenEncounter::Without,
            (None, false) => ChosenEncounter::Open,
        };
        Self {
            subject: step.subject,
            auth_time: step.auth_time,
            is_fresh: step.signed_in_for_this_request,
            patient: step.patient.map(|id| ChosenPatient { id, name, birth_date }),
            encounter,
            ends_at: step.ends_at,
        }
    }
}

impl From<Progress> for Step {
    fn from(progress: Progress) -> Self {
        let (encounter, without_encounter) = match progress.encounter {
            ChosenEncounter::Open => (None, false),
            ChosenEncounter::Chosen(id) => (Some(id), false),
            ChosenEncounter::Without => (None, true),
        };
        let (patient, patient_shown) = match progress.patient {
            Some(ChosenPatient { id, name, birth_date }) => (Some(id), name.map(|name| (name, birth_date))),
            None => (None, None),
        };
        Self {
            subject: progress.subject,
            auth_time: progress.auth_time,
            patient,
            patient_shown,
            encounter,
            without_encounter,
            signed_in_for_this_request: progress.is_fresh,
            ends_at: progress.ends_at,
        }
    }
}
