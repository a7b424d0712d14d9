//! What a granular scope is called in plain words: the categories that US Core and the (g)(10) criterion name.

use percent_encoding::percent_decode_str;

/// One category of one resource type.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Category {
    /// The resource type.
    pub(super) of: &'static str,
    /// The code system of the category.
    system: &'static str,
    /// The code.
    code: &'static str,
    /// The words, to stand behind "your".
    pub(super) noun: &'static str,
    /// A sentence more, for those who ask.
    pub(super) long: &'static str,
}

const OBSERVATION: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
const US_CORE_OBSERVATION: &str = "http://hl7.org/fhir/us/core/CodeSystem/us-core-observation-category";
const US_CORE: &str = "http://hl7.org/fhir/us/core/CodeSystem/us-core-category";
const CONDITION: &str = "http://terminology.hl7.org/CodeSystem/condition-category";
const US_CORE_CONDITION: &str = "http://hl7.org/fhir/us/core/CodeSystem/condition-category";
const US_CORE_DOCUMENT: &str = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category";

const fn row(
    of: &'static str,
    system: &'static str,
    code: &'static str,
    noun: &'static str,
    long: &'static str,
) -> Category {
    Category { of, system, code, noun, long }
}

#[rustfmt::skip]
pub(super) static CATEGORIES: &[Category] = &[
    row("Observation", OBSERVATION, "laboratory", "lab results",
        "Blood, urine and other tests; not vital signs or other measurements."),
    row("Observation", OBSERVATION, "vital-signs", "vital signs",
        "Blood pressure, pulse, temperature, weight and height."),
    row("Observation", OBSERVATION, "social-history", "social history",
        "Smoking, alcohol, work and other things about daily life."),
    row("Observation", OBSERVATION, "survey", "questionnaires", "Answers to questionnaires and the scores made from them."),
    row("Observation", OBSERVATION, "imaging", "imaging findings", "What was seen on scans and X-rays."),
    row("Observation", OBSERVATION, "procedure", "findings from procedures", "What was measured or seen during a procedure."),
    row("Observation", OBSERVATION, "exam", "examination findings", "What a clinician found when examining."),
    row("Observation", OBSERVATION, "therapy", "findings from therapy", "What was measured or seen during therapy."),
    row("Observation", OBSERVATION, "activity", "physical activity", "Steps, exercise and other activity."),
    row("Observation", US_CORE_OBSERVATION, "clinical-test", "clinical test results",
        "Tests made by a clinician, such as a heart trace or a hearing test; not lab results."),
    row("Observation", US_CORE, "sdoh", "living conditions", "Housing, food, transport, money and safety, if they are recorded."),
    row("Condition", CONDITION, "problem-list-item", "problem list", "Health problems that are kept on the problem list."),
    row("Condition", CONDITION, "encounter-diagnosis", "diagnoses from visits", "Diagnoses that were made at a visit or stay."),
    row("Condition", US_CORE_CONDITION, "health-concern", "health concerns", "Worries about health that were noted, by anyone."),
    row("DocumentReference", US_CORE_DOCUMENT, "clinical-note", "clinical notes",
        "What clinicians wrote down; it may hold anything."),
];

/// The category that the search parameters of a scope name, if it is this one thing that we have words for.
pub(super) fn of(resource_type: &str, parameters: &str) -> Option<&'static Category> {
    let decoded = percent_decode_str(parameters).decode_utf8().ok()?;
    let (system, code) = decoded.strip_prefix("category=")?.split_once('|')?;
    CATEGORIES.iter().find(|row| row.of == resource_type && row.system == system && row.code == code)
}

/// The categories by which US Core divides conditions and observations. Ours are more, so that others are understood.
///
/// Source: US Core 7.0, scopes (granular scopes).
const OF_US_CORE: [&str; 9] = [
    "problem-list-item",
    "encounter-diagnosis",
    "health-concern",
    "clinical-test",
    "laboratory",
    "social-history",
    "sdoh",
    "survey",
    "vital-signs",
];

/// The rows of a resource type that US Core divides, in the order of the table.
pub(super) fn of_us_core(resource_type: &str) -> impl Iterator<Item = &'static Category> {
    CATEGORIES.iter().filter(move |row| row.of == resource_type && OF_US_CORE.contains(&row.code))
}

impl Category {
    /// The scope's search parameters.
    pub(super) fn parameters(&self) -> String {
        format!("category={}|{}", self.system, self.code)
    }
}
