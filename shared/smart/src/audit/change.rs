//! What a change has changed: of a client in words that can be read, of a user in none.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{AuditHasher, scope_names};
use crate::client::{Client, StoredSecret};
use crate::user::User;

/// What has changed. There are two kinds, and each has its own constructor: [`Change::of_client`] shows what a client was
/// and is, [`Change::of_user`] shows nothing of a person. Both name the members that differ, by the names that the API
/// gives them.
#[derive(Clone, Debug)]
pub struct Change {
    members: Vec<String>,
    before: Option<String>,
    after: Option<String>,
}

impl Change {
    /// The change of a client from one state to the other: from none when it was registered, to none when it was deleted.
    ///
    /// Before and after are JSON, and say what is registered, except: `contacts`, which are people, are left out; `owner` is
    /// the keyed hash of a person; a scope ends before its `?`, as in [`super::Record::scope`]; of a key stand `kid` and
    /// thumbprint; of a secret its id and its moments, nothing of the secret and not its hash. A member that differs only in
    /// what is left out stands among [`Change::members`] all the same.
    pub fn of_client(before: Option<&Client>, after: Option<&Client>, hasher: &AuditHasher) -> Self {
        let told = |client| told_of_client(client, hasher).to_string();
        Self {
            members: differing(before.map(registered).as_ref(), after.map(registered).as_ref()),
            before: before.map(told),
            after: after.map(told),
        }
    }

    /// The change of a user, likewise.
    ///
    /// Before and after are keyed hashes of all that administrators see of an account: who has the record can prove that it
    /// is the one, and nobody can read it out of the log.
    pub fn of_user(before: Option<&User>, after: Option<&User>, hasher: &AuditHasher) -> Self {
        let hashed = |user: &User| hasher.state(&user.shown().to_string()).as_str().to_owned();
        Self {
            members: differing(before.map(account).as_ref(), after.map(account).as_ref()),
            before: before.map(hashed),
            after: after.map(hashed),
        }
    }

    /// The names of the members that differ; none when it was made or deleted, since all of it has changed then.
    pub fn members(&self) -> &[String] {
        &self.members
    }

    /// What it was.
    pub fn before(&self) -> Option<&str> {
        self.before.as_deref()
    }

    /// What it is.
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }
}

/// All of a client that can change, its people and scopes as they are: to be compared, not told.
fn registered(client: &Client) -> Value {
    let mut all = json!(client.metadata);
    all["owner"] = json!(client.owner);
    all["checked"] = json!(client.checked);
    all["status"] = json!(client.status());
    all["secrets"] = client.secrets.iter().map(told_of_secret).collect();
    all
}

/// What a line says of a client.
fn told_of_client(client: &Client, hasher: &AuditHasher) -> Value {
    let mut told = registered(client);
    if let Some(members) = told.as_object_mut() {
        members.remove("contacts");
    }
    told["owner"] =
        client.owner.as_ref().map(|owner| json!(hasher.person(owner).as_str())).unwrap_or_default();
    told["scope"] = json!(scope_names(&client.metadata.scope).join(" "));
    if let Some(keys) = &client.metadata.jwks {
        told["jwks"] = keys.named().map(|(kid, thumbprint)| json!([kid, thumbprint])).collect();
    }
    told
}

fn told_of_secret(secret: &StoredSecret) -> Value {
    json!({ "id": secret.id(), "created_at": secret.created_at, "expires_at": secret.expires_at })
}

/// All of an account that can change: to be compared, not told.
fn account(user: &User) -> Value {
    let mut all = user.shown();
    if let Some(members) = all.as_object_mut() {
        members.remove("has_password");
    }
    all["password"] = json!(user.password_hash);
    all["sessions_from"] = json!(user.sessions_from);
    all
}

fn differing(before: Option<&Value>, after: Option<&Value>) -> Vec<String> {
    let members = |state: Option<&Value>| state.and_then(Value::as_object).cloned();
    let (Some(before), Some(after)) = (members(before), members(after)) else {
        return Vec::new();
    };
    let value = |state: &Map<String, Value>, name: &str| state.get(name).cloned().unwrap_or_default();
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differ = names.into_iter().filter(|name| value(&before, name) != value(&after, name));
    differ.cloned().collect()
}

#[cfg(test)]
mod tests;
