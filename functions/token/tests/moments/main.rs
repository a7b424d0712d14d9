//! What becomes of codes, tokens and those who hold them, as time passes and as people and clients are stopped: through
//! the handler, against a store in memory, at chosen moments.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod asking;
mod codes;
mod proofs;
mod refreshing;

use std::time::Duration;

use http::header;
use serde_json::{Value, json};
use smart::client::{Client, ClientSecret};
use smart::grant::{Lasting, Stage};
use smart::ids::GrantKey;
use smart::issuing::TokenDesk;
use smart::narrowing::RequestedScopes;
use smart::ports::{GrantIssuer as _, GrantKeeper as _, SessionStore as _};
use smart::service::Service;
use smart::session::Session;
use smart::user::User;
use smart_verify::base64url;
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;
use testkit::fixtures::{self, NOW, REDIRECT_URI, VERIFIER};
use testkit::{LocalSigner, MemoryStore, NoJwks, With};
use token::{Ports, handle};
use web::{Request, Response};

const DAY: u64 = 86_400;
const SCOPE: &str = "launch/patient openid fhirUser offline_access patient/*.rs";

/// The token function, an app, a person, and a clock.
struct World {
    ports: Ports<With<MemoryStore, LocalSigner, NoJwks>>,
    now: UnixSeconds,
}

/// What the function answered.
struct Answer {
    status: u16,
    body: Value,
    response: Response,
}

impl Answer {
    fn text(&self, member: &str) -> &str {
        self.body[member].as_str().unwrap_or_else(|| panic!("no {member} in {}", self.body))
    }

    /// The status and error code of a refusal, which gives nothing.
    fn refused(&self) -> (u16, &str) {
        assert!(self.body.get("access_token").is_none() && self.body.get("refresh_token").is_none());
        (self.status, self.text("error"))
    }
}

const REFUSED: (u16, &str) = (400, "invalid_grant");
const UNPROVEN: (u16, &str) = (401, "invalid_client");

impl World {
    fn new() -> Self {
        let store = MemoryStore::default();
        store.put_client(fixtures::public_client("app"));
        store.put_client(fixtures::public_client("other"));
        store.put_user(fixtures::user("ann"));
        let service = Service::new("https://auth.example.org", "https://fhir.example.org/r4");
        let desk = TokenDesk { store, signer: LocalSigner::default(), jwks: NoJwks, service };
        Self { ports: Ports { desk, minting: fixtures::minting() }, now: NOW }
    }

    fn store(&self) -> &MemoryStore {
        &self.ports.desk.store
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
    }

    /// A code that ann has just allowed the app, and the key of its grant.
    async fn code(&self, scope: &str, lasting: Option<Lasting>) -> (String, GrantKey) {
        let (mut grant, code) = fixtures::issued_grant("app", "ann");
        let scope = ScopeSet::parse(scope);
        grant.scope = RequestedScopes::all_registered(&scope).narrow_to(&scope, &scope).granted;
        grant.issued_at = self.now;
        grant.stage = Stage::Issued { lasting };
        grant.code.nonce = Some("n-0S6_WzA2Mj".to_owned());
        let report = fixtures::report(&grant);
        self.store().issue(&fixtures::only(&grant, &report)).await.unwrap();
        (code.write(&fixtures::macs()), grant.key)
    }

    async fn offline_code(&self, days: u64) -> (String, GrantKey) {
        let until = self.now + Duration::from_secs(days * DAY);
        self.code(SCOPE, Some(Lasting::Offline { until })).await
    }

    async fn send(&self, path: &str, authorization: Option<&str>, pairs: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let mut request = http::Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, "https://app.example.org");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let request: Request = request.body(body.into()).unwrap();
        let response = handle(request, &self.ports, self.now).await;
        let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        Answer { status: response.status().as_u16(), body, response }
    }

    async fn redeem(&self, code: &str, set: &[(&str, &str)]) -> Answer {
        self.token(
            "authorization_code",
            &[("code", code), ("redirect_uri", REDIRECT_URI), ("code_verifier", VERIFIER)],
            set,
        )
        .await
    }

    async fn refresh(&self, token: &str, set: &[(&str, &str)]) -> Answer {
        self.token("refresh_token", &[("refresh_token", token)], set).await
    }

    async fn token(&self, grant: &str, usual: &[(&str, &str)], set: &[(&str, &str)]) -> Answer {
        let all = [("grant_type", grant), ("client_id", "app")].into_iter().chain(usual.iter().copied());
        let kept = all.filter(|(name, _)| !set.iter().any(|(given, _)| given == name));
        let pairs: Vec<_> = kept.chain(set.iter().copied()).collect();
        self.send("/token", None, &pairs).await
    }

    async fn stage(&self, key: &GrantKey) -> Stage {
        self.store().grant(key).await.unwrap().unwrap().stage
    }
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64url::decode(payload).unwrap()).unwrap()
}

/// The form that exchanges a code.
fn exchange(code: &str) -> [(&'static str, &str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ]
}

fn basic(id: &str, secret: &str) -> String {
    use base64::Engine as _;
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}"));
    format!("Basic {pair}")
}

/// The app with a secret instead, and that secret.
fn confidential() -> (Client, String) {
    let metadata = json!({
        "client_name": "An app with a server", "redirect_uris": [REDIRECT_URI],
        "token_endpoint_auth_method": "client_secret_basic", "scope": SCOPE,
    });
    let secret = ClientSecret::generate();
    let client = Client { secrets: vec![secret.stored(NOW)], ..fixtures::client("app", &metadata) };
    (client, secret.reveal().to_owned())
}
