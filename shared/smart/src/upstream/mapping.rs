//! From the claims of an id token to a role, a FHIR resource and a name: what each claim is called is a setting.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::upstream::SignInRefused;
use crate::user::Role;

/// The longest name that is shown, in characters.
const LONGEST_NAME: usize = 100;

/// Which claims say what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UpstreamMapping {
    /// The claim that names the person's FHIR resource.
    pub fhir_user_claim: String,
    /// The claim that says what they are called.
    pub name_claim: String,
    /// The claim whose values make a role: a text, or a list of texts such as groups.
    pub role_claim: Option<String>,
    /// Values of the role claim that make a clinician.
    pub clinician_values: Vec<String>,
    /// Values of the role claim that make a patient.
    pub patient_values: Vec<String>,
    /// The role of those of whom nothing else tells it; without one they are refused.
    pub default_role: Option<Role>,
}

impl Default for UpstreamMapping {
    fn default() -> Self {
        Self {
            fhir_user_claim: "fhirUser".to_owned(),
            name_claim: "name".to_owned(),
            role_claim: None,
            clinician_values: Vec::new(),
            patient_values: Vec::new(),
            default_role: None,
        }
    }
}

/// What the claims of somebody come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedClaims {
    /// What they may see at most.
    pub role: Role,
    /// Their FHIR resource, relative.
    pub fhir_user: Option<String>,
    /// What they are called on pages.
    pub display_name: String,
}

impl UpstreamMapping {
    /// What verified claims come to, for the FHIR server at this base URL.
    ///
    /// # Errors
    /// When they give no role, or name a FHIR resource that cannot be a person's here.
    pub fn apply(
        &self,
        claims: &Map<String, Value>,
        fhir_base_url: &str,
    ) -> Result<MappedClaims, SignInRefused> {
        let fhir_user = match claims.get(&self.fhir_user_claim) {
            None | Some(Value::Null) => None,
            Some(claim) => Some(fhir_user(claim, fhir_base_url)?),
        };
        let role = self.role(claims, fhir_user.as_deref()).ok_or(NO_ROLE)?;
        Ok(MappedClaims { role, display_name: self.display_name(claims), fhir_user })
    }

    /// The role by the values of the role claim. Where these are silent, or name both roles, the kind of the person's
    /// FHIR resource decides; after that the lesser of both, or the default.
    fn role(&self, claims: &Map<String, Value>, fhir_user: Option<&str>) -> Option<Role> {
        let claim = self.role_claim.as_ref().and_then(|name| claims.get(name));
        let any_of = |values: &[String]| {
            let is_one =
                |said: &Value| said.as_str().is_some_and(|said| values.iter().any(|one| one == said));
            claim.is_some_and(|claim| {
                claim.as_array().map_or_else(|| is_one(claim), |all| all.iter().any(is_one))
            })
        };
        let by_kind = fhir_user.and_then(role_of_kind);
        match (any_of(&self.clinician_values), any_of(&self.patient_values)) {
            (true, false) => Some(Role::Clinician),
            (false, true) => Some(Role::Patient),
            (true, true) => by_kind.or(Some(Role::Patient)),
            (false, false) => by_kind.or(self.default_role),
        }
    }

    /// The name claim, or another that people have, or no name at all.
    fn display_name(&self, claims: &Map<String, Value>) -> String {
        let said = |claim: &str| {
            let text = claims.get(claim)?.as_str()?;
            let shown: String =
                text.chars().filter(|character| !character.is_control()).take(LONGEST_NAME).collect();
            let shown = shown.trim();
            (!shown.is_empty()).then(|| shown.to_owned())
        };
        let names = [self.name_claim.as_str(), "name", "preferred_username", "email"];
        names.into_iter().find_map(said).unwrap_or_else(|| "Unnamed".to_owned())
    }
}

/// The kinds of resource that can be a person.
///
/// Source: SMART App Launch 2.2, scopes-and-launch-context#scopes-for-requesting-identity-data.
const PEOPLE: [&str; 5] = ["Patient", "Practitioner", "PractitionerRole", "RelatedPerson", "Person"];

/// What a resource of some kind makes of a person; of some nothing can be told.
fn role_of_kind(reference: &str) -> Option<Role> {
    match reference.split_once('/')?.0 {
        "Patient" => Some(Role::Patient),
        "Practitioner" | "PractitionerRole" => Some(Role::Clinician),
        _ => None,
    }
}

/// A FHIR resource as a relative reference: it was one, or it is a URL on our own FHIR server. A resource of another
/// server names somebody else here, or nobody.
fn fhir_user(claim: &Value, fhir_base_url: &str) -> Result<String, SignInRefused> {
    let said = claim.as_str().ok_or(FHIR_USER_MALFORMED)?;
    let relative = if said.contains(':') {
        let below = said.strip_prefix(fhir_base_url.trim_end_matches('/'));
        below.and_then(|rest| rest.strip_prefix('/')).ok_or(FHIR_USER_ELSEWHERE)?
    } else {
        said
    };
    let (kind, id) = relative.split_once('/').ok_or(FHIR_USER_MALFORMED)?;
    if !is_id(id) {
        return Err(FHIR_USER_MALFORMED);
    }
    if !PEOPLE.contains(&kind) {
        return Err(FHIR_USER_KIND);
    }
    Ok(relative.to_owned())
}

/// Source: FHIR R4, datatypes#id.
fn is_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    (1..=64).contains(&text.len()) && text.bytes().all(allowed)
}

const NO_ROLE: SignInRefused = SignInRefused::because(
    "upstream_no_role",
    "You are signed in, but not known here as a patient or a clinician. Whoever runs this service can mend that.",
);
const FHIR_USER_MALFORMED: SignInRefused = SignInRefused::because(
    "upstream_fhir_user_malformed",
    "The sign-in service names your health record in a form that cannot be read. Whoever runs this service can mend that.",
);
const FHIR_USER_ELSEWHERE: SignInRefused = SignInRefused::because(
    "upstream_fhir_user_elsewhere",
    "The sign-in service names a health record on another server. Whoever runs this service can mend that.",
);
const FHIR_USER_KIND: SignInRefused = SignInRefused::because(
    "upstream_fhir_user_kind",
    "The sign-in service names a record that is not that of a person. Whoever runs this service can mend that.",
);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const BASE: &str = "https://fhir.example.org/r4";

    /// `Patient Patient/1`, or the reason of the refusal.
    fn outcome(mapping: &UpstreamMapping, claims: &Value) -> String {
        match mapping.apply(claims.as_object().unwrap(), BASE) {
            Ok(mapped) => format!("{:?} {}", mapped.role, mapped.fhir_user.as_deref().unwrap_or("-")),
            Err(SignInRefused::Denied { reason, .. }) => reason.to_owned(),
            Err(SignInRefused::Unreachable(error)) => error.to_string(),
        }
    }

    #[test]
    fn a_fhir_user_is_one_of_our_server_and_makes_a_role() {
        for (said, expected) in [
            (json!("Patient/1"), "Patient Patient/1"),
            (json!("Practitioner/a-b.C"), "Clinician Practitioner/a-b.C"),
            (json!("PractitionerRole/1"), "Clinician PractitionerRole/1"),
            (json!("https://fhir.example.org/r4/Patient/1"), "Patient Patient/1"),
            (json!("Person/1"), "upstream_no_role"),
            (json!("RelatedPerson/1"), "upstream_no_role"),
            (json!(null), "upstream_no_role"),
            (json!("Group/1"), "upstream_fhir_user_kind"),
            (json!("patient/1"), "upstream_fhir_user_kind"),
            (json!("https://fhir.example.org/r4x/Patient/1"), "upstream_fhir_user_elsewhere"),
            (json!("https://fhir.example.org/Patient/1"), "upstream_fhir_user_elsewhere"),
            (json!("https://else.example.org/r4/Patient/1"), "upstream_fhir_user_elsewhere"),
            (json!("urn:uuid:1"), "upstream_fhir_user_elsewhere"),
            (json!("https://fhir.example.org/r4/Patient/1/_history/2"), "upstream_fhir_user_malformed"),
            (json!("https://fhir.example.org/r4//Patient/1"), "upstream_fhir_user_malformed"),
            (json!("Patient/../Practitioner/1"), "upstream_fhir_user_malformed"),
            (json!("/Patient/1"), "upstream_fhir_user_malformed"),
            (json!("Patient/"), "upstream_fhir_user_malformed"),
            (json!("Patient/1?x"), "upstream_fhir_user_malformed"),
            (json!("Patient"), "upstream_fhir_user_malformed"),
            (json!(""), "upstream_fhir_user_malformed"),
            (json!(["Patient/1"]), "upstream_fhir_user_malformed"),
            (json!({ "reference": "Patient/1" }), "upstream_fhir_user_malformed"),
        ] {
            assert_eq!(
                outcome(&UpstreamMapping::default(), &json!({ "fhirUser": said })),
                expected,
                "{said}"
            );
        }
    }

    #[test]
    fn values_of_the_role_claim_make_a_role_first() {
        let mapping: UpstreamMapping = serde_json::from_value(json!({
            "role_claim": "groups", "clinician_values": ["staff"], "patient_values": ["members"],
        }))
        .unwrap();
        for (groups, fhir_user, expected) in [
            (json!("staff"), json!(null), "Clinician -"),
            (json!(["x", "members"]), json!(null), "Patient -"),
            (json!("staff"), json!("Patient/1"), "Clinician Patient/1"),
            (json!("staff"), json!("Person/1"), "Clinician Person/1"),
            (json!(["members"]), json!("RelatedPerson/1"), "Patient RelatedPerson/1"),
            (json!(["staff", "members"]), json!("Practitioner/1"), "Clinician Practitioner/1"),
            (json!(["staff", "members"]), json!(null), "Patient -"),
            (json!("Staff"), json!(null), "upstream_no_role"),
            (json!("staff members"), json!(null), "upstream_no_role"),
            (json!({ "staff": true }), json!(null), "upstream_no_role"),
            (json!(["other"]), json!("Practitioner/1"), "Clinician Practitioner/1"),
        ] {
            let claims = json!({ "groups": groups, "fhirUser": fhir_user });
            assert_eq!(outcome(&mapping, &claims), expected, "{claims}");
        }
    }

    #[test]
    fn the_default_role_is_for_those_of_whom_nothing_else_tells() {
        let mapping: UpstreamMapping =
            serde_json::from_value(json!({ "default_role": "clinician", "fhir_user_claim": "who" })).unwrap();
        for (claims, expected) in [
            (json!({}), "Clinician -"),
            (json!({ "who": "Person/1" }), "Clinician Person/1"),
            (json!({ "who": "Patient/1" }), "Patient Patient/1"),
            (json!({ "fhirUser": "Patient/1" }), "Clinician -"),
        ] {
            assert_eq!(outcome(&mapping, &claims), expected, "{claims}");
        }
    }

    #[test]
    fn a_person_is_called_by_the_first_claim_that_says_something() {
        let mapping = UpstreamMapping { name_claim: "nick".to_owned(), ..UpstreamMapping::default() };
        let long = "a".repeat(200);
        for (claims, expected) in [
            (json!({ "nick": "Ann", "name": "Ann Sample" }), "Ann"),
            (json!({ "nick": " \n", "name": "Ann\u{0}\n Sample " }), "Ann Sample"),
            (json!({ "name": 7, "preferred_username": "ann" }), "ann"),
            (json!({ "email": "ann@example.org" }), "ann@example.org"),
            (json!({ "name": long }), &long[..LONGEST_NAME]),
            (json!({}), "Unnamed"),
        ] {
            assert_eq!(mapping.display_name(claims.as_object().unwrap()), expected, "{claims}");
        }
    }

    #[test]
    fn a_mapping_with_a_word_that_is_not_known_is_refused() {
        assert!(serde_json::from_str::<UpstreamMapping>(r#"{"rolle_claim":"groups"}"#).is_err());
        assert!(serde_json::from_str::<UpstreamMapping>(r#"{"default_role":"administrator"}"#).is_err());
        assert_eq!(serde_json::from_str::<UpstreamMapping>("{}").unwrap(), UpstreamMapping::default());
    }
}
