//! What is said of a client, checked as its actor is checked, and the keys at its address.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use smart_verify::time::UnixSeconds;

use super::{Actor, Operations};
use crate::client::{
    Client, ClientMetadata, FieldError, JwksUri, KeySet, NotAJwksUri, RedirectUri, RedirectUriRefused,
};
use crate::error::ErrorCode;
use crate::ports::{JwksSource, World};

/// What an app is registered for that does not say it: to read the record of one patient.
const USUAL_SCOPE: &str = "launch launch/patient openid fhirUser patient/*.rs";

/// What this service sets: a client that sends it back has not understood that.
///
/// Source: RFC 7592 §2.2.
const NEVER_SENT: [&str; 4] = [
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
];

/// What an administrator's program says of a client, checked.
#[derive(Debug)]
pub struct AskedByAdministrator {
    /// What is registered about it.
    pub metadata: ClientMetadata,
    /// Whose it is, by `sub`.
    pub owner: Option<String>,
}

/// What would be wrong with a client, and what its keys and addresses are.
#[derive(Debug)]
pub struct Examined {
    /// Every fault.
    pub errors: Vec<FieldError>,
    /// Its redirect URIs as they were sent.
    pub redirect_uris: Vec<(String, Result<RedirectUri, RedirectUriRefused>)>,
    /// Its keys, if it says where they are.
    pub keys: Option<KeysFound>,
}

/// The keys of a client, or why there are none.
#[derive(Debug)]
pub struct KeysFound {
    /// The member that says where they are.
    pub member: &'static str,
    /// The keys, or a sentence.
    pub keys: Result<Arc<KeySet>, String>,
}

impl<W: World> Operations<'_, W> {
    /// What is to be registered.
    ///
    /// An administrator's program may use every algorithm that a setting allows. Of a user every member must be known, and
    /// what the policy needs must be there. Of a client that registers itself, what is not understood is left out, and what
    /// does not fit the rest is replaced: the answer says what is in force. A client that changes itself must name itself.
    ///
    /// Source: RFC 7591 §2 and §3.2.1.
    ///
    /// # Errors
    /// Every fault.
    pub fn check_metadata(&self, members: &Map<String, Value>) -> Result<ClientMetadata, Vec<FieldError>> {
        if let Actor::Itself(own) = self.actor {
            is_of(&own.client, members, self.now)?;
        }
        let (missing, checked) = match self.actor {
            Actor::Administrator(_) => {
                (Vec::new(), ClientMetadata::check_for(members, self.service.assertion_algorithms()))
            }
            Actor::Person { .. } => (self.policy.missing(members), ClientMetadata::check(members)),
            Actor::Itself(_) | Actor::Anonymous { .. } => {
                (Vec::new(), ClientMetadata::check_leniently(&completed(members)))
            }
        };
        let checked = checked.and_then(|metadata| {
            match metadata.jwks_uri.as_ref().and_then(|uri| self.elsewhere_only(uri)) {
                Some(fault) => Err(vec![fault]),
                None => Ok(metadata),
            }
        });
        match checked {
            Ok(metadata) if missing.is_empty() => Ok(metadata),
            checked => Err([missing, checked.err().unwrap_or_default()].concat()),
        }
    }

    /// What an administrator's program says of a client with this status. The status may be sent back as it was read, but not
    /// changed here: to ignore a change would leave a client at work that its administrator thinks stopped.
    ///
    /// # Errors
    /// Every fault.
    pub fn check_asked(
        &self,
        mut members: Map<String, Value>,
        status: &str,
    ) -> Result<AskedByAdministrator, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut fault = |pointer: &str, message: &str| errors.push(invalid(pointer, message));
        if members.get("status").is_some_and(|said| said != status) {
            fault("/status", "is changed by POST to disable or enable.");
        }
        let owner = match members.remove("owner") {
            None | Some(Value::Null) => None,
            Some(Value::String(owner)) if (1..=128).contains(&owner.len()) && owner.is_ascii() => Some(owner),
            Some(_) => {
                fault("/owner", "must be the sub of a user, or null.");
                None
            }
        };
        match self.check_metadata(&members) {
            Ok(metadata) if errors.is_empty() => Ok(AskedByAdministrator { metadata, owner }),
            Ok(_) => Err(errors),
            Err(more) => Err([errors, more].concat()),
        }
    }

    /// Keys on loopback are for a service that is there itself.
    fn elsewhere_only(&self, uri: &JwksUri) -> Option<FieldError> {
        let fault =
            || invalid("/jwks_uri", "must be an https URL; http on loopback is for development alone.");
        (uri.is_for_development() && !self.service.is_on_loopback()).then(fault)
    }
}

impl<W: World<Jwks: JwksSource>> Operations<'_, W> {
    /// What would be wrong with a client of which this is said. Nothing changes.
    pub async fn examine(&self, members: &Map<String, Value>) -> Examined {
        let errors = ClientMetadata::check(members).err().unwrap_or_default();
        let redirect_uris = members.get("redirect_uris").and_then(Value::as_array).into_iter().flatten();
        let parsed = |uri: &Value| {
            let text = uri.as_str().unwrap_or_default();
            (text.to_owned(), text.parse())
        };
        let redirect_uris = redirect_uris.map(parsed).collect();
        let address = members.get("jwks_uri").map(|address| address.as_str().unwrap_or_default());
        let keys = self.find_keys(members.get("jwks"), address).await;
        Examined { errors, redirect_uris, keys }
    }

    /// The keys of a client that says this of them. A key set counts before an address.
    pub async fn find_keys(&self, set: Option<&Value>, address: Option<&str>) -> Option<KeysFound> {
        match (set, address) {
            (Some(set), _) => {
                let keys = KeySet::check(set).map(Arc::new).map_err(|why| format!("{why}."));
                Some(KeysFound { member: "jwks", keys })
            }
            (None, Some(address)) => {
                Some(KeysFound { member: "jwks_uri", keys: self.keys_at(address).await })
            }
            (None, None) => None,
        }
    }

    /// The keys that are published at an address.
    ///
    /// # Errors
    /// A sentence. A blocked, a refused and a silent address read alike: this service is no way to explore its network.
    pub async fn keys_at(&self, address: &str) -> Result<Arc<KeySet>, String> {
        let uri: JwksUri = address.parse().map_err(|why: NotAJwksUri| format!("{why}."))?;
        if let Some(fault) = self.elsewhere_only(&uri) {
            return Err(fault.message);
        }
        let unread = "no usable key set could be read at this address.".to_owned();
        self.jwks.keys(&uri, true, self.now).await.map_err(|_| unread)
    }
}

/// Whether a replacement is of this client: it names its id, its secret if it names one, and nothing that this service sets.
///
/// Source: RFC 7592 §2.2.
fn is_of(client: &Client, members: &Map<String, Value>, now: UnixSeconds) -> Result<(), Vec<FieldError>> {
    let mut errors = Vec::new();
    if members.get("client_id").and_then(Value::as_str) != Some(client.client_id.as_str()) {
        errors.push(invalid("/client_id", "must be the id of this client."));
    }
    for name in NEVER_SENT.into_iter().filter(|name| members.contains_key(*name)) {
        errors.push(invalid(&format!("/{name}"), "must not be sent; it is given by this service."));
    }
    if let Some(secret) = members.get("client_secret") {
        let secret = secret.as_str().unwrap_or_default();
        if !client.secrets.iter().any(|known| known.is(secret, now)) {
            errors.push(invalid("/client_secret", "must be the current secret, if it is sent."));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// What a program says that registers itself, with what it leaves out and without what does not fit.
fn completed(members: &Map<String, Value>) -> Map<String, Value> {
    let mut members = members.clone();
    let method = members.get("token_endpoint_auth_method").and_then(Value::as_str);
    let has_both = members.contains_key("jwks") && members.contains_key("jwks_uri");
    if method != Some("private_key_jwt") && !has_both {
        members.remove("jwks");
        members.remove("jwks_uri");
    }
    let is_backend =
        members.get("grant_types").is_some_and(|grants| *grants == json!(["client_credentials"]));
    if !members.contains_key("scope") && !is_backend {
        members.insert("scope".to_owned(), json!(USUAL_SCOPE));
    }
    members.entry("client_name").or_insert_with(|| json!("App without a name"));
    members
}

fn invalid(pointer: &str, message: &str) -> FieldError {
    let (pointer, message) = (pointer.to_owned(), message.to_owned());
    FieldError { pointer, message, code: ErrorCode::InvalidClientMetadata }
}
