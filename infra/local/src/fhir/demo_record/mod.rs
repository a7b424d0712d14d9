//! The made-up people and what is recorded about them: [`tables`] to read, and one function a type that makes
//! FHIR R4 of a row.

mod tables;

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::reach::Reach;
use super::resource::{Resource, ResourceType};
use Finding::{BodyWeight, Creatinine, FormerSmoker, Glucose, HbA1c, HeartRate, NeverSmoked};
use tables::{
    CONDITIONS, ConditionRow, ENCOUNTERS, EncounterRow, Finding, OBSERVATIONS, PATIENTS, PatientRow,
};

/// The ids of all patients. No id is a part of another, so a script can look for one in a page.
pub const PATIENT_IDS: [&str; 6] = ["alma", "bruno", "chidi", "dunja", "emre", "farah"];

/// A made-up practitioner, whom a seeded user can be by `fhirUser`.
#[derive(Clone, Copy, Debug)]
pub struct Practitioner {
    /// The id of the Practitioner resource.
    pub id: &'static str,
    /// The given name.
    pub given: &'static str,
    /// The family name.
    pub family: &'static str,
}

/// All practitioners. The first sees every patient, the second only some.
pub const PRACTITIONERS: [Practitioner; 2] = [
    Practitioner { id: "clara", given: "Clara", family: "Demo" },
    Practitioner { id: "dario", given: "Dario", family: "Mockup" },
];

/// What a list of patients shows of one.
#[derive(Clone, Copy, Debug)]
pub struct Demographics {
    /// The id of the Patient resource.
    pub id: &'static str,
    /// The given name.
    pub given: &'static str,
    /// The family name.
    pub family: &'static str,
    /// The day of birth, as FHIR writes it.
    pub birth_date: &'static str,
}

/// All patients.
pub fn demographics() -> impl Iterator<Item = Demographics> {
    PATIENTS.iter().map(|row| {
        let (given, family) = row.name;
        Demographics { id: row.id, given, family, birth_date: row.birth_date }
    })
}

/// What a list of visits shows of one.
#[derive(Clone, Copy, Debug)]
pub struct Visit {
    /// The id of the Encounter resource.
    pub id: &'static str,
    /// The id of the patient.
    pub patient: &'static str,
    /// The day, as FHIR writes it.
    pub date: &'static str,
    /// Where in the hospital it was.
    pub service: &'static str,
}

/// All visits.
pub fn visits() -> impl Iterator<Item = Visit> {
    let visit = |row: &'static EncounterRow| Visit {
        id: row.id,
        patient: row.patient,
        date: row.date,
        service: row.service,
    };
    ENCOUNTERS.iter().map(visit)
}

/// What the user behind a `fhirUser` may see: the permissions that a hospital's record system would keep.
/// Bruno is Alma's child. A user who is not in this table sees nothing.
pub(super) fn reach_of(user: &str) -> Reach {
    match user {
        "Practitioner/clara" => Reach::Everyone,
        "Practitioner/dario" => Reach::Only(vec!["chidi", "dunja", "emre"]),
        "Patient/alma" => Reach::Only(vec!["alma", "bruno"]),
        "Patient/chidi" => Reach::Only(vec!["chidi"]),
        _ => Reach::nobody(),
    }
}

/// Every resource of the demo record, in the order that searches list them.
pub(super) static RECORD: LazyLock<Vec<Resource>> = LazyLock::new(|| {
    let patients = PATIENTS.iter().map(patient);
    let practitioners = PRACTITIONERS.iter().map(practitioner);
    let encounters = ENCOUNTERS.iter().map(encounter);
    let conditions = CONDITIONS.iter().map(condition);
    let observations = OBSERVATIONS.iter().map(observation);
    patients.chain(practitioners).chain(encounters).chain(conditions).chain(observations).collect()
});

const LOINC: &str = "http://loinc.org";
const SNOMED: &str = "http://snomed.info/sct";

fn patient(row: &PatientRow) -> Resource {
    let (given, family) = row.name;
    let body = json!({
        "resourceType": "Patient",
        "id": row.id,
        "active": true,
        "identifier": [{
            "type": codeable("http://terminology.hl7.org/CodeSystem/v2-0203", "MR", "Medical record number"),
            "system": "https://hospital.example/medical-record-number",
            "value": row.medical_record_number,
        }],
        "name": [human_name(given, family)],
        "gender": row.gender,
        "birthDate": row.birth_date,
        "generalPractitioner": [{ "reference": format!("Practitioner/{}", row.general_practitioner) }],
    });
    resource(ResourceType::Patient, Some(row.id), body)
}

fn practitioner(person: &Practitioner) -> Resource {
    let body = json!({
        "resourceType": "Practitioner",
        "id": person.id,
        "active": true,
        "identifier": [{ "system": "https://hospital.example/staff", "value": format!("STAFF-{}", person.id) }],
        "name": [human_name(person.given, person.family)],
    });
    resource(ResourceType::Practitioner, None, body)
}

fn encounter(row: &EncounterRow) -> Resource {
    let practitioner = format!("Practitioner/{}", row.practitioner);
    let body = json!({
        "resourceType": "Encounter",
        "id": row.id,
        "status": "finished",
        "class": {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
            "code": "AMB",
            "display": "ambulatory",
        },
        "type": [{ "text": row.service }],
        "subject": { "reference": format!("Patient/{}", row.patient) },
        "participant": [{ "individual": { "reference": practitioner } }],
        "period": { "start": row.date, "end": row.date },
    });
    resource(ResourceType::Encounter, Some(row.patient), body)
}

fn condition(row: &ConditionRow) -> Resource {
    let visit = visit(row.encounter);
    let (code, display) = row.snomed;
    let terminology = |list: &str| format!("http://terminology.hl7.org/CodeSystem/{list}");
    let clinical = codeable(&terminology("condition-clinical"), row.clinical_status, row.clinical_status);
    let verified = codeable(&terminology("condition-ver-status"), "confirmed", "Confirmed");
    let category = codeable(&terminology("condition-category"), row.category, row.category);
    let body = json!({
        "resourceType": "Condition",
        "id": format!("{}-{}-{code}", row.encounter, row.category),
        "clinicalStatus": clinical,
        "verificationStatus": verified,
        "category": [category],
        "code": codeable(SNOMED, code, display),
        "subject": { "reference": format!("Patient/{}", visit.patient) },
        "encounter": { "reference": format!("Encounter/{}", visit.id) },
        "onsetDateTime": visit.date,
        "recordedDate": visit.date,
    });
    resource(ResourceType::Condition, Some(visit.patient), body)
}

fn observation((encounter, finding): &(&'static str, Finding)) -> Resource {
    let visit = visit(encounter);
    let (category, code, display) = finding.kind();
    let list = "http://terminology.hl7.org/CodeSystem/observation-category";
    let mut body = json!({
        "resourceType": "Observation",
        "id": format!("{encounter}-{code}"),
        "status": "final",
        "category": [codeable(list, category, category)],
        "code": codeable(LOINC, code, display),
        "subject": { "reference": format!("Patient/{}", visit.patient) },
        "encounter": { "reference": format!("Encounter/{}", visit.id) },
        "effectiveDateTime": visit.date,
    });
    let (member, value) = finding.value();
    body[member] = value;
    resource(ResourceType::Observation, Some(visit.patient), body)
}

impl Finding {
    /// US Core category, LOINC code and what that code is called.
    const fn kind(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Glucose(_) => ("laboratory", "2345-7", "Glucose [Mass/volume] in Serum or Plasma"),
            HbA1c(_) => ("laboratory", "4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood"),
            Creatinine(_) => ("laboratory", "2160-0", "Creatinine [Mass/volume] in Serum or Plasma"),
            HeartRate(_) => ("vital-signs", "8867-4", "Heart rate"),
            BodyWeight(_) => ("vital-signs", "29463-7", "Body weight"),
            NeverSmoked | FormerSmoker => ("social-history", "72166-2", "Tobacco smoking status"),
        }
    }

    fn value(&self) -> (&'static str, Value) {
        let quantity = |value: f64, unit: &str| {
            (
                "valueQuantity",
                json!({ "value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit }),
            )
        };
        match self {
            Glucose(value) | Creatinine(value) => quantity(*value, "mg/dL"),
            HbA1c(value) => quantity(*value, "%"),
            HeartRate(value) => quantity(*value, "/min"),
            BodyWeight(value) => quantity(*value, "kg"),
            NeverSmoked => ("valueCodeableConcept", codeable(SNOMED, "266919005", "Never smoked tobacco")),
            FormerSmoker => ("valueCodeableConcept", codeable(SNOMED, "8517006", "Ex-smoker")),
        }
    }
}

/// The visit that a row names. A row that names none is a mistake in the tables above, which a test finds.
fn visit(id: &str) -> &'static EncounterRow {
    ENCOUNTERS.iter().find(|row| row.id == id).unwrap_or(&ENCOUNTERS[0])
}

fn codeable(system: &str, code: &str, display: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code, "display": display }], "text": display })
}

fn human_name(given: &str, family: &str) -> Value {
    json!({ "use": "official", "text": format!("{given} {family}"), "family": family, "given": [given] })
}

fn resource(resource_type: ResourceType, patient: Option<&'static str>, body: Value) -> Resource {
    let id = body["id"].as_str().unwrap_or_default().to_owned();
    Resource { resource_type, id, patient, body }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_patient_id_is_part_of_another() {
        for (one, other) in
            PATIENT_IDS.iter().flat_map(|one| PATIENT_IDS.iter().map(move |other| (one, other)))
        {
            assert!(one == other || !one.contains(other), "{one} contains {other}");
        }
        assert_eq!(PATIENTS.map(|row| row.id), PATIENT_IDS);
    }

    #[test]
    fn every_reference_leads_to_a_resource_and_every_id_is_used_once() {
        let names: BTreeSet<String> = RECORD.iter().map(Resource::reference).collect();
        assert_eq!(names.len(), RECORD.len());
        for resource in RECORD.iter() {
            assert!(resource.id.len() <= 64, "{}", resource.id);
            for reference in references(&resource.body) {
                assert!(names.contains(&reference), "{} refers to {reference}", resource.id);
            }
        }
    }

    #[test]
    fn every_finding_and_condition_belongs_to_a_visit() {
        let named = OBSERVATIONS.iter().map(|row| row.0).chain(CONDITIONS.iter().map(|row| row.encounter));
        for encounter in named {
            assert!(ENCOUNTERS.iter().any(|row| row.id == encounter), "{encounter}");
        }
    }

    fn references(value: &Value) -> Vec<String> {
        match value {
            Value::Object(members) => {
                let own = members.get("reference").and_then(Value::as_str).map(str::to_owned);
                own.into_iter().chain(members.values().flat_map(references)).collect()
            }
            Value::Array(items) => items.iter().flat_map(references).collect(),
            _ => Vec::new(),
        }
    }
}
