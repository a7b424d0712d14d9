//! "Test Patient Accounts".

use serde::Deserialize;

use super::{Frame, Section};
use crate::dates;
use crate::layout::page;

/// An invented person of a test server, whose password is no secret there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestPerson {
    /// The name they sign in with.
    pub name: String,
    /// Who they are: "a clinician".
    pub about: String,
    /// Their password.
    pub password: Option<String>,
    /// What they are called.
    #[serde(default)]
    pub display_name: Option<String>,
    /// When they were born, as FHIR writes it.
    #[serde(default)]
    pub born: Option<String>,
    /// Their FHIR resource, relative.
    #[serde(default)]
    pub fhir_user: Option<String>,
    /// What their record holds, in words.
    #[serde(default)]
    pub holds: Option<String>,
}

/// The table of them.
#[derive(Clone, Debug)]
pub struct TestPatients {
    /// What stands around it.
    pub frame: Frame,
    /// The people.
    pub people: Vec<TestPerson>,
}

/// The test accounts cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("test-accounts must be a list of objects with name, about and password, in JSON")]
pub struct TestPeopleMalformed;

impl TestPerson {
    /// Reads a list of them from JSON.
    ///
    /// # Errors
    /// When the JSON is no such list. The error repeats nothing of it.
    pub fn list(json: &str) -> Result<Vec<Self>, TestPeopleMalformed> {
        serde_json::from_str(json).map_err(|_| TestPeopleMalformed)
    }

    fn called(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.name)
    }

    fn birthday(&self) -> String {
        self.born.as_deref().and_then(dates::born).unwrap_or_else(|| "–".to_owned())
    }
}

page!(TestPatients, TestPatientsView, "account/patients.html");
