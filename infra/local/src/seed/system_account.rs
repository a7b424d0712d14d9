//! The account as which one of the demo backend services acts. Nobody signs in as it: it has no password.

use aws::dynamodb::Tables;
use smart::unknown_fields::UnknownFields;
use smart::user::{Role, User};
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;

use crate::start::StartError;

/// Its name.
pub const SYSTEM_ACCOUNT: &str = "demo-reports";

/// Writes it.
pub(super) async fn plant(tables: &Tables) -> Result<(), StartError> {
    let account = User {
        name: SYSTEM_ACCOUNT.to_owned(),
        subject: format!("{SYSTEM_ACCOUNT}-account"),
        display_name: "Demo reports".to_owned(),
        password_hash: String::new(),
        role: Role::System,
        fhir_user: Some(format!("Device/{SYSTEM_ACCOUNT}")),
        patients: Vec::new(),
        scope: ScopeSet::parse("system/Patient.rs system/Observation.rs"),
        administrator: false,
        disabled: false,
        sessions_from: UnixSeconds(0),
        created_at: UnixSeconds(0),
        version: 1,
        unknown: UnknownFields::NONE,
    };
    Ok(tables.put_user(&account).await?)
}
