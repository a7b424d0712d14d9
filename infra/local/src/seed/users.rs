//! Who can sign in. The passwords are known to everyone and exist on this machine alone.

use aws::dynamodb::Tables;
use serde_json::{Value, json};
use smart::unknown_fields::UnknownFields;
use smart::user::{Role, User};
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;

use crate::fhir;
use crate::start::StartError;

/// Somebody who can sign in, with their password.
#[derive(Clone, Debug)]
pub struct SeededUser {
    /// The name they sign in with.
    pub name: &'static str,
    /// Their password.
    pub password: &'static str,
    /// What they are called on pages.
    pub display_name: &'static str,
    /// Patient or clinician.
    pub role: Role,
    /// Their FHIR resource, relative.
    pub fhir_user: &'static str,
    /// The patients they look after, if they are a patient.
    patients: &'static [&'static str],
    /// Whether they see everybody's clients.
    pub administrator: bool,
}

/// What there is to see of each stands in the demo FHIR API.
const USERS: [SeededUser; 4] = [
    SeededUser {
        name: "chidi",
        password: "chidi-demo-password",
        display_name: "Chidi Example",
        role: Role::Patient,
        fhir_user: "Patient/chidi",
        patients: &[],
        administrator: false,
    },
    SeededUser {
        name: "alma",
        password: "alma-demo-password",
        display_name: "Alma Sample",
        role: Role::Patient,
        fhir_user: "Patient/alma",
        patients: &["bruno"],
        administrator: false,
    },
    SeededUser {
        name: "clara",
        password: "clara-demo-password",
        display_name: "Clara Demo",
        role: Role::Clinician,
        fhir_user: "Practitioner/clara",
        patients: &[],
        administrator: false,
    },
    SeededUser {
        name: "dario",
        password: "dario-demo-password",
        display_name: "Dario Mockup",
        role: Role::Clinician,
        fhir_user: "Practitioner/dario",
        patients: &[],
        administrator: true,
    },
];

/// What the sign-in page of a sandbox says of them.
pub fn test_accounts() -> String {
    let about = |user: &SeededUser| match (user.role, user.patients.is_empty()) {
        (Role::Clinician, _) if user.administrator => "a clinician who also administers this server",
        (Role::Clinician, _) => "a clinician",
        (Role::System, _) => "an account of a service",
        (Role::Patient, true) => "a patient",
        (Role::Patient, false) => "a patient who also looks after others",
    };
    let shown = |user: &SeededUser| {
        let id = user.fhir_user.strip_prefix("Patient/").unwrap_or_default();
        let visits = fhir::visits().filter(|visit| visit.patient == id).count();
        json!({
            "name": user.name, "about": about(user), "password": user.password,
            "display_name": user.display_name, "fhir_user": user.fhir_user,
            "born": fhir::demographics().find(|person| person.id == id).map(|person| person.birth_date),
            "holds": (visits > 0).then(|| format!("{visits} visits with results and conditions")),
        })
    };
    Value::from(USERS.iter().map(shown).collect::<Vec<_>>()).to_string()
}

/// Writes them.
pub(super) async fn plant(tables: &Tables) -> Result<Vec<SeededUser>, StartError> {
    for user in &USERS {
        let hash = smart::password::hash(user.password);
        let stored = User {
            name: user.name.to_owned(),
            subject: format!("demo-{}", user.name),
            display_name: user.display_name.to_owned(),
            password_hash: hash.ok_or_else(|| StartError::Seed("a password cannot be hashed".to_owned()))?,
            role: user.role,
            fhir_user: Some(user.fhir_user.to_owned()),
            patients: user.patients.iter().map(|id| (*id).to_owned()).collect(),
            scope: ScopeSet::default(),
            administrator: user.administrator,
            disabled: false,
            sessions_from: UnixSeconds(0),
            created_at: UnixSeconds(0),
            version: 1,
            unknown: UnknownFields::NONE,
        };
        tables.put_user(&stored).await?;
    }
    Ok(USERS.to_vec())
}
