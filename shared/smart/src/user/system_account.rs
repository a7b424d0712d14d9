//! System accounts: as whom a backend service acts, where an admin has set one up for it.

use std::sync::Arc;

use smart_verify::scope::ScopeSet;

use crate::error::{ErrorCode, OAuthError};
use crate::user::{Role, User, backend_ceiling};

/// An account as which a backend service may act. Only [`SystemAccount::of`] makes one, so that a token which names an
/// account was not given for one that is disabled, or for a person.
#[derive(Clone, Debug)]
pub struct SystemAccount(Arc<User>);

impl SystemAccount {
    /// The account, as it was read by the name that is registered with the client.
    ///
    /// Source: SMART App Launch 2.2, backend-services#scopes (access is pre-authorised, out of band).
    ///
    /// # Errors
    /// `unauthorized_client` for an account that is not there, is disabled, or is that of a person: one sentence, and the
    /// log knows which.
    pub fn of(user: Option<Arc<User>>) -> Result<Self, OAuthError> {
        let user = user.ok_or_else(|| may_not_act("no such account"))?;
        if user.role != Role::System {
            return Err(may_not_act("the account is that of a person"));
        }
        if user.disabled {
            return Err(may_not_act("the account is disabled"));
        }
        Ok(Self(user))
    }

    /// What tokens call it.
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// Its FHIR resource as an absolute URL, if it has one.
    pub fn fhir_user_url(&self, fhir_base_url: &str) -> Option<String> {
        self.0.fhir_user_url(fhir_base_url)
    }

    /// The most that a token of it can say: what it is pre-authorised for, and nothing that only people have.
    pub fn ceiling(&self) -> ScopeSet {
        self.0.scope.intersect(&backend_ceiling())
    }
}

fn may_not_act(cause: &'static str) -> OAuthError {
    let sentence = "the system account of this client is not there, or is disabled; ask the administrator.";
    ErrorCode::UnauthorizedClient.because("system_account", sentence).logging(cause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unknown_fields::UnknownFields;
    use smart_verify::time::UnixSeconds;

    fn account(scope: &str) -> User {
        User {
            name: "reports".to_owned(),
            subject: "sub-reports".to_owned(),
            display_name: "Reports".to_owned(),
            password_hash: String::new(),
            role: Role::System,
            fhir_user: None,
            patients: Vec::new(),
            scope: ScopeSet::parse(scope),
            administrator: false,
            disabled: false,
            sessions_from: UnixSeconds(0),
            created_at: UnixSeconds(0),
            version: 1,
            unknown: UnknownFields::NONE,
        }
    }

    #[test]
    fn what_is_disabled_gone_or_a_person_acts_for_nobody_and_sounds_alike() {
        let person = User { role: Role::Clinician, ..account("system/*.rs") };
        let disabled = User { disabled: true, ..account("system/*.rs") };
        let refusals = [None, Some(person), Some(disabled)]
            .map(|user| SystemAccount::of(user.map(Arc::new)).unwrap_err());
        for refusal in &refusals {
            assert_eq!(refusal.code(), ErrorCode::UnauthorizedClient);
            assert_eq!(refusal.sentence(), refusals[0].sentence());
        }
        let causes = refusals.map(|refusal| refusal.cause().unwrap().to_string());
        assert_eq!(causes, ["no such account", "the account is that of a person", "the account is disabled"]);
    }

    #[test]
    fn a_ceiling_holds_nothing_that_is_for_people() {
        let wide =
            SystemAccount::of(Some(Arc::new(account("system/Patient.rs user/*.cruds openid")))).unwrap();
        assert_eq!(wide.ceiling().to_string(), "system/Patient.rs");
    }

    #[test]
    fn a_system_account_never_signs_in() {
        assert!(!account("system/*.rs").may_sign_in());
        assert!(!account("system/*.rs").is_still("sub-reports"));
    }
}
