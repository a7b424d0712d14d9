//! What a change has changed, without saying what it was or is.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{AuditHasher, KeyedHash};

/// Every member of a client or a user that can change. One that is not named here is `other`.
const FIELDS: &[&str] = &[
    "administrator",
    "client_name",
    "client_uri",
    "contacts",
    "disabled",
    "display_name",
    "embedding_origins",
    "fhir_user",
    "grant_types",
    "initiate_login_uri",
    "jwks",
    "jwks_uri",
    "launch_url",
    "logo_uri",
    "name",
    "owner",
    "password",
    "patients",
    "policy_uri",
    "redirect_uris",
    "response_types",
    "role",
    "scope",
    "secrets",
    "sessions_from",
    "software_id",
    "software_version",
    "status",
    "token_endpoint_auth_method",
    "tos_uri",
];

/// The names of the members that changed, and a keyed hash of all of it before and after: who has the record can prove
/// that it is the one, and nobody can read it out of the log.
#[derive(Clone, Debug)]
pub struct Change {
    fields: Vec<&'static str>,
    before: Option<KeyedHash>,
    after: Option<KeyedHash>,
}

impl Change {
    /// The change from one to the other: from nothing, when it was made; to nothing, when it was deleted.
    pub fn between(before: Option<&Value>, after: Option<&Value>, hasher: &AuditHasher) -> Self {
        let hashed = |value: &Value| hasher.state(&value.to_string());
        Self {
            fields: changed(before.and_then(Value::as_object), after.and_then(Value::as_object)),
            before: before.map(hashed),
            after: after.map(hashed),
        }
    }

    /// The names of the members that changed.
    pub fn fields(&self) -> &[&'static str] {
        &self.fields
    }

    /// The hash of what it was.
    pub const fn before(&self) -> Option<&KeyedHash> {
        self.before.as_ref()
    }

    /// The hash of what it is.
    pub const fn after(&self) -> Option<&KeyedHash> {
        self.after.as_ref()
    }
}

/// Nothing when it was made or deleted: all of it has changed then.
fn changed(before: Option<&Map<String, Value>>, after: Option<&Map<String, Value>>) -> Vec<&'static str> {
    let (Some(before), Some(after)) = (before, after) else {
        return Vec::new();
    };
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differ = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    let known =
        |name: &String| FIELDS.iter().find(|known| **known == name.as_str()).copied().unwrap_or("other");
    let fields: BTreeSet<&'static str> = differ.map(known).collect();
    fields.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[test]
    fn api_11_a_change_names_what_changed_and_shows_none_of_it() {
        let hasher = AuditHasher::derive(&BTreeMap::from([(1, [7; 32])]), 1).unwrap();
        let before = json!({ "client_name": "Ann's app", "scope": "openid", "s3cret": 1, "contacts": ["a"] });
        let after = json!({ "client_name": "Bob's app", "scope": "openid", "s3cret": 2 });
        let change = Change::between(Some(&before), Some(&after), &hasher);
        assert_eq!(change.fields(), ["client_name", "contacts", "other"]);
        assert_ne!(change.before(), change.after());
        let shown = format!("{change:?}");
        for hidden in ["Ann", "Bob", "s3cret"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
        let made = Change::between(None, Some(&after), &hasher);
        assert_eq!((made.fields(), made.before()), (&[][..], None));
        assert_eq!(made.after(), change.after());
    }
}
