//! Which patients a person may choose from.

use crate::error::Unreachable;

/// A patient as a person picks them from a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patient {
    /// The bare id.
    pub id: String,
    /// The name as written on a page.
    pub name: String,
    /// The birth date as FHIR writes it, `1980-05-24`, or a part of it.
    pub birth_date: Option<String>,
    /// The administrative gender, in FHIR's words.
    pub gender: Option<String>,
    /// The record number.
    pub record_number: Option<String>,
}

/// What to look for.
#[derive(Clone, Debug, Default)]
pub struct PatientQuery {
    /// A name, a birth date or a record number; everything if empty.
    pub text: String,
    /// Only these ids, if given.
    pub ids: Option<Vec<String>>,
    /// How many to pass over.
    pub offset: usize,
    /// How many to give at most.
    pub limit: usize,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// One page of patients.
    pub patients: Vec<Patient>,
    /// How many there are in all, as far as the server says.
    pub total: usize,
}

/// An encounter as a person picks it from a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encounter {
    /// The bare id.
    pub id: String,
    /// When it began, as FHIR writes it.
    pub began: Option<String>,
    /// What it was about, or where.
    pub what: Option<String>,
    /// Whom the patient met.
    pub with: Option<String>,
    /// Its status in FHIR's words.
    pub status: Option<String>,
}

/// The FHIR API, asked in the name of the person who chooses.
pub trait PatientDirectory: Send + Sync {
    /// The patients that the FHIR API shows to the bearer of this access token.
    ///
    /// # Errors
    /// When the FHIR API cannot be reached or refuses.
    fn patients(
        &self,
        access_token: &str,
        query: &PatientQuery,
    ) -> impl Future<Output = Result<Found, DirectoryError>> + Send;

    /// The encounters of a patient that the FHIR API shows to the bearer of this access token, the latest first, 50 at
    /// most.
    ///
    /// # Errors
    /// When the FHIR API cannot be reached or refuses.
    fn encounters(
        &self,
        access_token: &str,
        patient: &str,
    ) -> impl Future<Output = Result<Vec<Encounter>, DirectoryError>> + Send;
}

/// The FHIR API did not give its list.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct DirectoryError(#[from] pub Unreachable);
