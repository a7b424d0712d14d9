//! What is registered about a client.

use serde::{Deserialize, Serialize};
use smart_verify::scope::ScopeSet;

use super::{JwksUri, KeySet, RedirectUri};
use crate::error::ErrorCode;

/// How a client proves itself at the token endpoint. It has one method, and no other is accepted from it.
///
/// Source: RFC 7591 §2; OpenID Connect Core 1.0 §9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// A public client: it proves nothing, PKCE binds it to its request.
    None,
    /// Id and secret by HTTP Basic.
    ClientSecretBasic,
    /// Id and secret in the body.
    ClientSecretPost,
    /// A signed assertion.
    PrivateKeyJwt,
}

impl AuthMethod {
    /// Every method, as discovery names them.
    pub const ALL: [&'static str; 4] =
        ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];

    /// Those by which a client proves anything.
    pub const CONFIDENTIAL: [&'static str; 3] =
        ["client_secret_basic", "client_secret_post", "private_key_jwt"];

    /// Whether a secret belongs to it.
    pub const fn uses_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }
}

/// What kind of client it is, as far as it can keep something secret.
///
/// Source: SMART App Launch 2.2, conformance#capabilities (client-public, client-confidential-symmetric, ..).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientKind {
    /// It runs where everybody can look into it.
    Public,
    /// It has a server that keeps a secret.
    ConfidentialSymmetric,
    /// It has a server with a key pair.
    ConfidentialAsymmetric,
    /// It runs without a person.
    Backend,
}

/// The grants that exist here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// A person allows an app something.
    AuthorizationCode,
    /// A client acts for itself.
    ClientCredentials,
}

/// What is registered about a client, in the names of RFC 7591 and a few of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientMetadata {
    /// What people call it.
    pub client_name: String,
    /// Where it may be answered.
    #[serde(default)]
    pub redirect_uris: Vec<RedirectUri>,
    /// Where an EHR opens it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launch_url: Option<RedirectUri>,
    /// The origins whose pages may frame a launch that it made, if it is an EHR: nobody's when empty. Each is
    /// written as browsers write one, with nothing that a content security policy could take for something else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub embedding_origins: Vec<String>,
    /// How it proves itself.
    pub token_endpoint_auth_method: AuthMethod,
    /// Which grants it may use.
    pub grant_types: Vec<GrantType>,
    /// `["code"]` for apps, nothing for backend services.
    pub response_types: Vec<String>,
    /// The scopes it may be given.
    pub scope: ScopeSet,
    /// For how many days at most it may keep getting data that a person allowed it, of as many as the service allows; with
    /// 0 it is over with its access token, about an hour. Not a word of RFC 7591.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_access_days: Option<u32>,
    /// The system account as which it acts, by name, if it is a backend service that has one. An admin's to decide:
    /// whoever registers a client for themselves must not choose whom its tokens name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_account: Option<String>,
    /// Its public keys by value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<KeySet>,
    /// Where its public keys are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<JwksUri>,
    /// Its home page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// Its privacy page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// Its terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// Its logo, kept and never fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Whom to write to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// The software, across its installations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
}

impl ClientMetadata {
    /// The longest that is registered: ten years.
    pub const LONGEST_ACCESS_DAYS: u32 = 3650;

    /// Whether it may come back for another access token at all.
    pub fn may_come_back(&self) -> bool {
        self.longest_access_days != Some(0)
    }

    /// For how many days at most it may keep getting data, where the service allows so many.
    pub fn days_of_access(&self, allowed: u32) -> u32 {
        self.longest_access_days.map_or(allowed, |days| days.min(allowed))
    }

    /// What kind of client it is.
    pub fn kind(&self) -> ClientKind {
        match self.token_endpoint_auth_method {
            _ if self.grant_types.contains(&GrantType::ClientCredentials) => ClientKind::Backend,
            AuthMethod::None => ClientKind::Public,
            AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost => ClientKind::ConfidentialSymmetric,
            AuthMethod::PrivateKeyJwt => ClientKind::ConfidentialAsymmetric,
        }
    }
}

/// One member that is no good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// What is wrong and what is expected.
    pub message: String,
    /// The RFC 7591 code.
    #[serde(rename = "code", serialize_with = "wire_code")]
    pub code: ErrorCode,
}

fn wire_code<S: serde::Serializer>(code: &ErrorCode, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(code.wire().0)
}
