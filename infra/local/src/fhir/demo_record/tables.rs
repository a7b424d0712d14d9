//! The rows: who is in the record, and what was noted at which visit.

pub(super) struct PatientRow {
    pub(super) id: &'static str,
    pub(super) name: (&'static str, &'static str),
    pub(super) gender: &'static str,
    pub(super) birth_date: &'static str,
    pub(super) medical_record_number: &'static str,
    pub(super) general_practitioner: &'static str,
}

#[rustfmt::skip] // a table: one patient a line
pub(super) const PATIENTS: [PatientRow; 6] = [
    PatientRow { id: "alma", name: ("Alma", "Sample"), gender: "female", birth_date: "1984-03-12", medical_record_number: "MRN-1001", general_practitioner: "clara" },
    PatientRow { id: "bruno", name: ("Bruno", "Sample"), gender: "male", birth_date: "2015-09-30", medical_record_number: "MRN-1002", general_practitioner: "clara" },
    PatientRow { id: "chidi", name: ("Chidi", "Example"), gender: "male", birth_date: "1951-01-07", medical_record_number: "MRN-1003", general_practitioner: "dario" },
    PatientRow { id: "dunja", name: ("Dunja", "Specimen"), gender: "female", birth_date: "1993-11-23", medical_record_number: "MRN-1004", general_practitioner: "dario" },
    PatientRow { id: "emre", name: ("Emre", "Testcase"), gender: "male", birth_date: "1978-06-02", medical_record_number: "MRN-1005", general_practitioner: "dario" },
    PatientRow { id: "farah", name: ("Farah", "Placeholder"), gender: "female", birth_date: "2001-12-17", medical_record_number: "MRN-1006", general_practitioner: "clara" },
];

pub(super) struct EncounterRow {
    pub(super) id: &'static str,
    pub(super) patient: &'static str,
    pub(super) practitioner: &'static str,
    pub(super) date: &'static str,
    pub(super) service: &'static str,
}

#[rustfmt::skip] // a table: one visit a line
pub(super) const ENCOUNTERS: [EncounterRow; 9] = [
    EncounterRow { id: "alma-checkup", patient: "alma", practitioner: "clara", date: "2025-02-18", service: "General practice" },
    EncounterRow { id: "alma-cardiology", patient: "alma", practitioner: "dario", date: "2025-06-05", service: "Cardiology" },
    EncounterRow { id: "bruno-cold", patient: "bruno", practitioner: "clara", date: "2025-01-20", service: "Paediatrics" },
    EncounterRow { id: "chidi-diabetes", patient: "chidi", practitioner: "dario", date: "2025-03-11", service: "Diabetology" },
    EncounterRow { id: "chidi-followup", patient: "chidi", practitioner: "dario", date: "2025-07-01", service: "Diabetology" },
    EncounterRow { id: "dunja-asthma", patient: "dunja", practitioner: "dario", date: "2024-11-14", service: "Pneumology" },
    EncounterRow { id: "emre-throat", patient: "emre", practitioner: "dario", date: "2025-04-02", service: "General practice" },
    EncounterRow { id: "emre-checkup", patient: "emre", practitioner: "clara", date: "2025-05-27", service: "General practice" },
    EncounterRow { id: "farah-thyroid", patient: "farah", practitioner: "clara", date: "2025-06-30", service: "Endocrinology" },
];

pub(super) struct ConditionRow {
    pub(super) encounter: &'static str,
    pub(super) category: &'static str,
    pub(super) clinical_status: &'static str,
    pub(super) snomed: (&'static str, &'static str),
}

const PROBLEM: &str = "problem-list-item";
const DIAGNOSIS: &str = "encounter-diagnosis";

#[rustfmt::skip] // a table: one condition a line
pub(super) const CONDITIONS: [ConditionRow; 11] = [
    ConditionRow { encounter: "alma-checkup", category: PROBLEM, clinical_status: "active", snomed: ("38341003", "Hypertensive disorder") },
    ConditionRow { encounter: "alma-cardiology", category: DIAGNOSIS, clinical_status: "active", snomed: ("55822004", "Hyperlipidemia") },
    ConditionRow { encounter: "bruno-cold", category: DIAGNOSIS, clinical_status: "resolved", snomed: ("82272006", "Common cold") },
    ConditionRow { encounter: "chidi-diabetes", category: PROBLEM, clinical_status: "active", snomed: ("44054006", "Diabetes mellitus type 2") },
    ConditionRow { encounter: "chidi-followup", category: DIAGNOSIS, clinical_status: "active", snomed: ("38341003", "Hypertensive disorder") },
    ConditionRow { encounter: "dunja-asthma", category: PROBLEM, clinical_status: "active", snomed: ("195967001", "Asthma") },
    ConditionRow { encounter: "dunja-asthma", category: DIAGNOSIS, clinical_status: "resolved", snomed: ("25064002", "Headache") },
    ConditionRow { encounter: "emre-throat", category: DIAGNOSIS, clinical_status: "resolved", snomed: ("43878008", "Streptococcal sore throat") },
    ConditionRow { encounter: "emre-checkup", category: PROBLEM, clinical_status: "active", snomed: ("55822004", "Hyperlipidemia") },
    ConditionRow { encounter: "farah-thyroid", category: PROBLEM, clinical_status: "active", snomed: ("40930008", "Hypothyroidism") },
    ConditionRow { encounter: "farah-thyroid", category: DIAGNOSIS, clinical_status: "active", snomed: ("40930008", "Hypothyroidism") },
];

/// What a visit measured: a laboratory value, a vital sign, or how the patient says they live.
pub(super) enum Finding {
    Glucose(f64),
    HbA1c(f64),
    Creatinine(f64),
    HeartRate(f64),
    BodyWeight(f64),
    NeverSmoked,
    FormerSmoker,
}

use Finding::{BodyWeight, Creatinine, FormerSmoker, Glucose, HbA1c, HeartRate, NeverSmoked};

pub(super) const OBSERVATIONS: [(&str, Finding); 22] = [
    ("alma-checkup", HeartRate(72.0)),
    ("alma-checkup", BodyWeight(64.5)),
    ("alma-checkup", Glucose(91.0)),
    ("alma-checkup", NeverSmoked),
    ("alma-cardiology", HeartRate(78.0)),
    ("alma-cardiology", Creatinine(0.8)),
    ("bruno-cold", HeartRate(96.0)),
    ("bruno-cold", BodyWeight(31.2)),
    ("chidi-diabetes", HbA1c(7.4)),
    ("chidi-diabetes", Glucose(148.0)),
    ("chidi-diabetes", BodyWeight(88.0)),
    ("chidi-diabetes", FormerSmoker),
    ("chidi-followup", HbA1c(6.9)),
    ("dunja-asthma", HeartRate(69.0)),
    ("dunja-asthma", NeverSmoked),
    ("dunja-asthma", Creatinine(0.7)),
    ("emre-throat", HeartRate(81.0)),
    ("emre-checkup", Glucose(97.0)),
    ("emre-checkup", FormerSmoker),
    ("farah-thyroid", HeartRate(58.0)),
    ("farah-thyroid", BodyWeight(57.3)),
    ("farah-thyroid", Creatinine(0.6)),
];
