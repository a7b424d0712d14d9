//! A registration checked as a whole: every bad member is named at once.

mod contacts;
mod embedding_origins;
mod longest_access;
mod names;
mod system_account;

use serde_json::{Map, Value};
use smart_verify::scope::ScopeSet;

use super::{
    AssertionAlgorithms, AuthMethod, ClientMetadata, FieldError, GrantType, JwksUri, KeySet, RedirectUri,
};
use crate::error::ErrorCode;

use names::KNOWN;

impl ClientMetadata {
    /// Checks what somebody wants to register.
    ///
    /// Source: RFC 7591 §2; SMART App Launch 2.2, app-launch#register-app-with-ehr.
    ///
    /// # Errors
    /// Everything that is wrong with it, one entry a fault. Members that nobody knows are faults, so that a slip of
    /// the pen is not taken for a registration.
    pub fn check(json: &Map<String, Value>) -> Result<Self, Vec<FieldError>> {
        Self::check_for(json, &AssertionAlgorithms::default())
    }

    /// The same where a setting lets clients sign in more ways.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn check_for(
        json: &Map<String, Value>,
        algorithms: &AssertionAlgorithms,
    ) -> Result<Self, Vec<FieldError>> {
        let mut reader = Reader { json, algorithms, errors: Vec::new() };
        reader.refuse_unknown();
        reader.refuse_statement();
        reader.metadata()
    }

    /// Checks what somebody wants to register for themselves. Members that nobody knows are left out.
    ///
    /// Source: RFC 7591 §2, "the authorization server MUST ignore any client metadata sent by the client that it does
    /// not understand".
    ///
    /// # Errors
    /// Everything that is wrong with it, one entry a fault.
    pub fn check_leniently(json: &Map<String, Value>) -> Result<Self, Vec<FieldError>> {
        // Whom a client acts as is for an administrator to say.
        let mut members = json.clone();
        members.remove("system_account");
        let algorithms = AssertionAlgorithms::default();
        let mut reader = Reader { json: &members, algorithms: &algorithms, errors: Vec::new() };
        reader.refuse_statement();
        reader.metadata()
    }
}

struct Reader<'a> {
    json: &'a Map<String, Value>,
    algorithms: &'a AssertionAlgorithms,
    errors: Vec<FieldError>,
}

impl<'a> Reader<'a> {
    fn metadata(self) -> Result<ClientMetadata, Vec<FieldError>> {
        let mut reader = self;
        let method = reader.auth_method();
        let grant_types = reader.grant_types();
        let metadata = ClientMetadata {
            client_name: reader.client_name(),
            redirect_uris: reader.redirect_uris(&grant_types),
            launch_url: reader.launch_url(),
            embedding_origins: reader.embedding_origins(),
            token_endpoint_auth_method: method,
            response_types: reader.response_types(&grant_types),
            scope: reader.scope(&grant_types),
            longest_access_days: reader.longest_access_days(&grant_types),
            system_account: reader.system_account(&grant_types),
            jwks: reader.jwks(),
            jwks_uri: reader.jwks_uri(),
            client_uri: reader.web_page("client_uri"),
            policy_uri: reader.web_page("policy_uri"),
            tos_uri: reader.web_page("tos_uri"),
            logo_uri: reader.web_page("logo_uri"),
            contacts: reader.contacts(),
            software_id: reader.short_text("software_id"),
            software_version: reader.short_text("software_version"),
            grant_types,
        };
        reader.check_together(&metadata);
        if reader.errors.is_empty() { Ok(metadata) } else { Err(reader.errors) }
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.json.get(name).filter(|value| !value.is_null())
    }

    fn fault(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.fault_of(ErrorCode::InvalidClientMetadata, pointer, message);
    }

    fn fault_of(&mut self, code: ErrorCode, pointer: impl Into<String>, message: impl Into<String>) {
        self.errors.push(FieldError { pointer: pointer.into(), message: message.into(), code });
    }

    fn refuse_unknown(&mut self) {
        let unknown = |name: &&String| {
            !KNOWN.contains(&name.as_str()) && !ClientMetadata::READ_ONLY.contains(&name.as_str())
        };
        let names: Vec<String> = self.json.keys().filter(unknown).take(10).cloned().collect();
        for name in names {
            let shown: String = name.chars().filter(char::is_ascii_graphic).take(60).collect();
            self.fault(format!("/{shown}"), "is not a member that is known here.");
        }
    }

    /// Source: RFC 7591 §3.2.2, `unapproved_software_statement`.
    fn refuse_statement(&mut self) {
        if self.get("software_statement").is_some() {
            self.fault_of(
                ErrorCode::UnapprovedSoftwareStatement,
                "/software_statement",
                "software statements are not accepted here; send the members themselves.",
            );
        }
    }

    fn text(&mut self, name: &str) -> Option<&'a str> {
        let value = self.get(name)?;
        if value.as_str().is_none() {
            self.fault(format!("/{name}"), "must be a text.");
        }
        value.as_str()
    }

    fn short_text(&mut self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        if text.chars().count() > 120 || text.chars().any(is_deceiving) {
            self.fault(
                format!("/{name}"),
                "must be at most 120 characters, without control or direction marks.",
            );
        }
        Some(text.to_owned())
    }

    fn client_name(&mut self) -> String {
        let name = self.text("client_name").unwrap_or_default();
        if name.trim().is_empty() {
            self.fault("/client_name", "Enter the app's name.");
        } else if name.chars().count() > 80 || name.chars().any(is_deceiving) {
            self.fault("/client_name", "Use at most 80 letters, digits, spaces and simple punctuation.");
        }
        name.trim().to_owned()
    }

    fn auth_method(&mut self) -> AuthMethod {
        let named = self.get("token_endpoint_auth_method").cloned();
        let default = AuthMethod::ClientSecretBasic;
        let read = named.map_or(Ok(default), serde_json::from_value);
        read.unwrap_or_else(|_| {
            self.fault(
                "/token_endpoint_auth_method",
                format!("must be one of {}.", AuthMethod::ALL.join(", ")),
            );
            default
        })
    }

    fn grant_types(&mut self) -> Vec<GrantType> {
        let Some(value) = self.get("grant_types") else {
            return vec![GrantType::AuthorizationCode];
        };
        let named: Option<Vec<&str>> =
            value.as_array().and_then(|list| list.iter().map(Value::as_str).collect());
        let mut grants = Vec::new();
        for name in named.unwrap_or_default() {
            match name {
                "authorization_code" => grants.push(GrantType::AuthorizationCode),
                "client_credentials" => grants.push(GrantType::ClientCredentials),
                // Lasting access is asked for by scope; naming the grant as well is what libraries do.
                "refresh_token" => {}
                _ => self.fault(
                    "/grant_types",
                    "may hold authorization_code, client_credentials and refresh_token.",
                ),
            }
        }
        grants.dedup();
        let known = self.errors.iter().all(|error| error.pointer != "/grant_types");
        if known && grants.len() != 1 {
            let message = "must name authorization_code for an app, or client_credentials for a backend service, not both.";
            self.fault("/grant_types", message);
        }
        // So that one fault is not told as several.
        if grants.is_empty() { vec![GrantType::AuthorizationCode] } else { grants }
    }

    fn response_types(&mut self, grants: &[GrantType]) -> Vec<String> {
        let codes = grants.contains(&GrantType::AuthorizationCode);
        let only = if codes { vec!["code".to_owned()] } else { Vec::new() };
        let asked = self.get("response_types");
        let fits = asked.is_none_or(|value| {
            serde_json::from_value::<Vec<String>>(value.clone()).is_ok_and(|list| list == only)
        });
        if !fits {
            self.fault("/response_types", "must be code alone for an app, and empty for a backend service.");
        }
        only
    }

    fn redirect_uris(&mut self, grants: &[GrantType]) -> Vec<RedirectUri> {
        let needed = grants.contains(&GrantType::AuthorizationCode);
        let list = match self.get("redirect_uris") {
            None => &Vec::new(),
            Some(Value::Array(list)) if list.len() <= 100 => list,
            Some(_) => {
                self.fault_of(
                    ErrorCode::InvalidRedirectUri,
                    "/redirect_uris",
                    "must be a list of at most 100 addresses.",
                );
                return Vec::new();
            }
        };
        if list.is_empty() && needed {
            self.fault_of(
                ErrorCode::InvalidRedirectUri,
                "/redirect_uris",
                "Enter at least one redirect URI.",
            );
        }
        if !list.is_empty() && !needed {
            self.fault_of(
                ErrorCode::InvalidRedirectUri,
                "/redirect_uris",
                "a backend service has no redirect URI.",
            );
        }
        let mut uris = Vec::new();
        for (place, value) in list.iter().enumerate() {
            match value.as_str().unwrap_or_default().parse::<RedirectUri>() {
                Ok(uri) => uris.push(uri),
                Err(reason) => {
                    let pointer = format!("/redirect_uris/{place}");
                    self.fault_of(ErrorCode::InvalidRedirectUri, pointer, format!("{reason}."));
                }
            }
        }
        uris
    }

    fn launch_url(&mut self) -> Option<RedirectUri> {
        match self.text("launch_url")?.parse() {
            Ok(url) => Some(url),
            Err(reason) => {
                let reason: super::RedirectUriRefused = reason;
                self.fault("/launch_url", format!("{reason}."));
                None
            }
        }
    }

    fn scope(&mut self, grants: &[GrantType]) -> ScopeSet {
        let text = self.text("scope").unwrap_or_default();
        if text.len() > 8192 {
            self.fault("/scope", "must be at most 8192 bytes.");
            return ScopeSet::default();
        }
        let set = ScopeSet::parse(text);
        for unread in set.unknown().iter().take(10) {
            self.fault("/scope", format!("the word at byte {}: {}.", unread.at, unread.reason));
        }
        let backend = grants.contains(&GrantType::ClientCredentials);
        if set.iter().any(|scope| scope.is_of_a_backend() != backend) {
            let message = if backend {
                "a backend service is registered for system/ scopes only."
            } else {
                "system/ scopes and scopes of our own APIs are for backend services only."
            };
            self.fault("/scope", message);
        }
        if set.is_empty() && set.unknown().is_empty() {
            self.fault("/scope", "name at least one scope.");
        }
        set
    }

    fn jwks(&mut self) -> Option<KeySet> {
        let set = self.get("jwks")?;
        match KeySet::check_for(set, self.algorithms) {
            Ok(keys) => Some(keys),
            Err(reason) => {
                self.fault("/jwks", format!("{reason}."));
                None
            }
        }
    }

    fn jwks_uri(&mut self) -> Option<JwksUri> {
        match self.text("jwks_uri")?.parse::<JwksUri>() {
            Ok(uri) => Some(uri),
            Err(reason) => {
                self.fault("/jwks_uri", format!("{reason}."));
                None
            }
        }
    }

    fn check_together(&mut self, client: &ClientMetadata) {
        let has_keys = self.get("jwks").is_some() as usize + self.get("jwks_uri").is_some() as usize;
        let by_key = client.token_endpoint_auth_method == AuthMethod::PrivateKeyJwt;
        if has_keys == 2 {
            self.fault("/jwks_uri", "send jwks or jwks_uri, not both.");
        }
        if by_key && has_keys == 0 {
            self.fault("/jwks", "private_key_jwt needs public keys: send jwks_uri, or jwks.");
        }
        if !by_key && has_keys > 0 {
            self.fault(
                "/token_endpoint_auth_method",
                "must be private_key_jwt when public keys are registered.",
            );
        }
        if client.grant_types.contains(&GrantType::ClientCredentials) && !by_key {
            self.fault("/token_endpoint_auth_method", "client_credentials needs private_key_jwt.");
        }
    }
}

/// Characters that make a text look like another: control characters and marks that turn the direction of writing.
pub(crate) fn is_deceiving(character: char) -> bool {
    let mark = matches!(character, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{061C}');
    character.is_control() || mark
}

#[cfg(test)]
mod tests;
