//! The decision record: one line of the log for each decision that this service takes.
//!
//! A record says what was decided, about which client and grant, by whom, and why, in words from closed lists. People,
//! patients and addresses stand in it as keyed hashes. One member alone holds what somebody wrote: the [`Change`] of a
//! client says what is registered before and after, without people, secrets and the queries of scopes. So no token, code,
//! secret, person's name or query of a scope can get in.

mod answer;
mod change;
mod event;
mod hasher;

use smart_verify::scope::ScopeSet;

use crate::client::{Client, ClientId};
use crate::grant::Grant;
use crate::ids::GrantKey;
use crate::registration::Entry;
use crate::user::User;

pub use answer::{Audited, AuditedResult, Refusal, about};
pub use change::Change;
pub use event::{AuditOutcome, Event};
pub use hasher::{AuditHasher, KeyedHash};

/// One decision.
#[derive(Clone, Debug)]
pub struct Record {
    event: Event,
    reason: Option<&'static str>,
    error: Option<&'static str>,
    client_id: Option<ClientId>,
    by: Option<ClientId>,
    by_person: Option<KeyedHash>,
    by_address: Option<KeyedHash>,
    register_token: Option<String>,
    grant: Option<GrantKey>,
    person: Option<KeyedHash>,
    account: Option<KeyedHash>,
    patient: Option<KeyedHash>,
    scope: Vec<String>,
    change: Option<Change>,
}

/// What a record holds, as the texts that are written.
#[derive(Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is told where it is put in")]
pub struct Parts<'a> {
    pub event: &'static str,
    pub outcome: &'static str,
    pub reason: Option<&'static str>,
    pub error: Option<&'static str>,
    pub client_id: Option<&'a str>,
    pub by: Option<&'a str>,
    pub by_person: Option<&'a str>,
    pub by_address: Option<&'a str>,
    pub register_token: Option<&'a str>,
    pub grant: Option<&'a str>,
    pub person: Option<&'a str>,
    pub account: Option<&'a str>,
    pub patient: Option<&'a str>,
    pub scope: Option<String>,
    pub changed: Option<String>,
    pub before: Option<&'a str>,
    pub after: Option<&'a str>,
}

impl Record {
    /// That something was decided.
    pub const fn of(event: Event) -> Self {
        Self {
            event,
            reason: None,
            error: None,
            client_id: None,
            by: None,
            by_person: None,
            by_address: None,
            register_token: None,
            grant: None,
            person: None,
            account: None,
            patient: None,
            scope: Vec::new(),
            change: None,
        }
    }

    /// That a request was refused, for this reason and with this error code.
    pub fn refused(reason: &'static str, error: &'static str, client_id: Option<ClientId>) -> Self {
        Self { reason: Some(reason), error: Some(error), client_id, ..Self::of(Event::Refused) }
    }

    /// Why, by the stable name of the reason.
    #[must_use]
    pub fn for_reason(self, reason: &'static str) -> Self {
        Self { reason: Some(reason), ..self }
    }

    /// The client that it is about, as it is registered: never the text of a request.
    #[must_use]
    pub fn client(self, client_id: &ClientId) -> Self {
        Self { client_id: Some(client_id.clone()), ..self }
    }

    /// The client that wanted it, where that is another than it is about.
    #[must_use]
    pub fn by(self, client_id: &ClientId) -> Self {
        Self { by: Some(client_id.clone()), ..self }
    }

    /// The person who wanted it, by the hash of their subject, where it is about a client or about somebody else.
    #[must_use]
    pub fn by_person(self, person: KeyedHash) -> Self {
        Self { by_person: Some(person), ..self }
    }

    /// Where it came from, by the hash of that part of the network, where nobody who wanted it is known.
    #[must_use]
    pub fn by_address(self, address: KeyedHash) -> Self {
        Self { by_address: Some(address), ..self }
    }

    /// The initial access token, by its key in the table, which is its id in the API.
    #[must_use]
    pub fn register_token(self, entry: &Entry) -> Self {
        Self { register_token: Some(entry.key.clone()), ..self }
    }

    /// The grant, by its key in the table.
    #[must_use]
    pub fn grant(self, key: &GrantKey) -> Self {
        Self { grant: Some(key.clone()), ..self }
    }

    /// The person that it is about, by the hash of their subject.
    #[must_use]
    pub fn person(self, person: KeyedHash) -> Self {
        Self { person: Some(person), ..self }
    }

    /// The name that somebody gave, by its hash: what tells tries of one name from tries of several.
    #[must_use]
    pub fn account(self, account: KeyedHash) -> Self {
        Self { account: Some(account), ..self }
    }

    /// The patient in context, by the hash of their id.
    #[must_use]
    pub fn patient(self, patient: Option<KeyedHash>) -> Self {
        Self { patient, ..self }
    }

    /// What is allowed: the names of the scopes. What stands behind the `?` of a granular one is left out, since it may
    /// say what somebody suffers from.
    #[must_use]
    pub fn scope(self, scope: &ScopeSet) -> Self {
        Self { scope: scope_names(scope), ..self }
    }

    /// What has changed.
    #[must_use]
    pub fn change(self, change: Change) -> Self {
        Self { change: Some(change), ..self }
    }

    /// Whether somebody should look at it: a token that was stolen, or a name that is being guessed at.
    pub fn is_suspicious(&self) -> bool {
        let replayed = self.reason.is_some_and(|reason| reason.ends_with("_replayed"));
        replayed || self.event == Event::SignInLockedOut
    }

    /// Its parts as they are written.
    pub fn parts(&self) -> Parts<'_> {
        let joined = |words: Vec<&str>| (!words.is_empty()).then(|| words.join(" "));
        let change = self.change.as_ref();
        Parts {
            event: self.event.name(),
            outcome: self.event.outcome().name(),
            reason: self.reason,
            error: self.error,
            client_id: self.client_id.as_ref().map(ClientId::as_str),
            by: self.by.as_ref().map(ClientId::as_str),
            by_person: self.by_person.as_ref().map(KeyedHash::as_str),
            by_address: self.by_address.as_ref().map(KeyedHash::as_str),
            register_token: self.register_token.as_deref(),
            grant: self.grant.as_ref().map(|GrantKey(key)| key.as_str()),
            person: self.person.as_ref().map(KeyedHash::as_str),
            account: self.account.as_ref().map(KeyedHash::as_str),
            patient: self.patient.as_ref().map(KeyedHash::as_str),
            scope: joined(self.scope.iter().map(String::as_str).collect()),
            changed: change.and_then(|change| joined(change.members().iter().map(String::as_str).collect())),
            before: change.and_then(Change::before),
            after: change.and_then(Change::after),
        }
    }
}

/// The names of scopes, each once, without what stands behind a `?`.
fn scope_names(scope: &ScopeSet) -> Vec<String> {
    let mut names = Vec::new();
    for scope in scope.iter() {
        let mut name = scope.to_string();
        name.truncate(name.find('?').unwrap_or(name.len()));
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

impl AuditHasher {
    /// A record of the change of a client: from nothing when it was registered, to nothing when it was deleted.
    pub fn of_client(&self, event: Event, before: Option<&Client>, after: Option<&Client>) -> Record {
        let record = Record::of(event).change(Change::of_client(before, after, self));
        match after.or(before) {
            Some(client) => record.client(&client.client_id),
            None => record,
        }
    }

    /// A record of the change of a user, likewise.
    pub fn of_user(&self, event: Event, before: Option<&User>, after: Option<&User>) -> Record {
        let record = Record::of(event).change(Change::of_user(before, after, self));
        match after.or(before) {
            Some(user) => record.person(self.person(&user.subject)).account(self.account(&user.name)),
            None => record,
        }
    }

    /// A record about a grant: its client, person, patient and scopes.
    pub fn of_grant(&self, event: Event, grant: &Grant) -> Record {
        Record::of(event)
            .client(&grant.client_id)
            .grant(&grant.key)
            .person(self.person(&grant.person.subject))
            .patient(grant.context.patient.as_deref().map(|id| self.patient(id)))
            .scope(grant.scope.set())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l01_of_a_granular_scope_only_its_name_is_told() {
        let category = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
        let text = format!(
            "launch/patient patient/Observation.rs?category={category} patient/Observation.rs?code=x openid"
        );
        let record = Record::of(Event::TokenByCode).scope(&ScopeSet::parse(&text));
        assert_eq!(record.parts().scope.as_deref(), Some("launch/patient patient/Observation.rs openid"));
        assert!(!format!("{record:?}").contains("laboratory"), "{record:?}");
        let uri = "http://smarthealthit.org/fhir/scopes/patient/Observation.rs?code=secret";
        let record = Record::of(Event::TokenByCode).scope(&ScopeSet::parse(uri));
        assert!(!format!("{record:?}").contains("secret"), "{record:?}");
    }

    #[test]
    fn c04_r06_a_replay_and_a_lockout_are_suspicious_and_the_rest_is_not() {
        let of = |reason| Record::of(Event::GrantRevoked).for_reason(reason).is_suspicious();
        assert!(of("code_replayed") && of("refresh_token_replayed"));
        assert!(!of("by_person") && !of("by_client"));
        assert!(Record::of(Event::SignInLockedOut).is_suspicious());
        assert!(!Record::of(Event::SignInFailed).is_suspicious());
    }
}
