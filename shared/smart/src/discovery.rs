//! What this service says about itself, all of it made from one description.

use crate::service::Service;
use serde::Serialize;
use serde_json::{Value, json};

use crate::client::AuthMethod;

/// The scopes that are named in discovery; what they cover is supported as well.
const SCOPES: [&str; 12] = [
    "openid",
    "fhirUser",
    "offline_access",
    "online_access",
    "launch",
    "launch/patient",
    "launch/encounter",
    "patient/*.cruds",
    "patient/*.*",
    "user/*.cruds",
    "user/*.*",
    "system/*.cruds",
];

/// What apps may rely on.
///
/// Source: SMART App Launch 2.2, conformance#smart-on-fhir-capabilities.
const CAPABILITIES: [&str; 19] = [
    "launch-ehr",
    "launch-standalone",
    "authorize-post",
    "client-public",
    "client-confidential-symmetric",
    "client-confidential-asymmetric",
    "sso-openid-connect",
    "context-banner",
    "context-style",
    "context-ehr-patient",
    "context-ehr-encounter",
    "context-standalone-patient",
    "context-standalone-encounter",
    "permission-offline",
    "permission-online",
    "permission-patient",
    "permission-user",
    "permission-v1",
    "permission-v2",
];

/// The members that all three metadata documents share.
#[derive(Serialize)]
struct Common<'a> {
    issuer: &'a str,
    authorization_endpoint: &'a str,
    token_endpoint: &'a str,
    jwks_uri: &'a str,
    grant_types_supported: [&'static str; 3],
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 1],
    scopes_supported: [&'static str; 12],
    token_endpoint_auth_methods_supported: [&'static str; 4],
    token_endpoint_auth_signing_alg_values_supported: Vec<String>,
    introspection_endpoint: String,
    introspection_endpoint_auth_methods_supported: [&'static str; 3],
    introspection_endpoint_auth_signing_alg_values_supported: Vec<String>,
    revocation_endpoint: String,
    revocation_endpoint_auth_methods_supported: [&'static str; 4],
    revocation_endpoint_auth_signing_alg_values_supported: Vec<String>,
    code_challenge_methods_supported: [&'static str; 1],
    authorization_response_iss_parameter_supported: bool,
}

impl Service {
    fn common(&self) -> Common<'_> {
        let algorithms = self.assertion_algorithms().names();
        Common {
            issuer: self.issuer(),
            authorization_endpoint: self.authorization_endpoint(),
            token_endpoint: self.token_endpoint(),
            jwks_uri: self.jwks_uri(),
            grant_types_supported: ["authorization_code", "refresh_token", "client_credentials"],
            response_types_supported: ["code"],
            response_modes_supported: ["query"],
            scopes_supported: SCOPES,
            token_endpoint_auth_methods_supported: AuthMethod::ALL,
            token_endpoint_auth_signing_alg_values_supported: algorithms.clone(),
            introspection_endpoint: self.introspection_endpoint(),
            introspection_endpoint_auth_methods_supported: AuthMethod::CONFIDENTIAL,
            introspection_endpoint_auth_signing_alg_values_supported: algorithms.clone(),
            revocation_endpoint: self.revocation_endpoint(),
            revocation_endpoint_auth_methods_supported: AuthMethod::ALL,
            revocation_endpoint_auth_signing_alg_values_supported: algorithms,
            code_challenge_methods_supported: ["S256"],
            authorization_response_iss_parameter_supported: true,
        }
    }

    fn with(&self, additions: Value) -> Value {
        let mut document = json!(self.common());
        if let (Some(members), Value::Object(additions)) = (document.as_object_mut(), additions) {
            members.extend(additions);
        }
        document
    }

    /// `/.well-known/smart-configuration`.
    ///
    /// Source: SMART App Launch 2.2, conformance#using-well-known.
    pub fn smart_configuration(&self) -> Value {
        self.with(json!({ "capabilities": CAPABILITIES, "management_endpoint": self.management_endpoint() }))
    }

    /// `/.well-known/openid-configuration`. Members whose default would promise too much are written out.
    ///
    /// Source: OpenID Connect Discovery 1.0 §3.
    pub fn openid_configuration(&self) -> Value {
        self.with(json!({
            "userinfo_endpoint": self.userinfo_endpoint(),
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "fhirUser"],
            "claims_parameter_supported": false,
            "request_parameter_supported": false,
            "request_uri_parameter_supported": false,
        }))
    }

    /// `/.well-known/oauth-authorization-server`.
    ///
    /// Source: RFC 8414 §2.
    pub fn authorization_server_metadata(&self) -> Value {
        self.with(json!({}))
    }

    /// `/metadata` of the FHIR server, as far as it is about authorization: for clients that read nothing else. `types`
    /// are the resource types that the FHIR server serves, `date` is when this was written, `2026-11-24`.
    ///
    /// Source: FHIR R4, capabilitystatement; SMART App Launch 1.0, conformance#using-cs (`oauth-uris`).
    pub fn capability_statement(&self, types: &[String], date: &str) -> Value {
        let uri = |name: &str, value: &str| json!({ "url": name, "valueUri": value });
        let read_and_search = json!([{ "code": "read" }, { "code": "search-type" }]);
        let resource = |name: &String| {
            let by_id = json!([{ "name": "_id", "type": "token" }]);
            json!({ "type": name, "interaction": read_and_search, "searchParam": by_id })
        };
        json!({
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": date,
            "kind": "instance",
            "implementation": { "description": "FHIR API protected by SMART on FHIR", "url": self.fhir_base_url() },
            "fhirVersion": "4.0.1",
            "format": ["application/fhir+json"],
            "rest": [{
                "mode": "server",
                "security": {
                    "cors": true,
                    "service": [{
                        "coding": [{
                            "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                            "code": "SMART-on-FHIR",
                            "display": "SMART-on-FHIR",
                        }],
                        "text": "OAuth2 using SMART-on-FHIR profile (see http://docs.smarthealthit.org)",
                    }],
                    "extension": [{
                        "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
                        "extension": [
                            uri("authorize", self.authorization_endpoint()),
                            uri("token", self.token_endpoint()),
                            uri("introspect", &self.introspection_endpoint()),
                            uri("manage", &self.management_endpoint()),
                            uri("revoke", &self.revocation_endpoint()),
                        ],
                    }],
                },
                "resource": types.iter().map(resource).collect::<Vec<_>>(),
            }],
        })
    }
}
