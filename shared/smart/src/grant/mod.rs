//! A grant: what somebody allowed a client, in one item from its first moment to its last.

mod redemption;
mod rotation;

use serde::{Deserialize, Serialize};
use smart_verify::time::UnixSeconds;

use crate::client::ClientId;
use crate::ids::{GrantKey, RequestId};
use crate::launch::Context;
use crate::narrowing::GrantedScopes;
use crate::pkce::CodeChallenge;

pub use redemption::{CodeProof, Redemption, Stage};
pub use rotation::{Before, Family, GRACE, IDLE, Lasting, RefreshProof, Renewal};

/// What somebody allowed a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its key.
    pub key: GrantKey,
    /// The client it was given to.
    pub client_id: ClientId,
    /// The name of the person who gave it.
    pub user_name: String,
    /// Their subject, so that a name given to somebody else opens nothing.
    #[serde(rename = "sub")]
    pub subject: String,
    /// What was allowed.
    pub scope: GrantedScopes,
    /// The patient in context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    /// The encounter in context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encounter: Option<String>,
    /// What else the app is told of where it was opened.
    #[serde(default, skip_serializing_if = "Context::is_empty")]
    pub context: Context,
    /// The person's FHIR resource, an absolute URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fhir_user: Option<String>,
    /// Where the code was sent.
    pub redirect_uri: String,
    /// What the code is bound to.
    pub challenge: CodeChallenge,
    /// What the id_token must echo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// When the person signed in; 0 where nobody can tell.
    pub auth_time: UnixSeconds,
    /// When it was given.
    pub issued_at: UnixSeconds,
    /// For how long the app may come back, if it may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasting: Option<Lasting>,
    /// Its refresh tokens, once there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<Family>,
    /// SHA-256 of the code's secret.
    pub code_hash: String,
    /// Where in its life it is.
    pub stage: Stage,
    /// When that stage began, or its refresh token was used last.
    pub stage_since: UnixSeconds,
    /// From when on the item may be forgotten.
    pub expires_at: UnixSeconds,
    /// Counts its changes, from 1.
    pub version: u64,
    /// The request that wrote it last.
    pub last_request: RequestId,
    /// TEMPORARY
    #[serde(skip)]
    pub basis: Basis,
}

/// Who decided that a grant is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Basis {
    /// The user, on the consent page.
    #[default]
    Person,
    /// The user, some time before.
    Remembered,
    /// The organisation.
    Organisation,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// A stored grant that can exist, with any of the fields that are optional.
    fn stored() -> impl Strategy<Value = Value> {
        let optional = vec!["patient", "encounter", "context", "fhir_user", "nonce", "lasting", "family"];
        let without = proptest::sample::subsequence(optional, 0..=7);
        let stage = proptest::sample::select(vec!["issued", "redeemed", "revoked"]);
        let parts = (stage, without, any::<String>(), any::<u64>(), any::<[bool; 2]>());
        parts.prop_map(|(stage, mut without, text, at, [online, renewed])| {
            let lasting = match online {
                true => json!({ "online": { "session": text, "until": at } }),
                false => json!({ "offline": { "until": at } }),
            };
            let mut family = json!({ "generation": 1, "hash": "h", "mac": 1, "since": at });
            if renewed {
                family["before"] = json!({ "hash": "h", "salt": text });
            }
            let mut item = json!({
                "key": text, "client_id": "app", "user_name": text, "sub": text, "scope": "patient/*.rs",
                "patient": text, "encounter": text, "context": { "intent": text }, "fhir_user": text,
                "redirect_uri": text, "challenge": text, "nonce": text, "auth_time": at, "issued_at": at,
                "lasting": lasting, "family": family, "code_hash": text, "stage": stage, "stage_since": at,
                "expires_at": at, "version": at, "last_request": text,
            });
            // Refresh tokens begin with the code exchange, if the app may come back.
            match stage {
                "revoked" if !without.contains(&"lasting") => {}
                "redeemed" if !without.contains(&"lasting") => without.retain(|name| *name != "family"),
                _ => without.push("family"),
            }
            for name in without {
                item.as_object_mut().unwrap().remove(name);
            }
            item
        })
    }

    proptest! {
        #[test]
        fn a_stored_grant_is_read_and_written_back_unchanged(item in stored()) {
            let read: Grant = serde_json::from_value(item.clone()).unwrap();
            prop_assert_eq!(json!(read), item);
        }
    }

    #[test]
    fn c10_cg_4_a_grant_without_a_challenge_is_no_grant() {
        let mut grant = json!({
            "key": "k", "client_id": "app", "user_name": "ann", "sub": "s", "scope": "patient/*.rs",
            "redirect_uri": "https://app.example.org/cb", "challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "auth_time": 0, "issued_at": 0, "code_hash": "h", "stage": "issued", "stage_since": 0, "expires_at": 1,
            "version": 1, "last_request": "r",
        });
        assert!(serde_json::from_value::<Grant>(grant.clone()).is_ok(), "as older versions wrote it");
        grant.as_object_mut().unwrap().remove("challenge");
        assert!(serde_json::from_value::<Grant>(grant).is_err());
    }
}
