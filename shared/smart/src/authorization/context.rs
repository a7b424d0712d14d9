//! The launch context: whose record and which encounter, settled with what the FHIR API shows to the user.

use super::journey::{Attended, PatientSearch};
use super::{ChosenEncounter, Progress};
use crate::error::{ErrorCode, OAuthError};
use crate::launch::is_fhir_id;
use crate::ports::{Encounter, Found, PatientQuery};
use crate::user::Role;

/// So many patients are on one page of the list.
pub const PATIENTS_ON_A_PAGE: usize = 20;

/// What becomes of a patient or an encounter once the FHIR API has answered.
#[derive(Debug)]
pub enum Settled<Listed> {
    /// It is settled, and the journey continues from here.
    Known(Box<Progress>),
    /// The user must choose from this list.
    Ask(Listed),
    /// The user chose what the list does not hold: a page says so.
    NotListed(OAuthError),
    /// An error goes to the app.
    Back(OAuthError),
    /// The FHIR API did not answer: a page asks to try again.
    Failed(OAuthError),
}

/// Where the patient in context comes from.
#[derive(Clone, Debug)]
pub struct PatientFrom<'a> {
    on: Attended<'a>,
    source: Source,
}

/// Where an encounter in context comes from.
#[derive(Clone, Debug)]
pub struct EncounterFrom<'a> {
    on: Attended<'a>,
    patient: &'a str,
    source: Source,
}

/// Where a patient or an encounter comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    /// The EHR has it open.
    Launch(String),
    /// The user chooses it from a list.
    List,
    /// The user chose it from the list.
    Chosen(String),
}

impl<'a> PatientFrom<'a> {
    pub(super) fn launch(on: Attended<'a>, patient: &str) -> Self {
        Self { on, source: Source::Launch(patient.to_owned()) }
    }

    pub(super) const fn list(on: Attended<'a>) -> Self {
        Self { on, source: Source::List }
    }

    pub(super) fn chosen(on: Attended<'a>, patient: &str) -> Self {
        Self { on, source: Source::Chosen(patient.to_owned()) }
    }

    /// What to ask the FHIR API. With an empty list of ids there is nothing to ask, and nothing is found.
    pub fn query(&self) -> PatientQuery {
        let user = self.on.visitor.user;
        match &self.source {
            Source::Launch(id) | Source::Chosen(id) => {
                let ids = if is_fhir_id(id) && user.may_choose(id) { vec![id.clone()] } else { Vec::new() };
                PatientQuery { ids: Some(ids), limit: 1, ..PatientQuery::default() }
            }
            Source::List => {
                let PatientSearch { text, offset } = self.on.journey.wish.patients;
                let ids = user.own_records().map(|own| own.into_iter().map(str::to_owned).collect());
                PatientQuery { text: text.to_owned(), ids, offset, limit: PATIENTS_ON_A_PAGE }
            }
        }
    }

    /// What becomes of it: a user who has a single record to choose is not asked, and no user gets a patient whom the
    /// FHIR API does not show to them.
    pub fn settle(self, found: Result<Found, OAuthError>) -> Settled<Found> {
        let progress = self.on.visitor.progress;
        let found = match found {
            Ok(found) => found,
            Err(error) => return self.on.failed(error),
        };
        let settled = |patient| Settled::Known(Box::new(progress.with_patient(patient)));
        let wanted = match &self.source {
            Source::Launch(id) | Source::Chosen(id) => id,
            Source::List => {
                return match found.patients.as_slice() {
                    [patient] if self.on.has_one_record(found.total) => settled(patient.clone()),
                    _ => self.on.ask(found, no_patient()),
                };
            }
        };
        match found.patients.into_iter().find(|patient| patient.id == *wanted) {
            Some(patient) => settled(patient),
            None if matches!(self.source, Source::Launch(_)) => {
                Settled::Back(ErrorCode::AccessDenied.because(
                    "launch_patient",
                    "the patient of the launch is not one that the person may see.",
                ))
            }
            None => Settled::NotListed(
                ErrorCode::AccessDenied
                    .because("patient_not_listed", "the chosen patient is not on the list."),
            ),
        }
    }
}

impl<'a> EncounterFrom<'a> {
    pub(super) const fn list(on: Attended<'a>, patient: &'a str) -> Self {
        Self { on, patient, source: Source::List }
    }

    pub(super) fn chosen(on: Attended<'a>, patient: &'a str, encounter: &str) -> Self {
        Self { on, patient, source: Source::Chosen(encounter.to_owned()) }
    }

    /// The patient whose encounters the FHIR API is asked for.
    pub const fn patient(&self) -> &'a str {
        self.patient
    }

    pub(super) fn is_a_choice(&self) -> bool {
        self.source == Source::List
    }

    pub(super) fn needs_interaction(&self) -> OAuthError {
        ErrorCode::InteractionRequired
            .because("interaction_required", "an encounter must be chosen, and prompt is none.")
    }

    /// What becomes of it: no user gets an encounter that the FHIR API does not show to them.
    pub fn settle(self, found: Result<Vec<Encounter>, OAuthError>) -> Settled<Vec<Encounter>> {
        let encounters = match found {
            Ok(encounters) => encounters,
            Err(error) => return self.on.failed(error),
        };
        match self.source {
            Source::List => {
                let error = self.needs_interaction();
                self.on.ask(encounters, error)
            }
            Source::Launch(id) | Source::Chosen(id) => {
                if encounters.iter().any(|encounter| encounter.id == id) {
                    let progress = self.on.visitor.progress.with_encounter(ChosenEncounter::Chosen(id));
                    return Settled::Known(Box::new(progress));
                }
                Settled::NotListed(
                    ErrorCode::AccessDenied
                        .because("encounter_not_listed", "the chosen encounter is not on the list."),
                )
            }
        }
    }
}

fn no_patient() -> OAuthError {
    ErrorCode::InteractionRequired
        .because("interaction_required", "a patient must be chosen, and prompt is none.")
}

impl Attended<'_> {
    /// Whether the whole list holds one record, and that of a patient.
    fn has_one_record(&self, total: usize) -> bool {
        let is_searched = !self.journey.wish.patients.text.is_empty();
        self.visitor.user.role == Role::Patient && !is_searched && total == 1
    }

    /// A list for the user, or `none` for the app where no page may be shown.
    fn ask<Listed>(&self, listed: Listed, none: OAuthError) -> Settled<Listed> {
        if self.journey.request.asked().prompt.none { Settled::Back(none) } else { Settled::Ask(listed) }
    }

    /// A fault, on a page unless none may be shown.
    fn failed<Listed>(&self, error: OAuthError) -> Settled<Listed> {
        if self.journey.request.asked().prompt.none { Settled::Back(error) } else { Settled::Failed(error) }
    }
}
