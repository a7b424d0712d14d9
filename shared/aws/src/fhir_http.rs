//! The FHIR API, asked for patients and encounters in the name of the person who chooses one.

use std::time::Duration;

use serde_json::Value;
use smart::error::Unreachable;
use smart::ports::{DirectoryError, Encounter, Found, Patient, PatientDirectory, PatientQuery};
use url::Url;

use crate::lazy_client::{LazyClient, plain};

/// How long the FHIR API may take: 5 seconds.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Patients as the FHIR API at a base URL shows them.
#[derive(Clone, Debug)]
pub struct FhirPatients {
    client: LazyClient,
    base_url: String,
}

impl FhirPatients {
    /// The FHIR API at this base URL, which is a setting.
    pub fn new(base_url: &str) -> Self {
        Self { client: LazyClient::default(), base_url: base_url.to_owned() }
    }

    fn search(&self, query: &PatientQuery) -> Result<Url, Unreachable> {
        let mut url = Url::parse(&format!("{}/Patient", self.base_url))
            .map_err(|error| Unreachable::new("FHIR", error))?;
        {
            let mut pairs = url.query_pairs_mut();
            if let Some(ids) = &query.ids {
                pairs.append_pair("_id", &ids.join(","));
            }
            let text = query.text.trim();
            if !text.is_empty() {
                pairs.append_pair(parameter_for(text), &escaped(text));
            }
            pairs.append_pair("_count", &query.limit.to_string());
            if query.offset > 0 {
                pairs.append_pair("_offset", &query.offset.to_string());
            }
        }
        Ok(url)
    }
}

/// What a person typed: a birth date or a part of one, a record number, or a name.
fn parameter_for(text: &str) -> &'static str {
    let is_date = text.split('-').map(str::len).eq([4, 2, 2].into_iter().take(text.split('-').count()));
    if is_date && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        "birthdate"
    } else if text.bytes().any(|byte| byte.is_ascii_digit()) {
        "identifier"
    } else {
        "name"
    }
}

/// A value in which nothing separates.
///
/// Source: FHIR R4, search#escaping.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if "\\,|$".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

impl PatientDirectory for FhirPatients {
    async fn patients(&self, access_token: &str, query: &PatientQuery) -> Result<Found, DirectoryError> {
        let request = self.search(query)?;
        // What was typed is nothing that can be looked for, so nothing is found.
        let bundle = self.bundle(request, access_token, !query.text.trim().is_empty()).await?;
        Ok(bundle.map(|bundle| found(&bundle)).unwrap_or_default())
    }

    async fn encounters(&self, access_token: &str, patient: &str) -> Result<Vec<Encounter>, DirectoryError> {
        let mut url = Url::parse(&format!("{}/Encounter", self.base_url))
            .map_err(|error| Unreachable::new("FHIR", error))?;
        url.query_pairs_mut()
            .append_pair("patient", patient)
            .append_pair("_sort", "-date")
            .append_pair("_count", "50");
        let bundle = self.bundle(url, access_token, false).await?.unwrap_or_default();
        let mut encounters: Vec<Encounter> = resources(&bundle).filter_map(encounter).collect();
        // A server may ignore _sort. FHIR writes dates so that text sorts as time does.
        encounters.sort_by(|one, other| other.began.cmp(&one.began));
        Ok(encounters)
    }
}

impl FhirPatients {
    /// A search's bundle, or none where a refused search means that nothing matches.
    async fn bundle(
        &self,
        url: Url,
        access_token: &str,
        may_be_refused: bool,
    ) -> Result<Option<Value>, Unreachable> {
        let fhir = |cause: String| Unreachable::new("FHIR search", cause);
        let request = self.client.get_or_build(|| plain(TIMEOUT))?.get(url).bearer_auth(access_token);
        let request = request.header(http::header::ACCEPT, "application/fhir+json");
        let answer = request.send().await.map_err(|error| fhir(error.without_url().to_string()))?;
        if answer.status() == http::StatusCode::BAD_REQUEST && may_be_refused {
            return Ok(None);
        }
        if !answer.status().is_success() {
            return Err(fhir(format!("answered {}", answer.status())));
        }
        answer.json().await.map(Some).map_err(|error| fhir(error.without_url().to_string()))
    }
}

fn resources(bundle: &Value) -> impl Iterator<Item = &Value> {
    let entries = bundle.get("entry").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    entries.iter().filter_map(|entry| entry.get("resource"))
}

fn found(bundle: &Value) -> Found {
    let patients: Vec<Patient> = resources(bundle).filter_map(patient).collect();
    let total = bundle.get("total").and_then(Value::as_u64).and_then(|total| usize::try_from(total).ok());
    Found { total: total.unwrap_or(patients.len()), patients }
}

fn patient(resource: &Value) -> Option<Patient> {
    if resource.get("resourceType")?.as_str()? != "Patient" {
        return None;
    }
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let id = text(resource.get("id"))?;
    let name =
        resource.get("name").and_then(Value::as_array).and_then(|names| names.iter().find_map(name_text));
    Some(Patient {
        name: name.unwrap_or_else(|| format!("Patient {id}")),
        birth_date: text(resource.get("birthDate")),
        gender: text(resource.get("gender")),
        record_number: text(resource.pointer("/identifier/0/value")),
        id,
    })
}

/// An encounter: what it was for in the words of its type, its service or its class, and whom the patient met.
fn encounter(resource: &Value) -> Option<Encounter> {
    if resource.get("resourceType")?.as_str()? != "Encounter" {
        return None;
    }
    let text = |pointers: &[&str]| {
        let found = pointers.iter().find_map(|pointer| resource.pointer(pointer).and_then(Value::as_str));
        found.map(str::to_owned)
    };
    Some(Encounter {
        id: text(&["/id"])?,
        began: text(&["/period/start", "/actualPeriod/start"]),
        what: text(&[
            "/serviceType/text",
            "/serviceType/coding/0/display",
            "/type/0/text",
            "/type/0/coding/0/display",
            "/class/display",
        ]),
        status: text(&["/status"]),
        with: text(&["/participant/0/individual/display", "/participant/0/actor/display"]),
    })
}

/// A name as people write it: its text, or given names and family name.
fn name_text(name: &Value) -> Option<String> {
    if let Some(text) = name.get("text").and_then(Value::as_str) {
        return Some(text.to_owned());
    }
    let given = name.get("given").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let parts: Vec<&str> = given.chain(name.get("family").and_then(Value::as_str)).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patient_is_read_from_its_resource() {
        let bundle = json!({
            "resourceType": "Bundle", "total": 7,
            "entry": [
                { "resource": { "resourceType": "Patient", "id": "p1", "birthDate": "1980-05-24", "gender": "female",
                    "name": [{ "given": ["Ann", "B."], "family": "Sample" }], "identifier": [{ "value": "MRN-1" }] } },
                { "resource": { "resourceType": "OperationOutcome" } },
                { "resource": { "resourceType": "Patient", "id": "p2" } },
            ],
        });
        let found = found(&bundle);
        assert_eq!(found.total, 7);
        let names: Vec<_> = found.patients.iter().map(|patient| patient.name.as_str()).collect();
        assert_eq!(names, ["Ann B. Sample", "Patient p2"]);
        assert_eq!(found.patients[0].record_number.as_deref(), Some("MRN-1"));
    }

    #[test]
    fn an_encounter_is_read_from_its_resource_of_r4_or_r5() {
        let r4 = json!({
            "resourceType": "Encounter", "id": "e1", "period": { "start": "2026-05-24T09:00:00Z" },
            "type": [{ "text": "Check-up" }], "participant": [{ "individual": { "display": "Dr Sample" } }],
        });
        let r5 = json!({
            "resourceType": "Encounter", "id": "e2", "actualPeriod": { "start": "2026-05-25" },
            "participant": [{ "actor": { "display": "Dr Sample" } }],
        });
        let read = encounter(&r4).unwrap();
        assert_eq!((read.what.as_deref(), read.with.as_deref()), (Some("Check-up"), Some("Dr Sample")));
        let read = encounter(&r5).unwrap();
        assert_eq!((read.began.as_deref(), read.what), (Some("2026-05-25"), None));
        assert_eq!(encounter(&json!({ "resourceType": "Patient", "id": "p" })), None);
    }

    #[test]
    fn what_a_person_types_is_a_date_a_number_or_a_name() {
        for (text, parameter) in [
            ("1980-05-24", "birthdate"),
            ("1980-05", "birthdate"),
            ("1980", "birthdate"),
            ("551002", "identifier"),
            ("1980-5", "identifier"),
            ("----", "name"),
            ("", "name"),
        ] {
            assert_eq!(parameter_for(text), parameter, "{text}");
        }
        assert_eq!(escaped("a,b|c$d\\e"), "a\\,b\\|c\\$d\\\\e");
        assert_eq!(parameter_for("MRN-1001"), "identifier");
        assert_eq!(parameter_for("Sam"), "name");
    }
}
