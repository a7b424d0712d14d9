//! What one token may see: scopes, patient in context and the user's own permissions, taken together.
//!
//! Source: SMART App Launch 2.2, scopes-and-launch-context (a scope never gives more than the user has).

use smart_verify::access::{self, Access, Verdict, Whose, check_request};
use smart_verify::scope::{FhirRequest, Interaction};

use super::demo_record::{RECORD, reach_of};
use super::outcome::Refusal;
use super::reach::Reach;
use super::resource::{Resource, ResourceType};
use super::search::Search;

/// What a token shows of one resource type: the sum of what each level of its scopes shows.
#[derive(Debug)]
pub(super) struct View {
    parts: Vec<Part>,
    /// The user's own resource, `Practitioner/clara`.
    user: Option<String>,
}

#[derive(Debug)]
struct Part {
    reach: Reach,
    /// The searches of granular scopes, any of which is enough; `None` shows all of the reach.
    any_of: Option<Vec<Search>>,
}

impl View {
    /// Works out what a token may see of one type by one interaction.
    ///
    /// # Errors
    /// When no scope of the token allows the interaction with the type at all.
    pub(super) fn of(
        access: &Access,
        fhir_base_url: &str,
        interaction: Interaction,
        resource_type: ResourceType,
        parameters: Vec<(String, String)>,
    ) -> Result<Self, Refusal> {
        let request = FhirRequest::new(interaction, resource_type.name()).with_parameters(parameters);
        let reaches = match check_request(access, &request) {
            Verdict::Allowed(reaches) => reaches,
            Verdict::Refused(_) => return Err(refusal(interaction, resource_type)),
        };
        let user = access.fhir_user.as_deref().map(|user| local_reference(user, fhir_base_url));
        let part = |within: access::Reach| Part {
            reach: reach(&within.whose, user.as_deref()),
            any_of: within.filter.map(|searches| readable(resource_type, &searches)),
        };
        Ok(Self { parts: reaches.into_iter().map(part).collect(), user })
    }

    /// Whether a resource may be seen.
    pub(super) fn shows(&self, resource: &Resource) -> bool {
        self.parts.iter().any(|part| {
            let matches = |any_of: &Vec<Search>| any_of.iter().any(|search| search.matches(resource));
            self.is_within(&part.reach, resource) && part.any_of.as_ref().is_none_or(matches)
        })
    }

    /// Whether a resource is in reach: what is in a patient's record by the patient; a practitioner if they appear
    /// in the record of a patient in reach, or are the user.
    fn is_within(&self, reach: &Reach, resource: &Resource) -> bool {
        if let Some(patient) = resource.patient {
            return reach.contains(patient);
        }
        let reference = resource.reference();
        let appears = |other: &Resource| {
            other.patient.is_some_and(|patient| reach.contains(patient)) && other.refers_to(&reference)
        };
        *reach == Reach::Everyone || self.user.as_ref() == Some(&reference) || RECORD.iter().any(appears)
    }
}

/// Which patients that means here. What the user may see limits the patient in context too.
fn reach(whose: &Whose, user: Option<&str>) -> Reach {
    let of_the_user = || user.map_or(Reach::Everyone, reach_of);
    match whose {
        Whose::Everyone => Reach::Everyone,
        Whose::User(_) => of_the_user(),
        Whose::Patient(patient) => of_the_user().narrowed_to(patient),
    }
}

/// `Patient/alma` of an absolute or relative `fhirUser`. A user of another server stays as it is: nobody here.
fn local_reference(fhir_user: &str, fhir_base_url: &str) -> String {
    let relative = fhir_user.strip_prefix(fhir_base_url).and_then(|rest| rest.strip_prefix('/'));
    relative.unwrap_or(fhir_user).to_owned()
}

/// The searches of granular scopes. One that this API cannot evaluate shows nothing, rather than everything.
fn readable(resource_type: ResourceType, searches: &[String]) -> Vec<Search> {
    let read = |text: &String| {
        let pairs: Vec<_> = text.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
        Search::parse(resource_type, pairs).ok()
    };
    searches.iter().filter_map(read).collect()
}

fn refusal(interaction: Interaction, resource_type: ResourceType) -> Refusal {
    let (verb, letter) = match interaction {
        Interaction::Search | Interaction::HistoryOfMany => ("searching", "s"),
        Interaction::Create => ("creating", "c"),
        Interaction::Update | Interaction::Patch => ("changing", "u"),
        Interaction::Delete => ("deleting", "d"),
        Interaction::Read | Interaction::VRead | Interaction::History => ("reading", "r"),
    };
    let name = resource_type.name();
    Refusal::insufficient_scope(format!(
        "No scope of this token allows {verb} {name}: it takes patient/{name}.{letter} and a patient in context, \
         user/{name}.{letter} and a user with fhirUser, or system/{name}.{letter} and a backend service."
    ))
}
