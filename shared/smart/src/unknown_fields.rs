//! Fields that only another version of this code knows.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The fields of a stored item that this version does not know, to be written back with the item.
///
/// Old and new code run side by side during a rollout, and both replace whole items. Without these fields the old code
/// would delete what the new code has stored.
///
/// Stored items hold what JSON can hold: text, numbers, booleans, lists and maps. No version may store binary values or
/// sets of DynamoDB in them, since an item with a binary value cannot be read here and a set comes back as a list.
///
/// Nothing can read them: no answer, page or log line may show a value whose meaning is unknown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnknownFields(BTreeMap<String, Value>);

impl UnknownFields {
    /// What a new item has.
    pub const NONE: Self = Self(BTreeMap::new());
}

/// Shows how many there are.
impl fmt::Debug for UnknownFields {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "UnknownFields({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;
    use serde_json::json;

    use super::*;
    use crate::client::{Client, StoredSecret};
    use crate::grant::Grant;
    use crate::session::Session;
    use crate::user::User;

    /// Adds unknown fields to an item, and checks that its type writes them back and shows no value.
    fn keeps<T: Serialize + DeserializeOwned + PartialEq + fmt::Debug>(known: &Value) {
        let mut item = known.clone();
        item["newer_text"] = json!("canary-1");
        item["newer_nested"] = json!({ "a": ["canary-2", 1, -1, 1.5, true, null, {}] });
        let read: T = serde_json::from_value(item.clone()).unwrap();
        assert_eq!(json!(read), item);
        assert!(!format!("{read:?} {read:#?}").contains("canary"));
        let without: T = serde_json::from_value(known.clone()).unwrap();
        assert_eq!(json!(without), *known);
        assert!(read != without);
    }

    #[test]
    fn clients_secrets_users_sessions_and_grants_keep_fields_that_they_do_not_know() {
        let secret = json!({ "id": "i", "hash": "h", "last_four": "four", "created_at": 1 });
        keeps::<StoredSecret>(&secret);
        keeps::<Client>(&json!({
            "client_id": "app", "client_name": "App", "redirect_uris": [], "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code"], "response_types": ["code"], "scope": "openid", "secrets": [secret],
            "disabled": false, "created_at": 1, "updated_at": 1, "version": 1,
        }));
        keeps::<User>(&json!({
            "name": "ann", "sub": "s", "display_name": "Ann", "password_hash": "", "role": "patient",
            "administrator": false, "disabled": false, "sessions_from": 0, "created_at": 1, "version": 1,
        }));
        keeps::<Session>(&json!({ "id": "i", "name": "ann", "sub": "s", "began_at": 1, "expires_at": 2 }));
        for stage in ["issued", "redeemed", "revoked"] {
            keeps::<Grant>(&json!({
                "key": "k", "client_id": "app", "user_name": "ann", "sub": "s", "scope": "patient/*.rs",
                "redirect_uri": "https://app.example.org/cb", "challenge": "c", "auth_time": 0, "issued_at": 0,
                "code_hash": "h", "stage": stage, "stage_since": 0, "expires_at": 1, "version": 1, "last_request": "r",
            }));
        }
    }
}
