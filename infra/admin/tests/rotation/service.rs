//! A running service whose clock a test moves, and the command line for it.

use std::sync::atomic::{AtomicU64, Ordering};

use admin::{Cli, Failure, World};
use aws::config::StoredSettings;
use aws::dynamodb::SettingsTable;
use aws::{Aws, EmulatorUrls};
use clap::Parser as _;
use jsonwebtoken::decode_header;
use local::{Clock, Options, Stack};
use serde_json::Value;
use smart::settings::SettingsItem;
use smart_verify::time::UnixSeconds;

/// How many services there are in this file of tests at most.
const MOST: usize = 16;

/// How many seconds the clock of each service is ahead.
static AHEAD: [AtomicU64; MOST] = [const { AtomicU64::new(0) }; MOST];

fn clock<const NUMBER: usize>() -> UnixSeconds {
    UnixSeconds(aws::lambda::now().0 + AHEAD[NUMBER].load(Ordering::SeqCst))
}

/// A service with a clock of its own.
pub(crate) struct Service {
    pub(crate) stack: Stack,
    ahead: &'static AtomicU64,
}

impl Service {
    /// Starts it. Each test takes another number.
    pub(crate) async fn start<const NUMBER: usize>() -> Self {
        let options = Options { clock: Clock::Running(clock::<NUMBER>), ..Options::default() };
        Self { stack: Stack::start(&options).await.unwrap(), ahead: &AHEAD[NUMBER] }
    }

    /// Moves the clock.
    pub(crate) fn wait(&self, minutes: u64) {
        self.ahead.fetch_add(60 * minutes, Ordering::SeqCst);
    }

    /// Moves the clock until every function has read its settings again.
    pub(crate) fn wait_for_functions(&self) {
        self.wait(5);
    }

    /// The ARN of a key that the stack made.
    pub(crate) fn key(&self, id: &str) -> String {
        let keys = self.stack.template.keys().unwrap();
        keys.into_iter().find(|key| key.logical_id == id).unwrap().arn
    }

    /// Runs a command for this service and returns its JSON.
    pub(crate) async fn admin(&self, words: &[&str]) -> Result<Value, Failure> {
        let said = self.said(&[&["--json"], words].concat(), None).await?;
        Ok(serde_json::from_str(&said).unwrap())
    }

    /// Runs a command for this service.
    pub(crate) async fn said(&self, words: &[&str], input: Option<&str>) -> Result<String, Failure> {
        let key = self.key("SigningKey");
        let issuer = self.stack.urls.issuer.clone();
        let place = ["--settings-table", "SettingsTable", "--signing-key", &key, "--stack", "local"];
        let words = [&["smart-admin"], words, &place, &["--base-url", &issuer]].concat();
        let cli = Cli::parse_from(words);
        let world = World { input: input.map(str::to_owned), ..self.world().await };
        admin::run(cli, &world).await
    }

    pub(crate) async fn world(&self) -> World {
        World { now: self.stack.clock.now(), aws: Some(self.aws().await), ..World::of_operator() }
    }

    pub(crate) async fn aws(&self) -> Aws {
        let urls = &self.stack.urls;
        Aws::emulated_at(EmulatorUrls { dynamodb: urls.dynamodb.clone(), kms: urls.kms.clone() }).await
    }

    /// What is in the SettingsTable.
    pub(crate) async fn stored(&self) -> StoredSettings {
        let table = SettingsTable::new(self.aws().await.dynamodb(), "SettingsTable".to_owned());
        table.read(&SettingsItem::ALL).await.unwrap()
    }

    /// A new token of the backend client.
    pub(crate) async fn token(&self) -> String {
        let audience = format!("{}/token", self.stack.urls.issuer);
        let assertion = self.stack.seeded.backend.assertion(&audience, self.stack.clock.now());
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let answer = self
            .post(&[
                ("grant_type", "client_credentials"),
                ("client_assertion_type", kind),
                ("client_assertion", &assertion),
            ])
            .await;
        let token = answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}"));
        assert_eq!(self.read_with(token).await, 200);
        token.to_owned()
    }

    /// The `kid` of a new token.
    pub(crate) async fn kid_of_a_token(&self) -> String {
        decode_header(self.token().await).unwrap().kid.unwrap()
    }

    /// What the FHIR API answers to a token.
    pub(crate) async fn read_with(&self, token: &str) -> u16 {
        let read = http().get(format!("{}/Patient", self.stack.urls.fhir_base_url)).bearer_auth(token);
        read.send().await.unwrap().status().as_u16()
    }

    /// Asks the token endpoint.
    pub(crate) async fn post(&self, pairs: &[(&str, &str)]) -> Value {
        let request = http().post(format!("{}/token", self.stack.urls.issuer)).body(form(pairs));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.send().await.unwrap().json().await.unwrap()
    }

    /// The `kid` of each published key.
    pub(crate) async fn published(&self) -> Vec<String> {
        let url = format!("{}/.well-known/jwks.json", self.stack.urls.issuer);
        let keys: Value = http().get(url).send().await.unwrap().json().await.unwrap();
        let keys = keys["keys"].as_array().unwrap().iter();
        keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    }

    /// The state of each signing key.
    pub(crate) async fn states(&self) -> Vec<String> {
        let listed = self.admin(&["keys", "list"]).await.unwrap();
        let keys = listed["signing_keys"].as_array().unwrap().iter();
        keys.map(|key| key["state"].as_str().unwrap().to_owned()).collect()
    }
}

pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

pub(crate) fn http() -> reqwest::Client {
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]);
    client.redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// A refusal, which must have exit code 1.
pub(crate) fn refused(outcome: Result<Value, Failure>) -> String {
    let failure = outcome.unwrap_err();
    assert_eq!(failure.code(), 1, "{failure}");
    failure.to_string()
}
