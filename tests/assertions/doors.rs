//! Two doors over one memory, and who comes to them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use smart::client::{ClientMetadata, JwksUri, KeySet};
use smart::issuing::TokenDesk;
use smart::ports::{JwksSource, JwksUnavailable};
use smart::service::Service;
use smart_verify::time::UnixSeconds;
use testkit::fixtures::{self, BackendKey, NOW};
use testkit::{LocalSigner, MemoryStore, RsaBackendKey, With};
use web::notes::RefusalNote;
use web::{Request, Response};

use crate::support::form;

pub(super) const DOORS: [&str; 2] = ["/token", "/backend-token"];
pub(super) const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
pub(super) const JWKS_URI: &str = "https://app.example.org/jwks.json";

/// Keys at addresses, and how often any was asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Published {
    sets: BTreeMap<String, Value>,
    reads: Arc<AtomicUsize>,
}

impl JwksSource for Published {
    async fn keys(&self, at: &JwksUri, _: bool, _: UnixSeconds) -> Result<Arc<KeySet>, JwksUnavailable> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let set = self.sets.get(at.as_str()).ok_or(JwksUnavailable("silent".to_owned()))?;
        KeySet::check(set).map(Arc::new).map_err(|error| JwksUnavailable(error.to_string()))
    }
}

/// An answer, as far as two doors may not differ in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) reason: &'static str,
    pub(super) body: Value,
}

impl Told {
    pub(super) fn error(&self) -> &str {
        self.body["error"].as_str().unwrap_or_default()
    }

    pub(super) fn sentence(&self) -> &str {
        self.body["error_description"].as_str().unwrap_or_default()
    }
}

/// The clients: `backend` by a P-384 key, `by-rsa`, `by-url`, and some that may not.
pub(super) struct Cast {
    pub(super) key: BackendKey,
    pub(super) rsa: RsaBackendKey,
    pub(super) other: BackendKey,
    store: Box<dyn Fn() -> MemoryStore>,
    published: Published,
}

impl Cast {
    pub(super) fn new() -> Self {
        let (backend, key) = fixtures::backend_client("backend");
        let (other_client, other) = fixtures::backend_client("other");
        let rsa = RsaBackendKey::default();
        let keys = |keys: Value| json!({ "jwks": { "keys": keys } });
        let by_key = |id: &str, more: Value| {
            let mut metadata = json!({
                "client_name": "A service", "grant_types": ["client_credentials"],
                "token_endpoint_auth_method": "private_key_jwt", "scope": "system/*.rs",
            });
            metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            fixtures::client(id, &metadata)
        };
        let mut clients = vec![
            backend,
            other_client,
            by_key("by-rsa", keys(json!([rsa.public_jwk("r1")]))),
            by_key("by-url", json!({ "jwks_uri": JWKS_URI })),
            by_key("silent", json!({ "jwks_uri": "https://silent.example.org/jwks.json" })),
            fixtures::public_client("public"),
        ];
        let mut disabled = by_key("disabled", keys(json!([key.public_jwk()])));
        disabled.disabled = true;
        let app = json!({
            "client_name": "An app", "redirect_uris": [fixtures::REDIRECT_URI], "scope": "patient/*.rs",
            "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [key.public_jwk()] },
        });
        let secret = json!({
            "client_name": "An app", "redirect_uris": [fixtures::REDIRECT_URI], "scope": "patient/*.rs",
            "token_endpoint_auth_method": "client_secret_basic",
        });
        assert!(ClientMetadata::check(secret.as_object().unwrap()).is_ok());
        let mut empty = by_key("empty-handed", keys(json!([key.public_jwk()])));
        empty.metadata.jwks = None;
        let mut nothing = by_key("nothing-granted", keys(json!([key.public_jwk()])));
        nothing.metadata.scope = smart_verify::scope::ScopeSet::default();
        clients.extend([
            disabled,
            fixtures::client("app", &app),
            fixtures::client("by-secret", &secret),
            empty,
            nothing,
        ]);
        let store = move || {
            let store = MemoryStore::default();
            clients.iter().cloned().for_each(|client| store.put_client(client));
            store
        };
        let mut published = Published::default();
        published.sets.insert(JWKS_URI.to_owned(), json!({ "keys": [key.public_jwk()] }));
        Self { key, rsa, other, store: Box::new(store), published }
    }

    /// Two doors over one memory of their own.
    pub(super) fn doors(&self) -> Doors {
        let service = Service::new("https://auth.example.org", "https://fhir.example.org/r4");
        let (store, jwks) = ((self.store)(), self.published.clone());
        let desk = || TokenDesk {
            store: store.clone(),
            signer: LocalSigner::default(),
            jwks: jwks.clone(),
            service: service.clone(),
        };
        Doors {
            token: token::Ports { desk: desk(), minting: fixtures::minting() },
            backend: backend_token::Ports { desk: desk() },
        }
    }

    /// How often keys were asked for at an address.
    pub(super) fn reads(&self) -> usize {
        self.published.reads.load(Ordering::Relaxed)
    }
}

type Here = With<MemoryStore, LocalSigner, Published>;

/// `/token` and `/backend-token`.
pub(super) struct Doors {
    token: token::Ports<Here>,
    backend: backend_token::Ports<Here>,
}

impl Doors {
    /// What one of them says to a body.
    pub(super) async fn ask(&self, door: &str, body: &str, now: UnixSeconds) -> Told {
        let request = http::Request::post(format!("https://auth.example.org{door}"))
            .header("content-type", "application/x-www-form-urlencoded");
        let request: Request = request.body(body.to_owned().into()).unwrap();
        let response = match door {
            "/token" => token::handle(request, &self.token, now).await,
            _ => backend_token::handle(request, &self.backend, now).await,
        };
        told(&response)
    }

    /// What one of them says to a good request with this assertion.
    pub(super) async fn present(&self, door: &str, assertion: &str) -> Told {
        self.ask(door, &body(assertion, &[]), NOW).await
    }
}

/// A request with an assertion, and more.
pub(super) fn body(assertion: &str, more: &[(&str, &str)]) -> String {
    let usual = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", KIND),
        ("client_assertion", assertion),
    ];
    form(&[&usual, more].concat())
}

fn told(response: &Response) -> Told {
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["content-type"], "application/json");
    let mut body: Value = serde_json::from_slice(response.body()).unwrap();
    // Two tokens are never the same.
    if let Some(token) = body.get_mut("access_token") {
        *token = json!("a token");
    }
    let sentence = body["error_description"].as_str().unwrap_or_default();
    let allowed = |byte: u8| matches!(byte, 0x20 | 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
    assert!(sentence.bytes().all(allowed), "{sentence}");
    let reason = response.extensions().get::<RefusalNote>().map_or("", |refusal| refusal.reason);
    Told { status: response.status().as_u16(), reason, body }
}
