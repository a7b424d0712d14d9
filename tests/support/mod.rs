//! The service, started once for all journeys, and those who use it.

mod app;
pub(crate) mod bench;
mod browser;
pub(crate) mod logs;
mod page;
pub(crate) mod tables;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, mpsc};

use local::calls::{Call, CallLog};
use local::kms::Kms;
use local::seed::Seeded;
use local::template::Template;
use local::{Clock, Options, Stack, Urls};
use reqwest::redirect::Policy;
use serde_json::Value;
use smart_verify::time::UnixSeconds;

pub(crate) use app::{App, VERIFIER, parameter};
pub(crate) use browser::{Browser, Led};
pub(crate) use page::Page;

/// Where a service is, who exists there, and what it calls.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) urls: Urls,
    pub(crate) seeded: Seeded,
    pub(crate) template: Template,
    pub(crate) kms: Kms,
    pub(crate) calls: BTreeMap<String, CallLog>,
    clock: Clock,
}

static SHARED: LazyLock<&'static Service> = LazyLock::new(|| start(Options::default()));

thread_local! {
    static OWN: Cell<Option<&'static Service>> = const { Cell::new(None) };
    static ANSWERS: RefCell<Vec<Answer>> = const { RefCell::new(Vec::new()) };
}

/// How many services were started, each of which has an account of its own where another emulator plays AWS.
static STARTED: AtomicUsize = AtomicUsize::new(0);

/// Starts a service that lives as long as the tests. With `JOURNEYS_ELSEWHERE` another emulator plays DynamoDB and KMS.
fn start(options: Options) -> &'static Service {
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    let external_emulator = std::env::var_os("JOURNEYS_ELSEWHERE").map(|file| (file.into(), number));
    let options = Options { external_emulator, ..options };
    let (send, receive) = mpsc::channel();
    // On a thread of its own: each test has a runtime that ends with it, and the service must not.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let stack = Stack::start(&options).await.unwrap();
            let service = Service {
                urls: stack.urls.clone(),
                seeded: stack.seeded.clone(),
                template: stack.template.clone(),
                kms: stack.kms.clone(),
                calls: stack.calls.clone(),
                clock: stack.clock,
            };
            send.send(service).unwrap();
            std::future::pending::<()>().await;
        });
    });
    Box::leak(Box::new(receive.recv().unwrap()))
}

/// The service that journeys share, or the one that this test has to itself.
pub(crate) fn service() -> &'static Service {
    OWN.get().unwrap_or(*SHARED)
}

/// Gives this test a service of its own, whose calls nobody else makes.
pub(crate) fn own_service() -> &'static Service {
    own_service_with(Options::default())
}

/// The same, started in another way than usual.
pub(crate) fn own_service_with(options: Options) -> &'static Service {
    let own = start(options);
    use_service(own);
    own
}

/// The same, whose clock stands still: its functions remember what they have read, so that a flow makes the same calls
/// on a busy machine as on an idle one.
pub(crate) fn timeless_service_with(options: Options) -> &'static Service {
    own_service_with(Options { clock: Clock::stopped(), ..options })
}

/// Lets what runs on this thread use a service that another test has made.
pub(crate) fn use_service(own: &'static Service) {
    OWN.set(Some(own));
}

/// Speaks HTTP and follows nothing by itself. It trusts no certificate: reading those of this machine takes longer than a
/// whole request.
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().tls_certs_only([]).redirect(Policy::none()).build().unwrap()
}

/// An answer, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn of(request: reqwest::RequestBuilder) -> Self {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let answer = Self { status, headers, text: answer.text().await.unwrap() };
        ANSWERS.with_borrow_mut(|answers| answers.push(answer.clone()));
        answer
    }

    /// All answers that this test was given so far.
    pub(crate) fn all() -> Vec<Self> {
        ANSWERS.with_borrow(Clone::clone)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The OAuth error, whose answer must be as RFC 6749 says.
    pub(crate) fn error(&self) -> String {
        let body = self.json();
        assert!(body.get("access_token").is_none());
        assert_eq!(self.header("cache-control"), "no-store");
        let sentence = body["error_description"].as_str().unwrap();
        assert!(
            sentence.bytes().all(|byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5B | 0x5D..=0x7E)),
            "gen_6: {sentence}"
        );
        // Whatever is refused by a token endpoint is explained on a page.
        if let Some(page) = body.get("error_uri").and_then(Value::as_str) {
            let reason = page.strip_prefix(&format!("{}/help/", service().urls.issuer)).unwrap();
            assert!(smart::reasons::find(reason).is_some(), "{reason}");
        }
        body["error"].as_str().unwrap().to_owned()
    }
}

/// A form body.
pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

impl Service {
    /// What time it is for the service.
    pub(crate) fn now(&self) -> UnixSeconds {
        self.clock.now()
    }

    /// The calls that a function has made since they were last taken.
    pub(crate) fn calls(&self, function: &str) -> Vec<Call> {
        self.calls[function].take()
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.urls.issuer)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(http().get(self.at(path))).await
    }

    pub(crate) async fn post(&self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let request = http().post(self.at(path)).body(form(pairs));
        Answer::of(request.header("content-type", "application/x-www-form-urlencoded")).await
    }

    /// Asks for a backend token by an assertion.
    pub(crate) async fn backend_token(&self, door: &str, assertion: &str, scope: Option<&str>) -> Answer {
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let mut pairs = vec![
            ("grant_type", "client_credentials"),
            ("client_assertion_type", kind),
            ("client_assertion", assertion),
        ];
        pairs.extend(scope.map(|scope| ("scope", scope)));
        self.post(door, &pairs).await
    }

    /// A fresh assertion of the backend client.
    pub(crate) fn assertion(&self) -> String {
        self.seeded.backend.assertion(&self.at("/token"), self.now())
    }

    pub(crate) async fn fhir(&self, path: &str, token: &str) -> Answer {
        Answer::of(http().get(format!("{}/{path}", self.urls.fhir_base_url)).bearer_auth(token)).await
    }
}
