//! A token function over a store: everything in memory, or the real SDK and the emulators of AWS.

use std::collections::BTreeMap;

use aws::config::{Environment, Settings};
use aws::dynamodb::{Table, TableNames, Tables};
use aws::function::Function as _;
use aws::{Aws, Deployed, EmulatorUrls};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use local::Urls;
use local::calls::CallLog;
use local::template::{Template, Values};
use serde_json::{Value, json};
use smart::client::{Client, ClientSecret};
use smart::grant::{Grant, Grantor, Lasting, Stage};
use smart::issuing::TokenDesk;
use smart::narrowing::RequestedScopes;
use smart::ports::{ClientWriter, GrantIssuer, Issued, World};
use smart::service::Service;
use smart_verify::scope::ScopeSet;
use testkit::fixtures::{self, BackendKey, VERIFIER, fresh_name};
use testkit::{LocalSigner, MemoryStore, NoJwks, With};
use token::{Ports, Reaches};

use crate::flow::Flow;

const USER: &str = "measured";

/// The function, and who uses it.
pub(crate) struct Side<W: World, I> {
    ports: Ports<W>,
    issuer: I,
    app: Client,
    service: Client,
    key: BackendKey,
    secret: String,
}

/// A request that is ready to be sent.
#[derive(Debug)]
pub(crate) struct PreparedRequest {
    path: &'static str,
    form: Vec<(&'static str, String)>,
    proves_itself: bool,
}

impl Side<With<MemoryStore, LocalSigner, NoJwks>, MemoryStore> {
    pub(crate) async fn in_memory() -> Self {
        let store = MemoryStore::default();
        store.put_user(fixtures::user(USER));
        let service = Service::new("https://auth.example.org", "https://fhir.example.org/r4");
        let desk = TokenDesk { store: store.clone(), signer: LocalSigner::default(), jwks: NoJwks, service };
        Self::of(Ports { desk, minting: fixtures::minting() }, store).await
    }

    /// Stores so many grants more.
    pub(crate) async fn fill(&self, grants: usize) {
        for _ in 0..grants {
            let (grant, _) = fixtures::issued_grant("an-app", USER);
            let issued = self.issuer.issue(&fixtures::only(&grant, &fixtures::report(&grant))).await.unwrap();
            assert!(matches!(issued, Issued::Issued));
        }
    }
}

impl Side<Deployed, Tables> {
    pub(crate) async fn with_sdk(urls: &Urls, calls: &CallLog) -> Self {
        let (dynamodb, kms) = (urls.dynamodb.clone(), urls.kms.clone());
        let aws = Aws::emulated_at(EmulatorUrls { dynamodb, kms }).await.watched_by(calls.clone());
        let functions = Template::of_this_repository(Values::at(&urls.issuer)).unwrap().functions().unwrap();
        let function = functions.into_iter().find(|function| function.binary == "token").unwrap();
        let environment: BTreeMap<_, _> = function.environment.into_iter().collect();
        let names = TableNames::of_program([
            (Table::Clients, "ClientsTable".to_owned()),
            (Table::Users, "UsersTable".to_owned()),
            (Table::Grants, "GrantsTable".to_owned()),
            (Table::Consents, "ConsentsTable".to_owned()),
        ]);
        let tables = Tables::new(aws.dynamodb(), names);
        tables.put_user(&fixtures::user(USER)).await.unwrap();
        Self::of(Ports::wire(&Settings::from(Environment::from(environment)), &aws).await.unwrap(), tables)
            .await
    }
}

impl<W: Reaches, I: GrantIssuer> Side<W, I> {
    async fn of(ports: Ports<W>, issuer: I) -> Self
    where
        I: ClientWriter,
    {
        let secret = ClientSecret::generate();
        let metadata = json!({
            "client_name": "An app", "redirect_uris": [fixtures::REDIRECT_URI],
            "token_endpoint_auth_method": "client_secret_basic", "scope": "launch/patient openid fhirUser patient/*.rs",
        });
        let mut app = fixtures::client(&fresh_name(), &metadata);
        app.secrets = vec![secret.stored(aws::lambda::now())];
        let (service, key) = fixtures::backend_client(&fresh_name());
        for client in [&app, &service] {
            issuer.create(client).await.unwrap();
        }
        Self { ports, issuer, app, service, key, secret: secret.reveal().to_owned() }
    }

    /// Makes a request of a flow ready, with all that must have happened before it.
    pub(crate) async fn ask(&self, flow: Flow) -> PreparedRequest {
        let asked = |path, form| PreparedRequest { path, form, proves_itself: true };
        match flow {
            Flow::BackendToken => self.assertion(),
            Flow::Code => self.code("launch/patient patient/*.rs").await,
            Flow::CodeWithIdToken => self.code("launch/patient openid fhirUser patient/*.rs").await,
            Flow::Refresh => {
                let refresh_token = self.given("refresh_token").await;
                let form = vec![("grant_type", "refresh_token".to_owned()), ("refresh_token", refresh_token)];
                asked("/token", form)
            }
            Flow::Introspect => asked("/introspect", vec![("token", self.given("access_token").await)]),
            Flow::Revoke => asked("/revoke", vec![("token", self.given("refresh_token").await)]),
        }
    }

    /// Sends it, and is answered well.
    pub(crate) async fn send(&self, asked: PreparedRequest) -> Value {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let body = form.extend_pairs(&asked.form).finish();
        let request = http::Request::post(format!("https://auth.example.org{}", asked.path))
            .header("content-type", "application/x-www-form-urlencoded");
        let request = if asked.proves_itself {
            let proof = STANDARD.encode(format!("{}:{}", self.app.client_id, self.secret));
            request.header("authorization", format!("Basic {proof}"))
        } else {
            request
        };
        let request = request.body(body.into()).unwrap();
        let answer = token::handle(request, &self.ports, aws::lambda::now()).await;
        assert_eq!(answer.status(), 200, "{} {:?}", asked.path, answer.body());
        serde_json::from_slice(answer.body()).unwrap_or_default()
    }

    fn assertion(&self) -> PreparedRequest {
        let (id, now) = (self.service.client_id.as_str(), aws::lambda::now().0);
        let aud = self.ports.desk.service.token_endpoint();
        let claims =
            json!({ "iss": id, "sub": id, "aud": aud, "exp": now + 200, "iat": now, "jti": fresh_name() });
        let form = vec![
            ("grant_type", "client_credentials".to_owned()),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned()),
            ("client_assertion", self.key.sign(&claims)),
            ("scope", "system/*.rs".to_owned()),
        ];
        PreparedRequest { path: "/token", form, proves_itself: false }
    }

    /// A code that a person has just given the app, and may last.
    async fn code(&self, scope: &str) -> PreparedRequest {
        let (grant, code) = fixtures::issued_grant(self.app.client_id.as_str(), USER);
        let (now, scopes) = (aws::lambda::now(), ScopeSet::parse(scope));
        let day = std::time::Duration::from_secs(86_400);
        let grant = Grant {
            scope: RequestedScopes::all_registered(&scopes).narrow_to(&scopes, &scopes).granted,
            person: Grantor { auth_time: now, ..grant.person },
            issued_at: now,
            stage_since: now,
            expires_at: now + day,
            stage: Stage::Issued { lasting: Some(Lasting::Offline { until: now + day * 365 }) },
            ..grant
        };
        let issued = self.issuer.issue(&fixtures::only(&grant, &fixtures::report(&grant))).await.unwrap();
        assert!(matches!(issued, Issued::Issued));
        let form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.write(&self.ports.minting.macs)),
            ("redirect_uri", grant.code.redirect_uri),
            ("code_verifier", VERIFIER.to_owned()),
        ];
        PreparedRequest { path: "/token", form, proves_itself: true }
    }

    /// A token that the app was just given.
    async fn given(&self, name: &str) -> String {
        let code = self.code("launch/patient patient/*.rs").await;
        self.send(code).await[name].as_str().unwrap().to_owned()
    }
}
