//! What one token may see: scopes, patient in context and the user's own permissions, taken together.
//!
//! Source: SMART App Launch 2.2, scopes-and-launch-context (a scope never gives more than the user has).

use smart::scope::{Allowed, FhirRequest, Interaction, Level};
use smart::token::access_token::AccessToken;

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
        token: &AccessToken,
        fhir_base_url: &str,
        interaction: Interaction,
        resource_type: ResourceType,
        parameters: Vec<(String, String)>,
    ) -> Result<Self, Refusal> {
        let request = FhirRequest::new(interaction, resource_type.name()).with_parameters(parameters);
        let user = token.fhir_user.as_deref().map(|user| local_reference(user, fhir_base_url));
        let part = |level| {
            let any_of = match token.scope.allows(level, &request, token.patient.as_deref()) {
                Allowed::No => return None,
                Allowed::Yes => None,
                Allowed::OnlyMatching(searches) => Some(readable(resource_type, &searches)),
            };
            Some(Part { reach: reach(token, user.as_deref(), level)?, any_of })
        };
        let parts: Vec<Part> =
            [Level::Patient, Level::User, Level::System].into_iter().filter_map(part).collect();
        if parts.is_empty() {
            return Err(refusal(interaction, resource_type));
        }
        Ok(Self { parts, user })
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

/// Whose records a level of scopes opens, or `None` if the token lacks what the level is about.
fn reach(token: &AccessToken, user: Option<&str>, level: Level) -> Option<Reach> {
    match level {
        // Only a client that acts for itself, or as a system account, has the permissions of a system: what a person
        // allowed has a grant.
        Level::System => token.grant.is_none().then_some(Reach::Everyone),
        Level::User => user.map(reach_of),
        Level::Patient => {
            let patient = token.patient.as_deref()?;
            let allowed = user.map_or(Reach::Everyone, reach_of);
            Some(allowed.narrowed_to(patient))
        }
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
