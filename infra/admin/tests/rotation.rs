//! A rotation from the command line: add, deploy, promote, deploy, retire, deploy; the service is started again with the
//! parameters that were printed, on the keys that the emulator of KMS kept.
//!
//! Nothing waits: the operator's clock runs some hours behind, so what it plans has come when the service looks.

#![allow(clippy::unwrap_used, reason = "a journey that cannot go on has failed")]

use std::path::PathBuf;
use std::process::Command;

use admin::{Cli, Failure, World};
use aws::config::Environment;
use aws::{Aws, EmulatorUrls};
use clap::Parser as _;
use jsonwebtoken::decode_header;
use local::{Options, Stack};
use serde_json::{Value, json};
use smart_verify::time::UnixSeconds;

/// A deployment whose data outlives it.
struct Deployment {
    data: PathBuf,
    stack: Stack,
}

impl Deployment {
    async fn first(name: &str) -> Self {
        let data = std::env::temp_dir().join(format!("smart-admin-{name}-{}", std::process::id()));
        let stack = start(&data, 0, &[]).await;
        Self { data, stack }
    }

    /// Deploys the parameters that a command printed.
    async fn again(self, printed: &Value) -> Self {
        let port = self.stack.gateway.unwrap().port();
        self.stack.stop().await;
        let parameters = ["SigningKeys", "SigningKeyArns"]
            .map(|name| (name.to_owned(), printed["parameters"][name].as_str().unwrap().to_owned()));
        Self { stack: start(&self.data, port, &parameters).await, data: self.data }
    }

    async fn end(self) {
        self.stack.stop().await;
        std::fs::remove_dir_all(self.data).unwrap();
    }

    /// The schedule in use, as the functions have it.
    fn schedule(&self) -> String {
        self.stack.template.functions().unwrap()[0].environment["SIGNING_KEYS"].clone()
    }

    /// Runs a command on the schedule in use, so long ago.
    async fn admin(&self, hours_ago: u64, words: &[&str]) -> Result<Value, Failure> {
        let schedule = self.schedule();
        let usual = ["smart-admin", "keys", "--json", "--stack", "test", "--signing-keys", &schedule];
        let said =
            admin::run(Cli::parse_from(usual.iter().chain(words)), &self.world(hours_ago).await).await?;
        Ok(serde_json::from_str(&said).unwrap())
    }

    async fn world(&self, hours_ago: u64) -> World {
        let aws = Aws::emulated_at(EmulatorUrls {
            dynamodb: self.stack.urls.dynamodb.clone(),
            kms: self.stack.urls.kms.clone(),
        });
        let now = UnixSeconds(aws::lambda::now().0 - 3600 * hours_ago);
        World { now, aws: Some(aws.await), ..World::of_operator() }
    }

    /// The `kid` of a new token, which the FHIR API accepts.
    async fn kid_of_a_token(&self) -> String {
        let urls = &self.stack.urls;
        let assertion =
            self.stack.seeded.backend.assertion(&format!("{}/token", urls.issuer), aws::lambda::now());
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let form = format!(
            "grant_type=client_credentials&client_assertion_type={kind}&client_assertion={assertion}"
        );
        let request = http().post(format!("{}/token", urls.issuer)).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        let token = answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}"));
        let read = http().get(format!("{}/Patient", urls.fhir_base_url)).bearer_auth(token);
        assert_eq!(read.send().await.unwrap().status(), 200);
        decode_header(token).unwrap().kid.unwrap()
    }

    async fn published(&self) -> Vec<String> {
        let url = format!("{}/.well-known/jwks.json", self.stack.urls.issuer);
        let keys: Value = http().get(url).send().await.unwrap().json().await.unwrap();
        keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    }

    async fn states(&self) -> Vec<Value> {
        let listed = self.admin(0, &["list"]).await.unwrap();
        listed.as_array().unwrap().iter().map(|key| key["state"].clone()).collect()
    }
}

async fn start(data: &std::path::Path, port: u16, parameters: &[(String, String)]) -> Stack {
    let options =
        Options { port, data: Some(data.to_owned()), parameters: parameters.to_vec(), ..Options::default() };
    Stack::start(&options).await.unwrap()
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn d04_jw_3_jw_4_a_key_is_added_promoted_and_relieves_the_first() {
    let deployment = Deployment::first("rotation").await;
    let first = deployment.kid_of_a_token().await;

    let added = deployment.admin(40, &["add"]).await.unwrap();
    let (key, kid) = (added["key"].as_str().unwrap(), added["kid"].as_str().unwrap());
    let issuer = deployment.stack.urls.issuer.clone();
    let promote = ["promote", key, "--base-url", &issuer];
    let refused = deployment.admin(39, &promote).await.unwrap_err();
    assert_eq!((refused.code(), refused.to_string().contains("no such key")), (1, true), "{refused}");
    // The schedule is there, but not deployed.
    let early =
        ["smart-admin", "keys", "--signing-keys", added["parameters"]["SigningKeys"].as_str().unwrap()];
    let early = Cli::parse_from(early.iter().chain(&promote));
    let refused = admin::run(early, &deployment.world(39).await).await.unwrap_err();
    assert_eq!((refused.code(), refused.to_string().contains("is not published")), (1, true), "{refused}");

    let deployment = deployment.again(&added).await;
    assert_eq!(deployment.published().await, [first.as_str(), kid]);
    assert_eq!(deployment.kid_of_a_token().await, first);
    assert_eq!(deployment.states().await, ["signing", "published"]);
    assert_eq!(deployment.admin(39, &["retire", "SigningKey"]).await.unwrap_err().code(), 1);

    let promoted = deployment.admin(38, &promote).await.unwrap();
    let deployment = deployment.again(&promoted).await;
    assert_eq!(deployment.kid_of_a_token().await, kid);
    assert_eq!(deployment.states().await, ["relieved", "signing"]);

    let retired = deployment.admin(24, &["retire", "SigningKey"]).await.unwrap();
    assert!(retired["delete"].as_str().unwrap().contains("key/SigningKey"));
    let deployment = deployment.again(&retired).await;
    assert_eq!(deployment.states().await, ["retiring", "signing"]);
    // Whoever holds a token of the first key can still verify it.
    assert_eq!(deployment.published().await, [first.as_str(), kid]);
    assert_eq!(deployment.kid_of_a_token().await, kid);

    let added = deployment.admin(0, &["add"]).await.unwrap();
    assert_eq!(
        serde_json::from_str::<Vec<Value>>(added["parameters"]["SigningKeys"].as_str().unwrap())
            .unwrap()
            .len(),
        3
    );
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_cannot_be_read_is_left_out_unless_none_else_signs() {
    let deployment = Deployment::first("unreadable").await;
    let added = deployment.admin(40, &["add"]).await.unwrap();
    let function = deployment.stack.template.functions().unwrap().remove(0);
    let mut environment = function.environment;
    environment
        .insert("SIGNING_KEYS".to_owned(), added["parameters"]["SigningKeys"].as_str().unwrap().to_owned());
    let kms = deployment.world(0).await.aws.unwrap().kms();
    let connect = || async {
        let settings = aws::config::Settings::from(Environment::from(environment.clone()));
        let schedule = settings.reader().signing_keys();
        aws::kms::KmsSigner::connect(kms.clone(), schedule).await
    };
    let published = |signer: aws::kms::KmsSigner| {
        smart::ports::PublicKeys::published(&signer, aws::lambda::now()).keys.len()
    };
    assert_eq!(published(connect().await.unwrap()), 2);
    deployment.stack.kms.disable(added["key"].as_str().unwrap());
    assert_eq!(published(connect().await.unwrap()), 1);
    deployment.stack.kms.enable(added["key"].as_str().unwrap());
    // Others sign with both while KMS is busy for this one, so it does not begin with half of what they publish.
    deployment.stack.kms.throttle(8);
    let busy = connect().await.map(drop);
    assert!(busy.is_err(), "it starts again instead");
    deployment.stack.kms.throttle(0);
    assert_eq!(published(connect().await.unwrap()), 2);
    deployment.stack.kms.disable("SigningKey");
    assert!(connect().await.is_err());
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_secret_is_one_that_the_service_opens() {
    let deployment = Deployment::first("seal").await;
    let template = &deployment.stack.template;
    let key = template.keys().unwrap().into_iter().find(|key| key.logical_id == "SettingsKey").unwrap().arn;
    let seal = |secret: &str| {
        let cli = Cli::parse_from(["smart-admin", "seal", "--key", &key]);
        let secret = secret.to_owned();
        let world = deployment.world(0);
        async move { admin::run(cli, &World { input: Some(secret), ..world.await }).await }
    };
    let ciphertext = seal("a secret\n").await.unwrap();
    let upstream = json!({ "issuer": "https://op.example.org", "client_id": "us", "label": "Example",
        "client_secret_ciphertext": ciphertext.trim_end() });
    let environment = [("UPSTREAM", upstream.to_string()), ("SETTINGS_KEY", key.clone())];
    let environment = environment.map(|(name, value)| (name.to_owned(), value));
    let environment = Environment::from(std::collections::BTreeMap::from(environment));
    let settings = aws::config::Settings::from(environment);
    let sealed = settings.reader().upstream().unwrap().client_secret.unwrap();
    let kms = deployment.world(0).await.aws.unwrap().kms();
    let opened = aws::kms::open(&kms, &sealed, aws::upstream::SECRET_PURPOSE).await.unwrap();
    assert_eq!(opened, b"a secret");
    assert_eq!(seal("\n").await.unwrap_err().code(), 2);
    deployment.end().await;
}

/// What the shell sees: the exit code, and what comes where.
#[tokio::test(flavor = "multi_thread")]
async fn the_binary_speaks_on_standard_output_and_ends_with_its_code() {
    let deployment = Deployment::first("binary").await;
    let kms = deployment.stack.urls.kms.clone();
    let schedule = deployment.schedule();
    let run = |kms: &str, words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_smart-admin"));
        command.env("AWS_ENDPOINT_URL_KMS", kms).env("AWS_MAX_ATTEMPTS", "1");
        command.env("AWS_ACCESS_KEY_ID", "local").env("AWS_SECRET_ACCESS_KEY", "local");
        let done = command.env("SIGNING_KEYS", &schedule).args(words).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
    };
    let (code, out, err) = run(&kms, &["keys", "list"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("KEY ") && out.contains("SigningKey") && !out.contains('\u{1b}'), "{out}");
    let (code, out, err) = run(&kms, &["keys", "add"]);
    assert!(code == 0 && out.contains("sam deploy") && err.contains("Made arn:"), "{out} {err}");
    let (code, out, err) = run(&kms, &["keys", "retire", "SigningKey"]);
    assert!(code == 1 && out.is_empty() && err.starts_with("Refused: no other key signs"), "{out} {err}");
    assert_eq!(run(&kms, &["keys", "retire"]).0, 2);
    assert_eq!(run(&kms, &["keys", "list", "--signing-keys", "[]"]).0, 2);
    let (code, _, err) = run("http://127.0.0.1:1", &["keys", "add"]);
    assert!(code == 3 && err.contains("Not reached: KMS"), "{err}");
    deployment.end().await;
}
