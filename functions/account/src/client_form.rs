//! The form of a client: from its fields to what is registered, and back.

use pages::account::{AppKind, ClientValues, Fault, FieldConflict, Keys, scopes};
use serde_json::{Map, Value, json};
use smart::client::{AuthMethod, Client, ClientKind, ClientMetadata, FieldError};
use smart::parameters::Parameters;

use crate::desk::Reaches;
use crate::visit::{Visit, fault, field};

/// What was typed, with what was ticked added to the exact scopes.
pub(crate) fn values_of(form: &Parameters) -> ClientValues {
    let text = |name: &str| field(form, name).trim().to_owned();
    let kind = AppKind::of(&text("kind"));
    let typed = text("scope");
    let mut scope: Vec<String> = typed.split_whitespace().map(str::to_owned).collect();
    let ticked =
        scopes::of_presets(form.all("preset")).into_iter().chain(scopes::of_grid(form.all("grid"), kind));
    for one in ticked {
        if !scope.contains(&one) {
            scope.push(one);
        }
    }
    ClientValues {
        name: text("client_name"),
        kind,
        redirect_uris: text("redirect_uris").replace('\r', ""),
        launch_url: text("launch_url"),
        secret_typed: text("secret") == "typed",
        secret_in_body: text("secret_by") == "body",
        keys: if text("keys") == "value" { Keys::Pasted } else { Keys::Address },
        jwks_uri: text("jwks_uri"),
        jwks: text("jwks"),
        scope: scope.join(" "),
        longest_access: text("longest_access"),
        client_uri: text("client_uri"),
        policy_uri: text("policy_uri"),
        contact: text("contact"),
    }
}

/// What stands in the fields of a client that is registered.
pub(crate) fn values_from(metadata: &ClientMetadata) -> ClientValues {
    let joined: Vec<&str> = metadata.redirect_uris.iter().map(|uri| uri.as_str()).collect();
    let jwks = metadata.jwks.as_ref().and_then(|keys| serde_json::to_string_pretty(&json!(keys)).ok());
    ClientValues {
        name: metadata.client_name.clone(),
        kind: kind_of(metadata),
        redirect_uris: joined.join("\n"),
        launch_url: metadata.launch_url.as_ref().map(|url| url.as_str().to_owned()).unwrap_or_default(),
        secret_typed: false,
        secret_in_body: metadata.token_endpoint_auth_method == AuthMethod::ClientSecretPost,
        keys: if jwks.is_some() { Keys::Pasted } else { Keys::Address },
        jwks_uri: metadata.jwks_uri.as_ref().map(|uri| uri.as_str().to_owned()).unwrap_or_default(),
        jwks: jwks.unwrap_or_default(),
        scope: metadata.scope.to_string(),
        longest_access: metadata.longest_access_days.map(|days| days.to_string()).unwrap_or_default(),
        client_uri: metadata.client_uri.clone().unwrap_or_default(),
        policy_uri: metadata.policy_uri.clone().unwrap_or_default(),
        contact: metadata.contacts.first().cloned().unwrap_or_default(),
    }
}

pub(crate) fn kind_of(metadata: &ClientMetadata) -> AppKind {
    match metadata.kind() {
        ClientKind::Public => AppKind::Public,
        ClientKind::ConfidentialSymmetric => AppKind::Secret,
        ClientKind::ConfidentialAsymmetric => AppKind::Keys,
        ClientKind::Backend => AppKind::Backend,
    }
}

impl<W: Reaches> Visit<'_, W> {
    /// What is to be registered, by the rules that every registration meets. What the form does not ask stays as it was.
    pub(crate) fn checked(
        &self,
        values: &ClientValues,
        before: Option<&Client>,
    ) -> Result<ClientMetadata, Vec<Fault>> {
        let mut faults = Vec::new();
        let members = members(values, before, &mut faults);
        if values.kind == AppKind::Backend && !values.launch_url.is_empty() {
            faults.push(fault("launch_url", "Launch URL: a backend service has none."));
        }
        let lines = lines(values);
        match self.operations.check_metadata(&members) {
            Ok(metadata) if faults.is_empty() => Ok(metadata),
            checked => {
                faults.extend(checked.err().iter().flatten().map(|error| told(error, &lines)));
                Err(faults)
            }
        }
    }
}

/// The redirect URIs with the numbers of their lines.
fn lines(values: &ClientValues) -> Vec<(usize, &str)> {
    let lines = values.redirect_uris.lines().map(str::trim).enumerate();
    lines.filter(|(_, line)| !line.is_empty()).map(|(place, line)| (place + 1, line)).collect()
}

fn members(values: &ClientValues, before: Option<&Client>, faults: &mut Vec<Fault>) -> Map<String, Value> {
    let mut members = match before.map(|client| json!(client.metadata)) {
        Some(Value::Object(known)) => known,
        _ => Map::new(),
    };
    let (method, grant) = match values.kind {
        AppKind::Public => ("none", "authorization_code"),
        AppKind::Secret if values.secret_in_body => ("client_secret_post", "authorization_code"),
        AppKind::Secret => ("client_secret_basic", "authorization_code"),
        AppKind::Keys => ("private_key_jwt", "authorization_code"),
        AppKind::Backend => ("private_key_jwt", "client_credentials"),
    };
    let uris: Vec<&str> = lines(values).into_iter().map(|(_, line)| line).collect();
    let jwks = match values.jwks.as_str() {
        "" => Value::Null,
        text => serde_json::from_str(text).unwrap_or_else(|_| {
            faults.push(fault("jwks", "JWKS: this is not JSON."));
            Value::Null
        }),
    };
    let text = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
    let days = |text: &str| text.parse::<u32>().map_or_else(|_| json!(text), |days| json!(days));
    let longest = if values.longest_access.is_empty() { Value::Null } else { days(&values.longest_access) };
    let contact = if values.contact.is_empty() { Value::Null } else { json!([values.contact]) };
    let said = [
        ("client_name", json!(values.name)),
        ("token_endpoint_auth_method", json!(method)),
        ("grant_types", json!([grant])),
        ("response_types", Value::Null),
        ("redirect_uris", json!(uris)),
        ("launch_url", text(&values.launch_url)),
        ("jwks", jwks),
        ("jwks_uri", text(&values.jwks_uri)),
        ("scope", json!(values.scope)),
        ("longest_access_days", longest),
        ("client_uri", text(&values.client_uri)),
        ("policy_uri", text(&values.policy_uri)),
        ("contacts", contact),
    ];
    for (name, value) in said {
        members.insert(name.to_owned(), value);
    }
    members
}

/// Each field that a rule can be about: the member that it is registered as, its id, and its label.
const FIELDS: [(&str, &str, &str); 10] = [
    ("client_name", "client_name", "App name"),
    ("redirect_uris", "redirect_uris", "Redirect URIs"),
    ("launch_url", "launch_url", "Launch URL"),
    ("jwks", "jwks", "JWKS"),
    ("jwks_uri", "jwks_uri", "JWKS URL"),
    ("scope", "scope", "Scopes"),
    ("longest_access_days", "longest_access", "Longest access"),
    ("client_uri", "client_uri", "Home page"),
    ("policy_uri", "policy_uri", "Privacy page"),
    ("contacts", "contact", "Contact e-mail"),
];

/// A fault of the rules at the field that it is about, in a sentence that needs no other.
pub(crate) fn told(error: &FieldError, lines: &[(usize, &str)]) -> Fault {
    let member = error.pointer.trim_start_matches('/');
    let (member, place) = member.split_once('/').unwrap_or((member, ""));
    let known = FIELDS.into_iter().find(|(registered, ..)| *registered == member);
    let (_, field, label) = known.unwrap_or(("", "kind", "Kind of app"));
    let line = place.parse::<usize>().ok().and_then(|place| lines.get(place));
    let message = &error.message;
    fault(
        field,
        match line {
            Some((line, _)) => format!("Line {line}: {message}"),
            None if message.starts_with(char::is_uppercase) => message.clone(),
            None => format!("{label}: {message}"),
        },
    )
}

/// What differs between two states of the form.
pub(crate) fn differing(theirs: &ClientValues, yours: &ClientValues) -> Vec<FieldConflict> {
    let fields = |values: &ClientValues| {
        [
            ("App name", values.name.clone()),
            ("Kind of app", values.kind.value().to_owned()),
            ("Redirect URIs", values.redirect_uris.clone()),
            ("Launch URL", values.launch_url.clone()),
            ("JWKS URL", values.jwks_uri.clone()),
            ("JWKS", values.jwks.clone()),
            ("Scopes", values.scope.clone()),
            ("Longest access in days", values.longest_access.clone()),
            ("Home page", values.client_uri.clone()),
            ("Privacy page", values.policy_uri.clone()),
            ("Contact e-mail", values.contact.clone()),
        ]
    };
    let pairs = fields(theirs).into_iter().zip(fields(yours));
    let differing = pairs.filter(|((_, theirs), (_, yours))| theirs != yours);
    differing.map(|((field, theirs), (_, yours))| FieldConflict { field, theirs, yours }).collect()
}
