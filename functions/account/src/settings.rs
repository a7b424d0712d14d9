//! The settings of the account home.

use std::time::Duration;

use aws::StartError;
use aws::config::Reader;
use aws::own_endpoints::OwnEndpoints;
use pages::account::TestPerson;
use pages::layout::Site;
use smart::service::Service;
use smart::user::Ceilings;
use web::browser::cookies::CookiePolicy;

use super::AccountHome;

/// What the environment says.
pub(crate) struct AccountSettings {
    organisation: String,
    sandbox: bool,
    looks: [String; 3],
    idle_limit: Duration,
    session_lifetime: Duration,
    local_accounts: bool,
    sandbox_fhir_user: Option<String>,
    people: String,
    ceilings: Ceilings,
}

impl AccountSettings {
    pub(crate) fn read(settings: &mut Reader<'_>) -> Self {
        let looks = ["CONTACT", "ACCENT_COLOUR", "LOGO_SVG"];
        Self {
            organisation: settings.required("ORGANISATION"),
            sandbox: settings.flag("SANDBOX"),
            looks: looks.map(|name| settings.optional(name).unwrap_or_default().to_owned()),
            idle_limit: settings.minutes("SESSION_IDLE_MINUTES"),
            session_lifetime: settings.minutes("SESSION_MINUTES"),
            local_accounts: settings.flag("LOCAL_ACCOUNTS"),
            sandbox_fhir_user: settings.optional("SANDBOX_FHIR_USER").map(str::to_owned),
            people: settings.optional("TEST_ACCOUNTS").unwrap_or("[]").to_owned(),
            ceilings: Ceilings {
                patient: settings.scopes_of_people("PATIENT_SCOPES"),
                clinician: settings.scopes_of_people("CLINICIAN_SCOPES"),
            },
        }
    }

    /// # Errors
    /// When a setting is no good.
    pub(crate) fn home(self, service: &Service) -> Result<AccountHome, StartError> {
        let other = |error: &dyn std::error::Error| StartError::Other(error.to_string());
        let [contact, accent, logo] = &self.looks;
        let site = Site::new(self.organisation, self.sandbox, service.issuer());
        let cookies = CookiePolicy::for_issuer(service.issuer()).map_err(|error| other(&error))?;
        let people: Result<Vec<TestPerson>, _> = serde_json::from_str(&self.people);
        Ok(AccountHome {
            site: site.with_settings(contact, accent, logo).map_err(|error| other(&error))?,
            cookies: cookies.idling(self.idle_limit),
            session_lifetime: self.session_lifetime,
            local_accounts: self.local_accounts,
            sandbox_fhir_user: self.sandbox_fhir_user,
            people: people.map_err(|error| other(&error))?,
            ceilings: self.ceilings,
            endpoints: OwnEndpoints::new(service),
        })
    }
}
