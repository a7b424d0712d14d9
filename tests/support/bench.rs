//! Token functions of a test's own, wired as on Lambda, between which and AWS things go wrong; and grants that need no
//! browser to be given.

use std::time::Duration;

use aws::config::{Environment, Settings};
use aws::function::Function as _;
use aws::{Aws, Deployed, EmulatorUrls, Timeouts};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use smart::grant::{CodeBinding, Grant, Grantor, Lasting, Stage};
use smart::ports::{GrantIssuer as _, Issued, UserReader as _};
use smart_verify::time::UnixSeconds;
use testkit::fixtures::{self, VERIFIER};
use testkit::proxy::Proxy;
use web::Response;

use super::tables::tables;
use super::{form, service};

type Ports = token::Ports<Deployed>;

pub(crate) const APP: &str = "demo-confidential";
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// What stands where.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    pub(crate) dynamodb: String,
    pub(crate) kms: String,
    pub(crate) environment: Vec<(String, String)>,
}

impl Places {
    /// The emulators themselves.
    pub(crate) fn direct() -> Self {
        let functions = service().template.functions().unwrap();
        let token = functions.into_iter().find(|function| function.logical_id == "TokenFunction").unwrap();
        let urls = &service().urls;
        Self {
            dynamodb: urls.dynamodb.clone(),
            kms: urls.kms.clone(),
            environment: token.environment.into_iter().collect(),
        }
    }

    pub(crate) async fn function(&self, timeouts: Timeouts) -> Ports {
        let (dynamodb, kms) = (self.dynamodb.clone(), self.kms.clone());
        let aws = Aws::emulated_at(EmulatorUrls { dynamodb, kms }).await;
        let environment =
            Environment::from(self.environment.iter().cloned().collect::<std::collections::BTreeMap<_, _>>());
        Ports::wire(&Settings::from(environment), &aws.with_timeouts(timeouts)).await.unwrap()
    }
}

/// A function, the proxy before its AWS, and who uses it.
pub(crate) struct Bench {
    pub(crate) proxy: Proxy,
    pub(crate) places: Places,
    pub(crate) patient: Ports,
    secret: String,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Came {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<u64>,
    pub(crate) body: Value,
}

impl Came {
    pub(crate) fn of(response: &Response) -> Self {
        let retry_after = response.headers().get("retry-after");
        Self {
            status: response.status().as_u16(),
            retry_after: retry_after.map(|seconds| seconds.to_str().unwrap().parse().unwrap()),
            body: serde_json::from_slice(response.body()).unwrap_or_default(),
        }
    }

    pub(crate) fn refresh_token(&self) -> String {
        self.body["refresh_token"].as_str().unwrap_or_else(|| panic!("{self:?}")).to_owned()
    }

    pub(crate) fn error(&self) -> &str {
        self.body["error"].as_str().unwrap_or_default()
    }
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let proxy = Proxy::default();
        let direct = Places::direct();
        let places = Places {
            dynamodb: proxy.before(&direct.dynamodb).await,
            kms: proxy.before(&direct.kms).await,
            ..direct
        };
        let timeouts = Timeouts { backoff: Duration::from_millis(1), ..Timeouts::WITH_EMULATORS };
        let patient = places.function(timeouts).await;
        let app = service().seeded.clients.iter().find(|client| client.client.client_id.as_str() == APP);
        let secret = app.unwrap().secret.clone().unwrap();
        Self { proxy, places, patient, secret }
    }

    /// A code that a person has just given an app.
    pub(crate) async fn code(&self, lasting: Option<Lasting>, now: UnixSeconds) -> (Grant, String) {
        self.code_of(|grant| Grant { stage: Stage::Issued { lasting }, ..grant }, now).await
    }

    /// The same of a grant that is another than usual.
    pub(crate) async fn code_of(
        &self,
        other: impl FnOnce(Grant) -> Grant,
        now: UnixSeconds,
    ) -> (Grant, String) {
        let tables = tables().await;
        let (grant, code) = fixtures::issued_grant(APP, "chidi");
        let app = service().seeded.clients.iter().find(|client| client.client.client_id.as_str() == APP);
        let grant = other(Grant {
            person: Grantor {
                subject: tables.user("chidi").await.unwrap().unwrap().subject,
                auth_time: now,
                ..grant.person
            },
            code: CodeBinding {
                redirect_uri: app.unwrap().client.metadata.redirect_uris[0].as_str().to_owned(),
                ..grant.code
            },
            issued_at: now,
            stage_since: now,
            expires_at: now + DAY,
            ..grant
        });
        let issued = tables.issue(&fixtures::only(&grant, &fixtures::report(&grant))).await.unwrap();
        assert!(matches!(issued, Issued::Issued));
        (grant, code.write(&self.patient.minting.macs))
    }

    /// A refresh token, and the grant of it.
    pub(crate) async fn refresh_token(&self, now: UnixSeconds) -> (Grant, String) {
        let (grant, code) = self.code(Some(Lasting::Offline { until: now + DAY * 365 }), now).await;
        let given = self.send(&self.patient, "/token", &self.exchange(&grant, &code), now).await;
        assert_eq!(given.status, 200, "{given:?}");
        (grant, given.refresh_token())
    }

    pub(crate) fn exchange(&self, grant: &Grant, code: &str) -> String {
        let redirect_uri = grant.code.redirect_uri.as_str();
        form(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", VERIFIER),
        ])
    }

    pub(crate) fn refresh(token: &str) -> String {
        form(&[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    /// Sends a form of the app.
    pub(crate) async fn send(&self, to: &Ports, path: &str, form: &str, now: UnixSeconds) -> Came {
        let proof = (!form.contains("client_assertion")).then(|| self.proof());
        Came::of(&send(to, path, form, proof.as_deref(), now).await)
    }

    pub(crate) fn proof(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{APP}:{}", self.secret)))
    }
}

/// Sends a form to a function.
pub(crate) async fn send(
    to: &Ports,
    path: &str,
    form: &str,
    proof: Option<&str>,
    now: UnixSeconds,
) -> Response {
    let request = http::Request::post(format!("http://127.0.0.1{path}"));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let request = match proof {
        Some(proof) => request.header("authorization", proof),
        None => request,
    };
    token::handle(request.body(form.to_owned().into()).unwrap(), to, now).await
}
