//! What a search asks, parsed once, and whether a resource answers to it.
//!
//! The parameters of a granular scope are the same language, so they are read by the same parser.

use serde_json::Value;

use super::date::{DateTest, Period};
use super::resource::{Resource, ResourceType};

/// A search parameter of one or more types, and where in a resource it looks.
struct Parameter {
    name: &'static str,
    kind: ParameterType,
    path: &'static str,
}

/// How a value is compared.
#[derive(Clone, Copy)]
enum ParameterType {
    /// `code`, `system|code`, `system|` or `|code`, exactly.
    Token,
    /// A part of the text, whatever its case: more generous than FHIR's "starts with".
    Text,
    /// `Type/id`, or the id alone of a resource of the given type.
    Reference(ResourceType),
    Date,
}

const fn parameter(name: &'static str, kind: ParameterType, path: &'static str) -> Parameter {
    Parameter { name, kind, path }
}

const ID: Parameter = parameter("_id", ParameterType::Token, "id");
const NAME: Parameter = parameter("name", ParameterType::Text, "name.text");
const FAMILY: Parameter = parameter("family", ParameterType::Text, "name.family");
const GIVEN: Parameter = parameter("given", ParameterType::Text, "name.given");
const IDENTIFIER: Parameter = parameter("identifier", ParameterType::Token, "identifier");
const PATIENT: Parameter =
    parameter("patient", ParameterType::Reference(ResourceType::Patient), "subject.reference");
const SUBJECT: Parameter =
    parameter("subject", ParameterType::Reference(ResourceType::Patient), "subject.reference");
const ENCOUNTER: Parameter =
    parameter("encounter", ParameterType::Reference(ResourceType::Encounter), "encounter.reference");
const CATEGORY: Parameter = parameter("category", ParameterType::Token, "category.coding");
const CODE: Parameter = parameter("code", ParameterType::Token, "code.coding");
const STATUS: Parameter = parameter("status", ParameterType::Token, "status");

const OF_PATIENT: &[Parameter] = &[
    ID,
    NAME,
    FAMILY,
    GIVEN,
    IDENTIFIER,
    parameter("birthdate", ParameterType::Date, "birthDate"),
    parameter("gender", ParameterType::Token, "gender"),
];
const OF_PRACTITIONER: &[Parameter] = &[ID, NAME, FAMILY, GIVEN, IDENTIFIER];
const OF_ENCOUNTER: &[Parameter] = &[
    ID,
    PATIENT,
    SUBJECT,
    STATUS,
    parameter("class", ParameterType::Token, "class"),
    parameter("date", ParameterType::Date, "period"),
];
const OF_OBSERVATION: &[Parameter] = &[
    ID,
    PATIENT,
    SUBJECT,
    ENCOUNTER,
    CATEGORY,
    CODE,
    STATUS,
    parameter("date", ParameterType::Date, "effectiveDateTime"),
];
const OF_CONDITION: &[Parameter] = &[
    ID,
    PATIENT,
    SUBJECT,
    ENCOUNTER,
    CATEGORY,
    CODE,
    parameter("clinical-status", ParameterType::Token, "clinicalStatus.coding"),
    parameter("recorded-date", ParameterType::Date, "recordedDate"),
    parameter("onset-date", ParameterType::Date, "onsetDateTime"),
];

const fn parameters_of(resource_type: ResourceType) -> &'static [Parameter] {
    match resource_type {
        ResourceType::Patient => OF_PATIENT,
        ResourceType::Practitioner => OF_PRACTITIONER,
        ResourceType::Encounter => OF_ENCOUNTER,
        ResourceType::Observation => OF_OBSERVATION,
        ResourceType::Condition => OF_CONDITION,
    }
}

/// The names of all parameters of a type, as an error lists them.
pub(super) fn parameter_names(resource_type: ResourceType) -> String {
    let names: Vec<&str> = parameters_of(resource_type).iter().map(|known| known.name).collect();
    names.join(", ")
}

/// Why a search could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BadSearch {
    /// The type has no such parameter, or a modifier or chain was used, of which there are none here.
    UnknownParameter,
    /// The value of the parameter of this name is not of its kind.
    BadValue(&'static str),
}

/// All that a resource has to answer to at once.
#[derive(Debug)]
pub(super) struct Search(Vec<Condition>);

/// One parameter: any of the values, which a comma separates, is enough.
#[derive(Debug)]
struct Condition {
    path: &'static str,
    any_of: Vec<Test>,
}

#[derive(Debug)]
enum Test {
    Token { system: Option<String>, code: Option<String> },
    Text(String),
    Reference(String),
    Date(DateTest),
}

impl Search {
    /// Reads the parameters of a search of one type.
    ///
    /// # Errors
    /// At the first parameter that is not known, or whose value is not of its kind.
    pub(super) fn parse<'a>(
        resource_type: ResourceType,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, BadSearch> {
        let read = |(name, value): (&str, &str)| {
            let known = parameters_of(resource_type).iter().find(|known| known.name == name);
            let known = known.ok_or(BadSearch::UnknownParameter)?;
            let any_of = value.split(',').map(|value| known.test(value)).collect::<Option<_>>();
            Ok(Condition { path: known.path, any_of: any_of.ok_or(BadSearch::BadValue(known.name))? })
        };
        pairs.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a resource answers to every condition.
    pub(super) fn matches(&self, resource: &Resource) -> bool {
        self.0.iter().all(|condition| condition.matches(&resource.body))
    }
}

impl Parameter {
    fn test(&self, value: &str) -> Option<Test> {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        if value.is_empty() {
            return None;
        }
        Some(match self.kind {
            ParameterType::Token => match value.split_once('|') {
                None => Test::Token { system: None, code: some(value) },
                Some(("", "")) => return None,
                Some((system, code)) => Test::Token { system: Some(system.to_owned()), code: some(code) },
            },
            ParameterType::Text => Test::Text(value.to_lowercase()),
            ParameterType::Reference(_) if value.contains('/') => Test::Reference(value.to_owned()),
            ParameterType::Reference(to) => Test::Reference(format!("{}/{value}", to.name())),
            ParameterType::Date => Test::Date(value.parse().ok()?),
        })
    }
}

impl Condition {
    fn matches(&self, body: &Value) -> bool {
        let mut found = Vec::new();
        follow(body, self.path, &mut found);
        found.iter().any(|value| self.any_of.iter().any(|test| test.matches(value)))
    }
}

/// Collects the values at a path of member names, going into every item of the lists on the way.
fn follow<'a>(value: &'a Value, path: &str, found: &mut Vec<&'a Value>) {
    if let Value::Array(items) = value {
        items.iter().for_each(|item| follow(item, path, found));
    } else if path.is_empty() {
        found.push(value);
    } else {
        let (name, rest) = path.split_once('.').unwrap_or((path, ""));
        value.get(name).into_iter().for_each(|inner| follow(inner, rest, found));
    }
}

impl Test {
    fn matches(&self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Self::Text(part) => text.is_some_and(|text| text.to_lowercase().contains(part.as_str())),
            Self::Reference(target) => text == Some(target.as_str()),
            Self::Date(test) => period(value).is_some_and(|period| test.matches(&period)),
            Self::Token { system, code } => {
                let (its_system, its_code) = coding(value);
                system.as_deref().is_none_or(|system| system == its_system)
                    && code.as_deref().is_none_or(|code| code == its_code)
            }
        }
    }
}

/// System and code of a Coding or an Identifier; a plain code has no system of its own.
fn coding(value: &Value) -> (&str, &str) {
    let member = |name| value.get(name).and_then(Value::as_str);
    let code = value.as_str().or_else(|| member("code")).or_else(|| member("value"));
    (member("system").unwrap_or_default(), code.unwrap_or_default())
}

/// The days of a date or of a Period.
fn period(value: &Value) -> Option<Period> {
    let day = |value: &Value| value.as_str()?.parse::<Period>().ok();
    match value {
        Value::Object(ends) => Some(day(ends.get("start")?)?.until(day(ends.get("end")?)?)),
        _ => day(value),
    }
}

#[cfg(test)]
mod tests {
    use super::super::demo_record::RECORD;
    use super::*;

    fn ids(resource_type: ResourceType, query: &str) -> Vec<String> {
        let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap());
        let search = Search::parse(resource_type, pairs).unwrap();
        let of_type = RECORD.iter().filter(|resource| resource.resource_type == resource_type);
        of_type.filter(|resource| search.matches(resource)).map(|resource| resource.id.clone()).collect()
    }

    #[test]
    fn patients_are_found_by_each_of_their_parameters() {
        for (query, found) in [
            ("_id=alma", "alma"),
            ("_id=alma,emre", "alma emre"),
            ("name=SAMP", "alma bruno"),
            ("name=alma sam", "alma"),
            ("family=test", "emre"),
            ("given=far", "farah"),
            ("name=sample&gender=male", "bruno"),
            ("birthdate=1951-01-07", "chidi"),
            ("birthdate=ge2001", "bruno farah"),
            ("identifier=MRN-1004", "dunja"),
            ("identifier=https://hospital.example/medical-record-number|MRN-1004", "dunja"),
            ("identifier=https://other.example|MRN-1004", ""),
            ("identifier=|MRN-1004", ""),
        ] {
            assert_eq!(ids(ResourceType::Patient, query).join(" "), found, "{query}");
        }
    }

    #[test]
    fn clinical_resources_are_found_by_patient_category_code_and_date() {
        let list = "http://terminology.hl7.org/CodeSystem/observation-category";
        let with_system = format!("patient=alma&category={list}|laboratory");
        for (resource_type, query, count) in [
            (ResourceType::Observation, with_system.as_str(), 2),
            (ResourceType::Observation, "patient=Patient/alma&category=laboratory", 2),
            (ResourceType::Observation, "subject=Patient/alma&category=laboratory,social-history", 3),
            (ResourceType::Observation, "patient=alma&category=http://other.example|laboratory", 0),
            (ResourceType::Observation, "code=http://loinc.org|4548-4", 2),
            (ResourceType::Observation, "code=http://loinc.org|&encounter=alma-checkup", 4),
            (ResourceType::Observation, "patient=alma&status=final&date=gt2025-03", 2),
            (ResourceType::Observation, "subject=Group/alma", 0),
            (ResourceType::Condition, "patient=dunja&category=problem-list-item", 1),
            (ResourceType::Condition, "clinical-status=resolved", 3),
            (ResourceType::Condition, "code=44054006&onset-date=2025-03", 1),
            (ResourceType::Encounter, "patient=chidi&date=le2025-05&class=AMB", 1),
            (ResourceType::Practitioner, "name=demo", 1),
        ] {
            assert_eq!(ids(resource_type, query).len(), count, "{query}");
        }
    }

    #[test]
    fn what_a_type_does_not_know_is_refused() {
        for (name, value, refusal) in [
            ("colour", "blue", BadSearch::UnknownParameter),
            ("name:exact", "Alma", BadSearch::UnknownParameter),
            ("general-practitioner.name", "Clara", BadSearch::UnknownParameter),
            ("birthdate", "yesterday", BadSearch::BadValue("birthdate")),
            ("_id", "", BadSearch::BadValue("_id")),
            ("identifier", "|", BadSearch::BadValue("identifier")),
        ] {
            let refused = Search::parse(ResourceType::Patient, [(name, value)]).unwrap_err();
            assert_eq!(refused, refusal, "{name}={value}");
        }
    }
}
