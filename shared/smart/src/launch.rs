//! A launch: what an EHR says of the app it opens, kept behind a handle until the app asks for a code.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use smart_verify::base64url;
use smart_verify::time::UnixSeconds;
use url::Url;

use crate::client::{ClientId, FieldError, is_loopback};
use crate::error::{ErrorCode, OAuthError};
use crate::ids::GrantKey;
use crate::random;

/// How long a handle is good: 5 minutes, enough for an app to load and to ask.
pub const LAUNCH_LIFETIME: Duration = Duration::from_secs(300);

const PREFIX: &str = "launch_";

/// A handle: 32 random bytes. It stands for a launch and signs nobody in.
///
/// Source: SMART App Launch 2.2, app-launch#launch-app-ehr-launch (an opaque handle).
#[derive(Clone)]
pub struct LaunchHandle(String);

impl LaunchHandle {
    /// Draws a new one.
    pub fn draw() -> Self {
        Self(format!("{PREFIX}{}", random::text::<32>()))
    }

    /// Reads a handle; nothing for what we cannot have drawn.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = base64url::decode(text.strip_prefix(PREFIX)?)?;
        (bytes.len() == 32).then(|| Self(text.to_owned()))
    }

    /// The handle, for the app that is opened.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The name by which the store knows its launch.
    pub fn key(&self) -> String {
        random::sha256(self.0.as_bytes())
    }
}

impl fmt::Debug for LaunchHandle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("LaunchHandle(redacted)")
    }
}

/// What an app is told of where it was opened, besides patient and encounter.
///
/// Source: SMART App Launch 2.2, scopes-and-launch-context#launch-context-arrives-with-your-access_token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// Other resources that are open.
    #[serde(rename = "fhirContext", default, skip_serializing_if = "Vec::is_empty")]
    pub fhir_context: Vec<Value>,
    /// What the app should begin with, as agreed with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<String>,
    /// Whether the app must show whose record it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub need_patient_banner: Option<bool>,
    /// How the EHR looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smart_style_url: Option<String>,
    /// Which organisation's part of the EHR it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

impl Context {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What an EHR asks for when it opens an app.
#[derive(Clone, Debug)]
pub struct LaunchOrder {
    /// The app.
    pub client_id: ClientId,
    /// The name of the person in front of the EHR.
    pub user: String,
    /// The patient that is open, a bare id.
    pub patient: Option<String>,
    /// The encounter that is open, a bare id.
    pub encounter: Option<String>,
    /// The rest.
    pub context: Context,
    /// Whether the app is opened inside the EHR's own page.
    pub embedded: bool,
}

const MEMBERS: [&str; 10] = [
    "client_id",
    "user",
    "patient",
    "encounter",
    "fhirContext",
    "intent",
    "need_patient_banner",
    "smart_style_url",
    "tenant",
    "embedded",
];

impl LaunchOrder {
    /// Checks what an EHR sent, all of it.
    ///
    /// # Errors
    /// Every member that is no good.
    pub fn check(members: &Map<String, Value>) -> Result<Self, Vec<FieldError>> {
        let mut faults = Faults(Vec::new());
        for name in members.keys().filter(|name| !MEMBERS.contains(&name.as_str())) {
            // The name is the caller's own; the pointer says where it stands.
            faults.add(name, "this member is not known");
        }
        let client_id = members.get("client_id").and_then(Value::as_str).and_then(|id| id.parse().ok());
        if client_id.is_none() {
            faults.add("client_id", "the id of a registered app is needed");
        }
        let user = text(members, "user", 256, &mut faults);
        if user.is_none() && !members.contains_key("user") {
            faults.add("user", "the name of the person who is signed in at the EHR is needed");
        }
        let order = Self {
            client_id: client_id.unwrap_or_else(ClientId::generate),
            user: user.unwrap_or_default(),
            patient: fhir_id(members, "patient", &mut faults),
            encounter: fhir_id(members, "encounter", &mut faults),
            context: Context {
                fhir_context: fhir_context(members, &mut faults),
                intent: text(members, "intent", 256, &mut faults),
                need_patient_banner: flag(members, "need_patient_banner", &mut faults),
                smart_style_url: style_url(members, &mut faults),
                tenant: text(members, "tenant", 256, &mut faults),
            },
            embedded: flag(members, "embedded", &mut faults).unwrap_or(false),
        };
        if order.encounter.is_some() && order.patient.is_none() {
            faults.add("encounter", "an encounter needs its patient beside it");
        }
        if faults.0.is_empty() { Ok(order) } else { Err(faults.0) }
    }
}

struct Faults(Vec<FieldError>);

impl Faults {
    fn add(&mut self, name: &str, message: &str) {
        let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        self.0.push(FieldError { pointer, message: message.to_owned(), code: ErrorCode::InvalidRequest });
    }
}

fn text(members: &Map<String, Value>, name: &str, longest: usize, faults: &mut Faults) -> Option<String> {
    let value = members.get(name)?;
    let usable =
        |text: &&str| !text.is_empty() && text.len() <= longest && !text.chars().any(char::is_control);
    let text = value.as_str().filter(usable).map(str::to_owned);
    if text.is_none() {
        faults.add(name, &format!("a text of 1 to {longest} bytes without control characters is needed"));
    }
    text
}

fn flag(members: &Map<String, Value>, name: &str, faults: &mut Faults) -> Option<bool> {
    let value = members.get(name)?;
    if value.as_bool().is_none() {
        faults.add(name, "true or false is needed, without quotes");
    }
    value.as_bool()
}

/// Whether a text can be the id of a resource.
///
/// Source: FHIR R4, datatypes#id.
pub fn is_fhir_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    !text.is_empty() && text.len() <= 64 && text.bytes().all(allowed)
}

fn fhir_id(members: &Map<String, Value>, name: &str, faults: &mut Faults) -> Option<String> {
    let value = members.get(name)?;
    let id = value.as_str().filter(|id| is_fhir_id(id)).map(str::to_owned);
    if id.is_none() {
        faults.add(name, "a bare FHIR id is needed, such as 123, without the type before it");
    }
    id
}

fn style_url(members: &Map<String, Value>, faults: &mut Faults) -> Option<String> {
    let text = text(members, "smart_style_url", 2048, faults)?;
    let safe = |url: &Url| url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
    if Url::parse(&text).is_ok_and(|url| safe(&url)) {
        return Some(text);
    }
    faults.add("smart_style_url", "an https URL is needed");
    None
}

/// Source: SMART App Launch 2.2, scopes-and-launch-context#fhir-context.
fn fhir_context(members: &Map<String, Value>, faults: &mut Faults) -> Vec<Value> {
    let Some(value) = members.get("fhirContext") else { return Vec::new() };
    let Some(items) = value.as_array().filter(|items| items.len() <= 50) else {
        faults.add("fhirContext", "a list of at most 50 objects is needed");
        return Vec::new();
    };
    if items.iter().all(is_context_item) {
        return items.clone();
    }
    faults.add(
        "fhirContext",
        "each object needs a relative reference, a canonical URL or an identifier; a role is an absolute URI, and \
         Patient and Encounter stand in patient and encounter unless they play another role",
    );
    Vec::new()
}

fn is_context_item(item: &Value) -> bool {
    let Some(item) = item.as_object() else { return false };
    let text = |name: &str| item.get(name).map(|value| value.as_str().unwrap_or_default());
    let role = text("role");
    let role_is_good = role.is_none_or(|role| role == "launch" || Url::parse(role).is_ok());
    let another_role = role.is_some_and(|role| role != "launch");
    let reference_is_good = text("reference").is_none_or(|reference| {
        reference.split_once('/').is_some_and(|(kind, id)| {
            let of_its_own = ["Patient", "Encounter"].contains(&kind) && !another_role;
            kind.starts_with(|first: char| first.is_ascii_uppercase()) && is_fhir_id(id) && !of_its_own
        })
    });
    let canonical_is_good = text("canonical").is_none_or(|canonical| Url::parse(canonical).is_ok());
    let identifier_is_good = item.get("identifier").is_none_or(Value::is_object);
    let names_something =
        ["reference", "canonical", "identifier"].iter().any(|name| item.contains_key(*name));
    names_something && role_is_good && reference_is_good && canonical_is_good && identifier_is_good
}

/// A launch, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// SHA-256 of its handle.
    pub key: String,
    /// The app that may use it.
    pub client_id: ClientId,
    /// The EHR that made it.
    pub made_by: ClientId,
    /// The name of the person in front of the EHR.
    pub user_name: String,
    /// Their subject, so that a name given to somebody else opens nothing.
    #[serde(rename = "sub")]
    pub subject: String,
    /// The patient that is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    /// The encounter that is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encounter: Option<String>,
    /// The rest.
    #[serde(default, skip_serializing_if = "Context::is_empty")]
    pub context: Context,
    /// The pages that may frame ours in this launch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub embedding_origins: Vec<String>,
    /// The grant that it was spent on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent_on: Option<GrantKey>,
    /// When it ends.
    pub expires_at: UnixSeconds,
}

impl Launch {
    /// Whether a client may use it, for a grant that it was spent on already or for a new one.
    ///
    /// # Errors
    /// `invalid_request`. A launch of another client is as unknown as one that never was.
    pub fn admit(
        launch: Option<Self>,
        client_id: &ClientId,
        grant: Option<&GrantKey>,
        now: UnixSeconds,
    ) -> Result<Self, OAuthError> {
        let refused =
            |reason, sentence: &'static str| Err(ErrorCode::InvalidRequest.because(reason, sentence));
        match launch.filter(|launch| launch.client_id == *client_id && now < launch.expires_at) {
            None => refused(
                "launch_unknown",
                "the launch handle is unknown, of another app, or older than 5 minutes; open the app from the EHR again.",
            ),
            Some(launch) if launch.spent_on.is_some() && launch.spent_on.as_ref() != grant => refused(
                "launch_spent",
                "the launch handle was used already; open the app from the EHR again.",
            ),
            Some(launch) => Ok(launch),
        }
    }
}

#[cfg(test)]
mod tests;
