//! The API over real HTTP, with tokens signed by a key that a test publishes.

mod access;
mod bearer;
mod search;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::Json;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use smart_verify::time::UnixSeconds;
use tokio::net::TcpListener;

use super::*;

const ISSUER: &str = "https://issuer.example";
const NOW: u64 = 1_800_000_000;
const LABORATORY: &str = "category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";

thread_local! {
    /// The time, for this test alone: a test and its servers share one thread.
    static CLOCK: Cell<u64> = const { Cell::new(NOW) };
}

fn clock() -> UnixSeconds {
    UnixSeconds(CLOCK.get())
}

/// A key pair as the authorization server would have one.
struct Key {
    kid: &'static str,
    pair: EcdsaKeyPair,
}

impl Key {
    fn generate(kid: &'static str) -> Self {
        Self { kid, pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap() }
    }

    fn jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        let part = |bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let (x, y) = (part(x), part(y));
        json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.kid, "x": x, "y": y })
    }

    fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": "ES256", "typ": "at+jwt", "kid": self.kid });
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(&header), part(claims));
        let signature = self.pair.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

/// An API, its authorization server's JWKS, and a client.
struct Stage {
    key: Key,
    base: String,
    fetches: Arc<AtomicUsize>,
    client: Client,
}

impl Stage {
    async fn set() -> Self {
        let key = Key::generate("one");
        let fetches = Arc::new(AtomicUsize::new(0));
        let (jwks, counted) = (json!({ "keys": [key.jwk()] }), fetches.clone());
        let answer = move || {
            counted.fetch_add(1, Ordering::SeqCst);
            std::future::ready(Json(jwks.clone()))
        };
        let document = || std::future::ready(Json(json!({ "issuer": ISSUER })));
        let server = Router::new().route("/jwks", get(answer)).route("/fhir/metadata", get(document));
        let origin = serve(TcpListener::bind("127.0.0.1:0").await.unwrap(), server);
        Self::with_authorization_server(key, &origin, fetches).await
    }

    async fn with_authorization_server(key: Key, origin: &str, fetches: Arc<AtomicUsize>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/fhir", listener.local_addr().unwrap());
        let api = FhirApi {
            issuer: ISSUER.to_owned(),
            fhir_base_url: base.clone(),
            jwks_url: format!("{origin}/jwks").parse().unwrap(),
            relay_discovery_from: Some(origin.parse().unwrap()),
            clock: Clock::Running(clock),
        };
        serve(listener, router(api));
        Self { key, base, fetches, client: Client::builder().no_proxy().tls_certs_only([]).build().unwrap() }
    }

    /// The claims of a good token: a backend service's, unless `more` says otherwise.
    fn claims(&self, scope: &str, more: &Value) -> Value {
        let mut claims = json!({
            "iss": ISSUER, "aud": self.base, "sub": "app", "client_id": "app", "scope": scope,
            "jti": "once", "iat": NOW, "exp": NOW + 3600,
        });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        claims
    }

    fn backend(&self, scope: &str) -> String {
        self.key.sign(&self.claims(scope, &json!({})))
    }

    /// A token of a user, `Practitioner/clara` by an absolute URL, with a patient in context if one is named.
    fn user(&self, fhir_user: &str, patient: Option<&str>, scope: &str) -> String {
        let mut more = json!({ "sub": "person", "fhirUser": format!("{}/{fhir_user}", self.base) });
        if let Some(patient) = patient {
            more["patient"] = json!(patient);
        }
        self.key.sign(&self.claims(scope, &more))
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}/{path}", self.base))
    }

    async fn status(&self, path: &str, token: &str) -> u16 {
        self.get(path).bearer_auth(token).send().await.unwrap().status().as_u16()
    }

    async fn search(&self, path: &str, token: &str) -> Value {
        let response = self.get(path).bearer_auth(token).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], "application/fhir+json");
        response.json().await.unwrap()
    }

    /// The ids that a search finds.
    async fn ids(&self, path: &str, token: &str) -> String {
        let bundle = self.search(path, token).await;
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        let ids: Vec<&str> = entries.iter().filter_map(|entry| entry["resource"]["id"].as_str()).collect();
        assert_eq!(bundle["total"], ids.len());
        ids.join(" ")
    }
}

fn serve(listener: TcpListener, router: Router) -> String {
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
    origin
}

/// What every refusal is: a status and an OperationOutcome.
async fn refusal(response: Response) -> (u16, String) {
    assert_eq!(response.headers()["content-type"], "application/fhir+json");
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    let status = response.status().as_u16();
    let challenge =
        response.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
    let outcome: Value = response.json().await.unwrap();
    assert_eq!(outcome["resourceType"], "OperationOutcome");
    assert_eq!(outcome["issue"][0]["severity"], "error");
    (status, challenge.unwrap_or_default())
}
