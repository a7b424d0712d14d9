//! One resource of the demo record, and the five types there are.

use std::str::FromStr;

use serde_json::Value;

/// The resource types this API serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResourceType {
    Patient,
    Practitioner,
    Encounter,
    Observation,
    Condition,
}

impl ResourceType {
    pub(super) const ALL: [Self; 5] =
        [Self::Patient, Self::Practitioner, Self::Encounter, Self::Observation, Self::Condition];

    /// The type as FHIR writes it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Patient => "Patient",
            Self::Practitioner => "Practitioner",
            Self::Encounter => "Encounter",
            Self::Observation => "Observation",
            Self::Condition => "Condition",
        }
    }
}

/// A type that this API does not serve.
#[derive(Debug)]
pub(super) struct NotServed;

impl FromStr for ResourceType {
    type Err = NotServed;

    fn from_str(name: &str) -> Result<Self, NotServed> {
        Self::ALL.into_iter().find(|known| known.name() == name).ok_or(NotServed)
    }
}

/// A resource with the facts that access is decided by.
#[derive(Debug)]
pub(super) struct Resource {
    pub(super) resource_type: ResourceType,
    pub(super) id: String,
    /// Whose record it belongs to: the id of the patient. A practitioner belongs to no one's.
    pub(super) patient: Option<&'static str>,
    /// The resource as it is sent.
    pub(super) body: Value,
}

impl Resource {
    /// `Patient/alma`, as other resources refer to it.
    pub(super) fn reference(&self) -> String {
        format!("{}/{}", self.resource_type.name(), self.id)
    }

    /// Whether any member, at any depth, is a reference to `target` (`Practitioner/clara`).
    pub(super) fn refers_to(&self, target: &str) -> bool {
        refers(&self.body, target)
    }
}

fn refers(value: &Value, target: &str) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, inner)| {
            (name == "reference" && inner.as_str() == Some(target)) || refers(inner, target)
        }),
        Value::Array(items) => items.iter().any(|item| refers(item, target)),
        _ => false,
    }
}
