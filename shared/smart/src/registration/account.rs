//! Accounts of this service, as administrators make and change them. Passwords come by a link of their own, never here.

use serde_json::{Map, Value, json};
use smart_verify::scope::{Scope, ScopeSet};
use smart_verify::time::UnixSeconds;

use crate::client::FieldError;
use crate::error::ErrorCode;
use crate::random;
use crate::unknown_fields::UnknownFields;
use crate::upstream::NAME_PREFIX;
use crate::user::{Role, User};

/// What may be said of an account.
const KNOWN: [&str; 8] =
    ["name", "display_name", "role", "fhirUser", "patients", "scope", "administrator", "disabled"];

/// Ours to say: whoever reads an account and sends it back need not take these out.
const READ_ONLY: [&str; 4] = ["sub", "created_at", "has_password", "version"];

/// The kinds of resource that can be a person.
///
/// Source: SMART App Launch 2.2, scopes-and-launch-context#scopes-for-requesting-identity-data.
const PEOPLE: [&str; 5] = ["Patient", "Practitioner", "PractitionerRole", "RelatedPerson", "Person"];

/// How many patients somebody can look after.
const MAX_PATIENTS: usize = 50;

/// Why an account is not made or changed: every member that is no good.
pub type AccountRefused = Vec<FieldError>;

/// What an administrator says of an account, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountChange {
    display_name: String,
    role: Role,
    fhir_user: Option<String>,
    patients: Vec<String>,
    scope: ScopeSet,
    administrator: bool,
    disabled: bool,
}

/// A new account, checked: no account has the name of somebody who signs in upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    name: String,
    rest: AccountChange,
}

impl NewAccount {
    /// Checks what somebody wants to make.
    ///
    /// # Errors
    /// Every member that is no good.
    pub fn check(json: &Map<String, Value>) -> Result<Self, AccountRefused> {
        let mut reader = Reader { json, errors: Vec::new() };
        let name = reader.name();
        let rest = reader.rest();
        if reader.errors.is_empty() { Ok(Self { name, rest }) } else { Err(reader.errors) }
    }

    /// The account: nobody can sign in to it until a password is set.
    pub fn into_user(self, now: UnixSeconds) -> User {
        let rest = self.rest;
        User {
            name: self.name,
            subject: random::text::<16>(),
            display_name: rest.display_name,
            password_hash: String::new(),
            role: rest.role,
            fhir_user: rest.fhir_user,
            patients: rest.patients,
            scope: rest.scope,
            administrator: rest.administrator,
            disabled: rest.disabled,
            sessions_from: UnixSeconds(0),
            created_at: now,
            version: 1,
            unknown: UnknownFields::NONE,
        }
    }
}

impl AccountChange {
    /// Checks all that is to be true of an account; its name stays what it is.
    ///
    /// # Errors
    /// Every member that is no good.
    pub fn check(json: &Map<String, Value>, name: &str) -> Result<Self, AccountRefused> {
        let mut reader = Reader { json, errors: Vec::new() };
        if reader.get("name").is_some_and(|said| said.as_str() != Some(name)) {
            reader.fault("/name", "an account keeps its name; make another one.");
        }
        let change = reader.rest();
        if reader.errors.is_empty() { Ok(change) } else { Err(reader.errors) }
    }

    /// The account as its next version. Whoever is disabled, or becomes somebody else to the FHIR server, is signed out
    /// everywhere.
    pub fn apply(self, before: &User, now: UnixSeconds) -> User {
        let is_another = (before.role, &before.fhir_user) != (self.role, &self.fhir_user);
        let ends = is_another || (self.disabled && !before.disabled);
        User {
            display_name: self.display_name,
            role: self.role,
            fhir_user: self.fhir_user,
            patients: self.patients,
            scope: self.scope,
            administrator: self.administrator,
            disabled: self.disabled,
            sessions_from: if ends { now } else { before.sessions_from },
            version: before.version + 1,
            ..before.clone()
        }
    }
}

impl User {
    /// The account, disabled or enabled. Disabling ends every session; enabling brings none back.
    #[must_use]
    pub fn with_disabled(&self, disabled: bool, now: UnixSeconds) -> Self {
        let sessions_from = if disabled { now } else { self.sessions_from };
        Self { disabled, sessions_from, version: self.version + 1, ..self.clone() }
    }

    /// The account as administrators see it: of its password whether there is one.
    pub fn shown(&self) -> Value {
        json!({
            "name": self.name,
            "sub": self.subject,
            "display_name": self.display_name,
            "role": self.role,
            "fhirUser": self.fhir_user,
            "patients": self.patients,
            "scope": Some(&self.scope).filter(|scope| !scope.is_empty()),
            "administrator": self.administrator,
            "disabled": self.disabled,
            "has_password": !self.password_hash.is_empty(),
        })
    }
}

struct Reader<'a> {
    json: &'a Map<String, Value>,
    errors: Vec<FieldError>,
}

impl<'a> Reader<'a> {
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.json.get(name).filter(|value| !value.is_null())
    }

    fn fault(&mut self, pointer: &str, message: &str) {
        let (pointer, message) = (pointer.to_owned(), message.to_owned());
        self.errors.push(FieldError { pointer, message, code: ErrorCode::InvalidRequest });
    }

    fn name(&mut self) -> String {
        let name = self.get("name").and_then(Value::as_str).unwrap_or_default();
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._@-".contains(&byte);
        if name.starts_with(NAME_PREFIX) {
            self.fault(
                "/name",
                "names of people who sign in at the upstream provider are made by signing in.",
            );
        } else if !(1..=64).contains(&name.len()) || !name.bytes().all(fits) {
            self.fault("/name", "must be 1 to 64 of the characters a-z 0-9 . _ @ -");
        }
        name.to_owned()
    }

    fn rest(&mut self) -> AccountChange {
        self.refuse_unknown();
        let role = self.role();
        AccountChange {
            display_name: self.display_name(),
            fhir_user: self.fhir_user(),
            patients: self.patients(role),
            scope: self.scope(role),
            administrator: self.administrator(role),
            disabled: self.flag("disabled"),
            role,
        }
    }

    /// What the services may have that act as a system account.
    fn scope(&mut self, role: Role) -> ScopeSet {
        let said = self.get("scope").map(|said| said.as_str().map(ScopeSet::parse));
        let is_system = role == Role::System;
        match said {
            Some(Some(scope))
                if is_system && scope.unknown().is_empty() && scope.iter().all(Scope::is_of_a_backend) =>
            {
                scope
            }
            None if !is_system => ScopeSet::default(),
            _ => {
                let message =
                    "is for system accounts, which need it: system/ scopes and those of our own APIs.";
                self.fault("/scope", message);
                ScopeSet::default()
            }
        }
    }

    fn administrator(&mut self, role: Role) -> bool {
        let administrator = self.flag("administrator");
        if administrator && role == Role::System {
            self.fault("/administrator", "is for people; a system account never signs in.");
        }
        administrator
    }

    fn refuse_unknown(&mut self) {
        let is_known = |name: &str| KNOWN.contains(&name) || READ_ONLY.contains(&name);
        let unknown: Vec<&String> = self.json.keys().filter(|name| !is_known(name)).take(10).collect();
        for name in unknown {
            let shown: String = name.chars().filter(char::is_ascii_graphic).take(60).collect();
            self.fault(&format!("/{shown}"), "is not a member that is known here.");
        }
    }

    fn display_name(&mut self) -> String {
        let name = self.get("display_name").and_then(Value::as_str).unwrap_or_default().trim();
        let deceives = name.chars().any(crate::client::is_deceiving);
        if name.is_empty() || name.chars().count() > 100 || deceives {
            self.fault("/display_name", "must be 1 to 100 characters, without control or direction marks.");
        }
        name.to_owned()
    }

    fn role(&mut self) -> Role {
        let named = self.get("role").cloned().and_then(|role| serde_json::from_value(role).ok());
        named.unwrap_or_else(|| {
            self.fault("/role", "must be patient, clinician or system.");
            Role::Patient
        })
    }

    fn fhir_user(&mut self) -> Option<String> {
        let said = self.get("fhirUser")?;
        let reference = said.as_str().unwrap_or_default();
        let is_person =
            reference.split_once('/').is_some_and(|(kind, id)| PEOPLE.contains(&kind) && is_fhir_id(id));
        if !is_person {
            let message = "must be a relative reference to a person, such as Practitioner/123.";
            self.fault("/fhirUser", message);
        }
        Some(reference.to_owned())
    }

    fn patients(&mut self, role: Role) -> Vec<String> {
        let Some(said) = self.get("patients") else {
            return Vec::new();
        };
        let ids: Option<Vec<String>> = serde_json::from_value(said.clone()).ok();
        let ids = ids.filter(|ids| ids.len() <= MAX_PATIENTS && ids.iter().all(|id| is_fhir_id(id)));
        let Some(ids) = ids else {
            self.fault(
                "/patients",
                "must be a list of at most 50 ids of patients, without Patient/ before them.",
            );
            return Vec::new();
        };
        if role != Role::Patient && !ids.is_empty() {
            self.fault("/patients", "is for patients alone; the FHIR server knows whom a clinician may see.");
        }
        ids
    }

    fn flag(&mut self, name: &str) -> bool {
        match self.get(name) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.fault(&format!("/{name}"), "must be true or false.");
                false
            }
        }
    }
}

/// Source: FHIR R4, datatypes#id.
fn is_fhir_id(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    (1..=64).contains(&id.len()) && id.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Value {
        json!({
            "name": "ann", "display_name": "Ann Sample", "role": "patient", "fhirUser": "Patient/ann",
            "patients": ["ben"],
        })
    }

    fn pointers(member: &str, value: Value) -> Vec<String> {
        let mut json = account();
        json[member] = value;
        let errors = NewAccount::check(json.as_object().unwrap()).err().unwrap_or_default();
        errors.into_iter().map(|error| error.pointer).collect()
    }

    #[test]
    fn every_bad_member_of_an_account_is_named() {
        assert!(pointers("name", json!("ann")).is_empty());
        for bad in ["", "Ann", "a b", "upstream:abc", "a/b", "a:b"] {
            assert_eq!(pointers("name", json!(bad)), ["/name"], "{bad}");
        }
        assert_eq!(pointers("role", json!("king")), ["/role"]);
        assert_eq!(pointers("fhirUser", json!("https://fhir.example.org/Patient/1")), ["/fhirUser"]);
        assert_eq!(pointers("fhirUser", json!("Device/1")), ["/fhirUser"]);
        assert_eq!(pointers("patients", json!(["Patient/1"])), ["/patients"]);
        assert_eq!(pointers("role", json!("clinician")), ["/patients"]);
        assert_eq!(pointers("display_name", json!("a\u{202E}b")), ["/display_name"]);
        assert_eq!(pointers("administrator", json!("yes")), ["/administrator"]);
        assert_eq!(pointers("password", json!("secret")), ["/password"]);
        assert!(pointers("sub", json!("mine")).is_empty(), "g10");
    }

    #[test]
    fn who_is_disabled_or_becomes_somebody_else_is_signed_out() {
        let user = NewAccount::check(account().as_object().unwrap()).unwrap().into_user(UnixSeconds(1));
        let now = UnixSeconds(500);
        let after = |member: &str, value: Value| {
            let mut json = user.shown();
            json[member] = value;
            AccountChange::check(json.as_object().unwrap(), "ann").unwrap().apply(&user, now)
        };
        assert_eq!(after("disabled", json!(true)).sessions_from, now);
        assert_eq!(after("fhirUser", json!("Patient/zoe")).sessions_from, now);
        let renamed = after("display_name", json!("Ann S."));
        assert_eq!((renamed.sessions_from, renamed.version), (UnixSeconds(0), 2));
        assert_eq!(renamed.subject, user.subject);
    }
}
