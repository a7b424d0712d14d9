//! What callers are answered: the handler over a store in memory.
//!
//! This place owns the forms of HTTP: statuses, headers, ETag, `problem+json`, `Idempotency-Key`, the paths of RFC 7591
//! and RFC 7592, pages of lists, and the record of an answer. Who may do what and what becomes of it is checked in
//! `shared/testkit/tests/operations`, members and values next to their types in `shared/smart`, and walks through the
//! gateway with real tables in `tests`. A promise is checked in one of these places.

mod approvals;
mod audit;
mod clients;
mod limits;
mod openapi;
mod outages;
mod register;
mod secrets;
mod users;

use std::collections::BTreeMap;
use std::time::Duration;

use account::AccountHome;
use aws::own_endpoints::OwnEndpoints;
use bytes::Bytes;
use http::{Method, header};
use pages::layout::Site;
use serde_json::{Value, json};
use smart::client::{Client, ClientId};
use smart::narrowing::RequestedScopes;
use smart::operations::{Actor, Operations};
use smart::ports::ClientWriter;
use smart::registration::{SelfRegistration, SelfRegistrationPolicy};
use smart::service::Service;
use smart::token::{Bearer, claims};
use smart::user::Ceilings;
use smart_verify::access_token::{Expected, TYPE};
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;
use testkit::fixtures::NOW;
use testkit::{LocalSigner, MemoryStore, NoJwks, With};
use web::browser::cookies::CookiePolicy;
use web::browser::seal::PageKeys;
use web::notes::RefusalNote;
use web::{Request, Response};

use crate::{Ports, handle};

const ISSUER: &str = "https://auth.example.org";
const FHIR: &str = "https://fhir.example.org/r4";

/// The account home of a test server.
fn account_home() -> AccountHome {
    let service = Service::new(ISSUER, FHIR);
    AccountHome {
        site: Site::new("Example Hospital", true, ISSUER),
        cookies: CookiePolicy::for_issuer(ISSUER).unwrap(),
        session_lifetime: Duration::from_secs(8 * 3600),
        local_accounts: true,
        sandbox_fhir_user: Some("Practitioner/demo".to_owned()),
        people: Vec::new(),
        ceilings: Ceilings::default(),
        endpoints: OwnEndpoints::new(&service),
    }
}

/// A service in memory and the token of somebody who may manage its clients.
struct Stage {
    ports: Ports<With<MemoryStore, LocalSigner, NoJwks>>,
    token: String,
    now: UnixSeconds,
}

impl Stage {
    async fn new() -> Self {
        Self::that_is(SelfRegistration::Off).await
    }

    /// A service of which others than administrators may register so much.
    async fn that_is(mode: SelfRegistration) -> Self {
        let ceiling = ScopeSet::parse("launch/patient openid fhirUser patient/*.rs");
        let ports = Ports {
            store: MemoryStore::default(),
            keys: LocalSigner::default(),
            jwks: NoJwks,
            seals: PageKeys::derive(&BTreeMap::from([(1, [7; 32])]), 1).unwrap(),
            audit: testkit::fixtures::audit(),
            policy: SelfRegistrationPolicy { mode, ceiling, needs_pages: false },
            service: Service::new(ISSUER, FHIR),
            account: account_home(),
        };
        let token = token(&ports.keys, ISSUER, FHIR, "__registration", NOW).await;
        Self { ports, token, now: NOW }
    }

    /// Lets time pass.
    async fn later(&mut self, seconds: u64) {
        self.now = UnixSeconds(self.now.0 + seconds);
        self.token = token(&self.ports.keys, ISSUER, FHIR, "__registration", self.now).await;
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Response {
        let bearer = format!("Bearer {}", self.token);
        let headers = [&[("authorization", bearer.as_str())], headers].concat();
        self.answer(request(method, path, &headers, body)).await
    }

    async fn answer(&self, asked: Request) -> Response {
        let response = handle(asked, &self.ports, self.now).await;
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store", "rg_10");
        assert_eq!(response.headers()[header::PRAGMA], "no-cache");
        response
    }

    async fn post(&self, body: &Value) -> Response {
        self.json(Method::POST, "/clients", None, body).await
    }

    async fn put(&self, read: &Response, body: &Value) -> Response {
        self.json(Method::PUT, &path_of(read), Some(read), body).await
    }

    /// Sends a body to any path, with the tag that was read if one was.
    async fn json(&self, method: Method, path: &str, tag: Option<&Response>, body: &Value) -> Response {
        let tag = tag.map(|read| ("if-match", read.headers()[header::ETAG].to_str().unwrap()));
        let headers: Vec<_> = tag.into_iter().chain([JSON]).collect();
        self.send(method, path, &headers, body.to_string()).await
    }

    /// Sends something with another token than the administrator's, or with none.
    async fn outsider(&self, method: Method, path: &str, token: Option<&str>, body: &Value) -> Response {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let bearer = bearer.as_deref().map(|bearer| ("authorization", bearer));
        let headers: Vec<_> = bearer.into_iter().chain([JSON]).collect();
        self.answer(request(method, path, &headers, body.to_string())).await
    }

    /// Registers a client with an initial access token, or without one.
    async fn register(&self, token: Option<&str>, body: &Value) -> Response {
        self.outsider(Method::POST, "/register", token, body).await
    }

    /// An action without a body: it needs no tag.
    async fn act(&self, path: &str) -> Response {
        self.json(Method::POST, path, None, &json!({})).await
    }

    /// What a list holds.
    async fn items(&self, path: &str) -> Vec<Value> {
        body_of(&self.get(path).await)["items"].as_array().unwrap().clone()
    }

    async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, &[], "").await
    }

    async fn stored(&self, response: &Response) -> Client {
        let id: ClientId = path_of(response).trim_start_matches("/clients/").parse().unwrap();
        self.ports.store.current(&id).await.unwrap().unwrap()
    }
}

const JSON: (&str, &str) = ("content-type", "application/json");

async fn token(
    signer: &LocalSigner,
    issuer: &str,
    audience: &str,
    scope: &str,
    issued: UnixSeconds,
) -> String {
    let place = Expected { issuer: issuer.to_owned(), audience: audience.to_owned() };
    let scopes = ScopeSet::parse(scope);
    let granted = RequestedScopes::all_registered(&scopes).narrow_to(&scopes, &scopes).granted;
    let bearer = Bearer { subject: "admin", client_id: "admin", scope: &granted };
    let claims = claims(&place, bearer, Duration::from_secs(300), issued);
    smart::issuing::mint::sign(signer, TYPE, &claims, issued).await.unwrap()
}

fn request(method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Request {
    let mut request = http::Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

/// What a user may do who has not signed in.
fn anonymous(stage: &Stage) -> Operations<'_, With<MemoryStore, LocalSigner, NoJwks>> {
    stage.ports.operations(Actor::Anonymous { address: "192.0.2.1", initial: None }, stage.now)
}

fn body_of(response: &Response) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

fn path_of(response: &Response) -> String {
    format!("/clients/{}", body_of(response)["client_id"].as_str().unwrap())
}

fn reason(response: &Response) -> (&'static str, &'static str) {
    let refusal = response.extensions().get::<RefusalNote>().unwrap();
    (refusal.error, refusal.reason)
}

/// The status and the reason of a refusal.
fn why(response: &Response) -> (u16, &'static str) {
    (response.status().as_u16(), reason(response).1)
}

fn text_of(response: &Response) -> String {
    String::from_utf8(response.body().to_vec()).unwrap()
}

fn text(body: &Value, member: &str) -> String {
    body[member].as_str().unwrap_or_else(|| panic!("{member} in {body}")).to_owned()
}

fn app(method: &str) -> Value {
    json!({
        "client_name": "An app", "redirect_uris": ["https://app.example.org/cb"],
        "token_endpoint_auth_method": method, "scope": "launch/patient openid fhirUser patient/*.rs",
    })
}
