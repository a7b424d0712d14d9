//! Who somebody is at the provider, and which user that is here.

use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;

use crate::random;
use crate::unknown_fields::UnknownFields;
use crate::user::{Role, User};

/// What begins the name of everybody who signs in upstream. No local account can have such a name.
pub const NAME_PREFIX: &str = "upstream:";

/// Somebody of whom the provider said, and proved, who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Who says so.
    pub issuer: String,
    /// What the provider calls them: never given to somebody else there.
    pub subject: String,
    /// What they are called on pages.
    pub display_name: String,
    /// Their FHIR resource, relative: `Patient/123`.
    pub fhir_user: Option<String>,
    /// What they may see at most.
    pub role: Role,
    /// When they signed in there, if the provider says.
    pub auth_time: Option<UnixSeconds>,
}

impl Identity {
    /// The name of their user here. The length of the issuer stands before it, so that no other issuer and subject run
    /// together into the same text.
    pub fn user_name(&self) -> String {
        let framed = format!("{}:{}{}", self.issuer.len(), self.issuer, self.subject);
        format!("{NAME_PREFIX}{}", random::sha256(framed.as_bytes()))
    }
}

impl User {
    /// The user of an identity, as the provider describes them now. What only we know of somebody who was here before
    /// stays: their subject, whether they are disabled, which sessions are over, whom they look after. They have no
    /// password, and none is right for them.
    pub fn of_identity(identity: Identity, existing: Option<Self>) -> Self {
        let name = identity.user_name();
        let Identity { display_name, fhir_user, role, auth_time, .. } = identity;
        let kept = existing.filter(|user| user.name == name).unwrap_or_else(|| Self {
            name,
            subject: random::text::<16>(),
            display_name: String::new(),
            password_hash: String::new(),
            role,
            fhir_user: None,
            patients: Vec::new(),
            scope: ScopeSet::default(),
            administrator: false,
            disabled: false,
            sessions_from: UnixSeconds(0),
            created_at: auth_time.unwrap_or_default(),
            version: 1,
            unknown: UnknownFields::NONE,
        });
        Self { display_name, fhir_user, role, password_hash: String::new(), ..kept }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(issuer: &str, subject: &str) -> Identity {
        Identity {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            display_name: "Ann Sample".to_owned(),
            fhir_user: Some("Patient/ann".to_owned()),
            role: Role::Patient,
            auth_time: None,
        }
    }

    #[test]
    fn two_people_never_share_a_name_and_one_keeps_theirs() {
        let names = [
            ("https://op.example.org", "1"),
            ("https://op.example.org/", "1"),
            ("https://op.example.org", "/1"),
            ("https://op.example.org1", ""),
            ("https://op.example.or", "g1"),
        ]
        .map(|(issuer, subject)| identity(issuer, subject).user_name());
        let different: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(different.len(), names.len());
        assert!(names.iter().all(|name| name.len() == NAME_PREFIX.len() + 43));
        assert_eq!(names[0], identity("https://op.example.org", "1").user_name());
    }

    #[test]
    fn a_new_person_gets_a_subject_that_nobody_had() {
        let one = User::of_identity(identity("https://op.example.org", "1"), None);
        let two = User::of_identity(identity("https://op.example.org", "2"), None);
        assert_ne!(one.subject, two.subject);
        assert_eq!(one.password_hash, "");
        assert!(!one.disabled);
    }

    #[test]
    fn what_only_we_know_of_somebody_stays() {
        let ann = identity("https://op.example.org", "1");
        let before = User {
            disabled: true,
            sessions_from: UnixSeconds(7),
            patients: vec!["bo".to_owned()],
            password_hash: "left over".to_owned(),
            ..User::of_identity(ann.clone(), None)
        };
        let married =
            Identity { display_name: "Ann Wed".to_owned(), fhir_user: None, role: Role::Clinician, ..ann };
        let after = User::of_identity(married, Some(before.clone()));
        let kept = User {
            display_name: "Ann Wed".to_owned(),
            fhir_user: None,
            role: Role::Clinician,
            password_hash: String::new(),
            ..before.clone()
        };
        assert_eq!(after, kept);
        let somebody_else = identity("https://op.example.org", "2");
        assert_ne!(User::of_identity(somebody_else, Some(before.clone())).subject, before.subject);
    }
}
