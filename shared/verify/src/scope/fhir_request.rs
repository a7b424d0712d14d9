//! What a FHIR request does, as far as a scope can tell.

use form_urlencoded::parse;

/// What a FHIR request does.
///
/// Source: FHIR R4, http#summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interaction {
    /// Read by id.
    Read,
    /// Read one version.
    VRead,
    /// The history of one resource.
    History,
    /// The history of a type, or of the whole system.
    HistoryOfMany,
    /// Search a type, or the whole system.
    Search,
    /// Create.
    Create,
    /// Replace, or create under a chosen id.
    Update,
    /// Change a part.
    Patch,
    /// Delete.
    Delete,
}

/// A request to a FHIR server, or one entry of a batch or transaction, which is judged as if it came alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FhirRequest {
    /// What it does.
    pub interaction: Interaction,
    /// The type it does it with; none for the whole system.
    pub resource_type: Option<String>,
    /// The patient whose record it names, if it names one, as a bare id. A server that confines every answer to a
    /// record by itself may leave it out.
    pub patient: Option<String>,
    /// The search parameters it has, decoded.
    pub parameters: Vec<(String, String)>,
}

impl FhirRequest {
    /// An interaction with a type, and nothing more.
    pub fn new(interaction: Interaction, resource_type: &str) -> Self {
        let resource_type = Some(resource_type.to_owned());
        Self { interaction, resource_type, patient: None, parameters: Vec::new() }
    }

    /// The same with search parameters.
    #[must_use]
    pub fn with_parameters(self, parameters: Vec<(String, String)>) -> Self {
        Self { parameters, ..self }
    }

    /// Reads a method and an address below the FHIR base, as they stand in `Bundle.entry.request`. Nothing for what
    /// scopes do not speak of: operations, the capability statement, a batch itself.
    ///
    /// ```
    /// use smart_verify::scope::{FhirRequest, Interaction};
    ///
    /// let request = FhirRequest::parse("GET", "Patient/123/Observation?category=laboratory").unwrap();
    /// assert_eq!(request.interaction, Interaction::Search);
    /// assert_eq!(request.resource_type.as_deref(), Some("Observation"));
    /// assert_eq!(request.patient.as_deref(), Some("123"));
    /// assert_eq!(FhirRequest::parse("GET", "Patient/123/$everything"), None);
    /// ```
    ///
    /// Source: FHIR R4, http#summary; bundle-definitions#Bundle.entry.request.
    pub fn parse(method: &str, url: &str) -> Option<Self> {
        use Interaction::{Create, Delete, History, HistoryOfMany, Patch, Read, Search, Update, VRead};
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let parameters: Vec<(String, String)> = parse(query.as_bytes()).into_owned().collect();
        let (interaction, kind, id) = match (method, parts.as_slice()) {
            ("GET", []) | ("POST", ["_search"]) => (Search, None, None),
            ("GET", ["_history"]) => (HistoryOfMany, None, None),
            ("GET", [kind]) | ("POST", [kind, "_search"]) => (Search, Some(*kind), None),
            ("GET", [kind, "_history"]) => (HistoryOfMany, Some(*kind), None),
            ("GET", [kind, id]) => (Read, Some(*kind), Some(*id)),
            ("GET", [kind, id, "_history"]) => (History, Some(*kind), Some(*id)),
            ("GET", [kind, id, "_history", _]) => (VRead, Some(*kind), Some(*id)),
            ("GET", ["Patient", id, kind]) | ("POST", ["Patient", id, kind, "_search"]) => {
                let inside = Self::judged(Search, Some(kind), parameters)?;
                return Some(Self { patient: Some((*id).to_owned()), ..inside });
            }
            ("POST", [kind]) => (Create, Some(*kind), None),
            ("PUT", [kind]) => (Update, Some(*kind), None),
            ("PUT", [kind, id]) => (Update, Some(*kind), Some(*id)),
            ("PATCH", [kind]) => (Patch, Some(*kind), None),
            ("PATCH", [kind, id]) => (Patch, Some(*kind), Some(*id)),
            ("DELETE", [kind]) => (Delete, Some(*kind), None),
            ("DELETE", [kind, id]) => (Delete, Some(*kind), Some(*id)),
            _ => return None,
        };
        let operation = id.is_some_and(|id| id.starts_with(['$', '_']));
        let request = Self::judged(interaction, kind, parameters).filter(|_| !operation)?;
        let patient = match (kind, id) {
            (Some("Patient"), Some(id)) => Some(id.to_owned()),
            _ => named_patient(kind, &request.parameters),
        };
        Some(Self { patient, ..request })
    }

    /// A request for a type by its name; `metadata` and operations are none.
    fn judged(
        interaction: Interaction,
        kind: Option<&str>,
        parameters: Vec<(String, String)>,
    ) -> Option<Self> {
        let is_type = kind.is_none_or(|kind| kind.starts_with(|first: char| first.is_ascii_uppercase()));
        let resource_type = kind.map(str::to_owned);
        is_type.then_some(Self { interaction, resource_type, patient: None, parameters })
    }
}

/// The patient that the first such parameter names, if it names exactly one.
fn named_patient(kind: Option<&str>, parameters: &[(String, String)]) -> Option<String> {
    let about = |(name, value): &(String, String)| {
        let id = match (name.as_str(), kind) {
            ("patient" | "subject", _) => {
                value.strip_prefix("Patient/").or((name == "patient").then_some(value))
            }
            ("_id", Some("Patient")) => Some(value.as_str()),
            _ => None,
        };
        id.filter(|id| !id.contains([',', '/', ':'])).map(str::to_owned)
    };
    parameters.iter().find_map(about)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sc_6_every_form_of_request_is_told_apart() {
        use Interaction::{Create, Delete, History, HistoryOfMany, Patch, Read, Search, Update, VRead};
        let forms = [
            ("GET", "Observation/1", Read, Some("Observation"), None),
            ("GET", "/Observation/1/", Read, Some("Observation"), None),
            ("GET", "Observation/1/_history/2", VRead, Some("Observation"), None),
            ("GET", "Observation/1/_history", History, Some("Observation"), None),
            ("GET", "Observation/_history", HistoryOfMany, Some("Observation"), None),
            ("GET", "_history", HistoryOfMany, None, None),
            ("GET", "Observation?patient=7", Search, Some("Observation"), Some("7")),
            ("GET", "Observation?subject=Patient/7", Search, Some("Observation"), Some("7")),
            ("GET", "Observation?subject=Group/7", Search, Some("Observation"), None),
            ("GET", "Observation?patient=7,8", Search, Some("Observation"), None),
            ("GET", "Patient?_id=7", Search, Some("Patient"), Some("7")),
            ("POST", "Observation/_search", Search, Some("Observation"), None),
            ("GET", "Patient/7/Condition", Search, Some("Condition"), Some("7")),
            ("POST", "Patient/7/Condition/_search", Search, Some("Condition"), Some("7")),
            ("GET", "?_type=Patient", Search, None, None),
            ("POST", "_search", Search, None, None),
            ("GET", "Patient/7", Read, Some("Patient"), Some("7")),
            ("POST", "Observation", Create, Some("Observation"), None),
            ("PUT", "Observation/1", Update, Some("Observation"), None),
            ("PUT", "Observation?identifier=a", Update, Some("Observation"), None),
            ("PATCH", "Patient/7", Patch, Some("Patient"), Some("7")),
            ("PATCH", "Patient?identifier=a", Patch, Some("Patient"), None),
            ("DELETE", "Patient/7", Delete, Some("Patient"), Some("7")),
            ("DELETE", "Observation?status=cancelled", Delete, Some("Observation"), None),
        ];
        for (method, url, interaction, kind, patient) in forms {
            let request = FhirRequest::parse(method, url).unwrap_or_else(|| panic!("{method} {url}"));
            let read = (request.interaction, request.resource_type.as_deref(), request.patient.as_deref());
            assert_eq!(read, (interaction, kind, patient), "{method} {url}");
        }
    }

    #[test]
    fn what_scopes_do_not_speak_of_is_no_request() {
        for (method, url) in [
            ("POST", ""),
            ("GET", "metadata"),
            ("GET", "$export"),
            ("GET", "Patient/$export"),
            ("GET", "Patient/7/$everything"),
            ("POST", "Patient/$match"),
            ("GET", "Patient/7/_history/1/x"),
            ("GET", "Patient/7/*"),
            ("BREW", "Patient/7"),
            ("get", "Patient/7"),
        ] {
            assert_eq!(FhirRequest::parse(method, url), None, "{method} {url}");
        }
    }
}
