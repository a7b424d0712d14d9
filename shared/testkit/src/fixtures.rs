//! Good values, to spoil exactly one thing of.

use std::collections::BTreeMap;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use smart::audit::AuditHasher;
use smart::client::{Client, ClientMetadata};
use smart::consent::ScopeReport;
use smart::grant::{Basis, CodeBinding, Family, Grant, GrantContext, Grantor, IDLE, Renewable, Stage};
use smart::ids::RequestId;
use smart::issuing::Minting;
use smart::launch::{Context, Launch};
use smart::mac::TokenMacs;
use smart::narrowing::RequestedScopes;
use smart::pkce::{CodeChallenge, Pkce};
use smart::ports::NewGrant;
use smart::random::text;
use smart::token::AuthorizationCode;
use smart::unknown_fields::UnknownFields;
use smart::user::{Role, User};
use smart_verify::base64url;
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;

/// The moment at which everything happens unless it is said.
pub const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

/// The example of RFC 7636 Appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// The challenge of [`VERIFIER`].
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Where the apps are answered.
pub const REDIRECT_URI: &str = "https://app.example.org/cb";

/// A client of some metadata.
pub fn client(id: &str, metadata: &Value) -> Client {
    let metadata = ClientMetadata::check(metadata.as_object().unwrap()).unwrap();
    Client::new(id.parse().unwrap(), metadata, NOW)
}

/// An app without a secret.
pub fn public_client(id: &str) -> Client {
    let metadata = json!({
        "client_name": "An app", "redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none",
        "scope": "launch/patient openid fhirUser patient/*.rs",
    });
    client(id, &metadata)
}

/// A backend service and its key.
pub fn backend_client(id: &str) -> (Client, BackendKey) {
    let key = BackendKey(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap());
    let metadata = json!({
        "client_name": "A service", "grant_types": ["client_credentials"], "token_endpoint_auth_method": "private_key_jwt",
        "jwks": { "keys": [key.public_jwk()] }, "scope": "system/*.rs",
    });
    (client(id, &metadata), key)
}

/// A P-384 key, made for one test.
#[derive(Debug)]
pub struct BackendKey(EcdsaKeyPair);

impl BackendKey {
    /// The public half.
    pub fn public_jwk(&self) -> Value {
        let point = self.0.public_key().as_ref();
        json!({
            "kty": "EC", "crv": "P-384", "kid": "k1", "x": base64url::encode(&point[1..49]), "y": base64url::encode(&point[49..]),
        })
    }

    /// An assertion of some claims.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_with(&json!({ "alg": "ES384", "typ": "JWT", "kid": "k1" }), claims)
    }

    /// The same, whatever the header says.
    pub fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
        self.sign_text(&format!("{}.{}", part(header), part(claims)))
    }

    /// Any text, a dot, and its signature.
    pub fn sign_text(&self, input: &str) -> String {
        let signature = self.0.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", base64url::encode(signature.as_ref()))
    }

    /// A good assertion of a client.
    pub fn assertion(&self, client_id: &str, jti: &str) -> String {
        self.sign(&json!({
            "iss": client_id, "sub": client_id, "aud": "https://auth.example.org/token",
            "exp": NOW.0 + 300, "iat": NOW.0, "jti": jti,
        }))
    }
}

/// A person who is a patient.
pub fn user(name: &str) -> User {
    User {
        name: name.to_owned(),
        subject: format!("sub-{name}"),
        display_name: name.to_owned(),
        password_hash: String::new(),
        role: Role::Patient,
        fhir_user: Some(format!("Patient/{name}")),
        patients: Vec::new(),
        scope: ScopeSet::default(),
        administrator: false,
        disabled: false,
        sessions_from: UnixSeconds(0),
        created_at: NOW,
        version: 1,
        unknown: UnknownFields::NONE,
    }
}

/// An account as which a backend service acts.
pub fn system_account(name: &str) -> User {
    User {
        role: Role::System,
        scope: ScopeSet::parse("system/Patient.rs system/Observation.rs"),
        fhir_user: Some(format!("Device/{name}")),
        ..user(name)
    }
}

/// The MAC keys of codes and refresh tokens.
pub fn macs() -> TokenMacs {
    TokenMacs::derive(&BTreeMap::from([(1, [7; 32])]), 1).unwrap()
}

/// What hides people and patients in records.
pub fn audit() -> AuditHasher {
    AuditHasher::derive(&BTreeMap::from([(1, [9; 32])]), 1).unwrap()
}

/// What codes and refresh tokens are made and read by.
pub fn minting() -> Minting {
    Minting { macs: macs(), refresh_idle: IDLE, audit: audit() }
}

/// A grant that a person of this name has just given, and its code.
pub fn issued_grant(client_id: &str, user_name: &str) -> (Grant, AuthorizationCode) {
    let code = AuthorizationCode::draw();
    let scopes = ScopeSet::parse("launch/patient openid fhirUser patient/*.rs");
    let grant = Grant {
        key: code.grant().key(),
        client_id: client_id.parse().unwrap(),
        person: Grantor {
            user_name: user_name.to_owned(),
            subject: format!("sub-{user_name}"),
            fhir_user: Some(format!("https://fhir.example.org/r4/Patient/{user_name}")),
            auth_time: NOW,
        },
        scope: RequestedScopes::all_registered(&scopes).narrow_to(&scopes, &scopes).granted,
        context: GrantContext { patient: Some(user_name.to_owned()), ..GrantContext::default() },
        code: CodeBinding {
            hash: code.secret_hash(),
            pkce: Pkce::Required(CodeChallenge::parse(Some(CHALLENGE), Some("S256")).unwrap()),
            redirect_uri: REDIRECT_URI.to_owned(),
            nonce: None,
        },
        basis: Basis::Person,
        issued_at: NOW,
        stage: Stage::Issued { lasting: None },
        stage_since: NOW,
        expires_at: UnixSeconds(NOW.0 + 86_400),
        version: 1,
        last_request: RequestId::draw(),
        unknown: UnknownFields::NONE,
    };
    (grant, code)
}

/// The report that belongs to a grant: something granted, something reduced, something dropped.
pub fn report(grant: &Grant) -> ScopeReport {
    let asked = RequestedScopes::parse("patient/*.cruds launch/patient profile system/*.rs").unwrap();
    let registered = grant.scope.set();
    ScopeReport::of(grant, asked.narrow_to(registered, registered).report)
}

/// What a decision writes when it only makes a grant.
pub fn only(grant: &Grant, report: &ScopeReport) -> NewGrant {
    NewGrant { grant: grant.clone(), report: report.clone(), consent: None, launch: None }
}

/// A launch of an app for a person.
pub fn launch(client_id: &str, user_name: &str) -> Launch {
    Launch {
        key: fresh_name(),
        client_id: client_id.parse().unwrap(),
        made_by: "ehr".parse().unwrap(),
        user_name: user_name.to_owned(),
        subject: format!("sub-{user_name}"),
        patient: Some(user_name.to_owned()),
        encounter: None,
        context: Context { need_patient_banner: Some(true), ..Context::default() },
        embedding_origins: Vec::new(),
        spent_on: None,
        expires_at: UnixSeconds(NOW.0 + 300),
    }
}

/// What a write of some request would make of a grant.
pub fn redeemed(grant: &Grant, by: &RequestId) -> Grant {
    let family = || Family { generation: 1, hash: "hash".to_owned(), mac: 1, since: NOW, before: None };
    let renewable =
        grant.stage.lasting().map(|lasting| Renewable { lasting: lasting.clone(), family: family() });
    let stage = Stage::Redeemed { renewable };
    Grant { stage, version: grant.version + 1, last_request: by.clone(), ..grant.clone() }
}

/// A name that nobody else has.
pub fn fresh_name() -> String {
    text::<12>()
}
