//! The assertion doctor from the command line: offline, and against a running service, whose answer it foretells.

#![allow(clippy::unwrap_used, reason = "a journey that cannot go on has failed")]

use std::path::PathBuf;

use admin::{Cli, Failure, World};
use clap::Parser as _;
use local::{Options, Stack};
use serde_json::{Value, json};
use smart_verify::base64url;
use smart_verify::time::UnixSeconds;

/// A file of its own, gone at the end.
struct File(PathBuf);

impl File {
    fn of(name: &str, content: &str) -> Self {
        let path = std::env::temp_dir().join(format!("smart-admin-{}-{name}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn ahead(seconds: u64) -> World {
    World { now: UnixSeconds(aws::lambda::now().0 + seconds), ..World::of_operator() }
}

async fn check(world: &World, words: &[&str]) -> Result<String, Failure> {
    let usual = ["smart-admin", "assertion", "check"];
    admin::run(Cli::parse_from(usual.iter().chain(words)), world).await
}

fn outcome<'a>(said: &'a Value, rule: &str) -> &'a Value {
    said["rules"].as_array().unwrap().iter().find(|row| row["rule"] == rule).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_doctor_makes_the_service_takes_and_what_it_fails_the_service_refuses() {
    let stack = Stack::start(&Options::default()).await.unwrap();
    let backend = &stack.seeded.backend;
    let key = File::of("backend.jwk", &backend.private_jwk().unwrap().to_string());
    let base_url = stack.urls.fhir_base_url.as_str();
    let words = ["--json", "--key", key.path(), "--client-id", backend.client_id(), "--base-url", base_url];

    let said: Value = serde_json::from_str(&check(&ahead(0), &words).await.unwrap()).unwrap();
    assert_eq!(said["ok"], true, "{said:#}");
    assert_eq!(outcome(&said, "signature")["outcome"], "pass");
    assert_eq!(outcome(&said, "replay")["outcome"], "not_reached");
    assert!(said["clock_ahead_of_service"].as_i64().unwrap().abs() <= 2);
    assert_eq!(token(&stack, said["assertion"].as_str().unwrap()).await, (200, Value::Null));

    // A machine whose clock is ten minutes ahead makes what nobody takes.
    let Err(Failure::Found(said)) = check(&ahead(600), &words).await else { panic!("it must fail") };
    let said: Value = serde_json::from_str(&said).unwrap();
    assert!((598..=602).contains(&said["clock_ahead_of_service"].as_i64().unwrap()));
    let (status, description) = token(&stack, said["assertion"].as_str().unwrap()).await;
    assert_eq!(status, 401);
    let foretold = outcome(&said, "exp")["says"].as_str().unwrap();
    let words_of =
        |text: &str| text.split(' ').filter(|word| word.parse::<u64>().is_err()).collect::<String>();
    assert_eq!(words_of(foretold), words_of(description.as_str().unwrap()), "but for a second");
    stack.stop().await;
}

async fn token(stack: &Stack, assertion: &str) -> (u16, Value) {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
    ];
    let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let request = client.post(format!("{}/token", stack.urls.issuer)).body(body);
    let answer = request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json::<Value>().await.unwrap()["error_description"].clone())
}

const AUDIENCE: &str = "https://auth.example.org/token";

fn assertion(claims: &Value) -> String {
    let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
    format!("{}.{}.c2ln", part(&json!({ "alg": "ES384", "typ": "JWT", "kid": "k" })), part(claims))
}

#[tokio::test]
async fn offline_each_fault_is_named_with_its_remedy_and_the_exit_code_is_1() {
    let world = ahead(0);
    let claims = json!({
        "iss": "a", "sub": "a", "aud": [AUDIENCE, "https://other.example.org"], "exp": world.now.0 + 3600, "jti": "j",
    });
    let world = World { input: Some(assertion(&claims)), ..world };
    let failure = check(&world, &["-", "--audience", AUDIENCE]).await.unwrap_err();
    assert_eq!(failure.code(), 1);
    let said = failure.to_string();
    for expected in [
        "2 rules do not hold.",
        "aud must be the token URL https://auth.example.org/token alone.",
        "exp is 3600 s ahead; at most 300 s is allowed.",
        "Set exp to now plus 300 seconds at most",
        "not reached",
    ] {
        assert!(said.contains(expected), "{expected} in {said}");
    }
}

#[tokio::test]
async fn a_good_assertion_passes_and_keys_are_held_against_it_where_they_are_known() {
    let world = ahead(0);
    let claims = json!({ "iss": "a", "sub": "a", "aud": AUDIENCE, "exp": world.now.0 + 300, "jti": "j" });
    let good = assertion(&claims);
    let said = check(&world, &[&good, "--audience", AUDIENCE]).await.unwrap();
    assert!(said.starts_with("Every rule that could be looked at holds."), "{said}");
    let other = local::seed::KeyPair::generate("a").unwrap();
    let keys = File::of("other.jwks", &json!({ "keys": [other.public_jwk()] }).to_string());
    let failure = check(&world, &[&good, "--audience", AUDIENCE, "--jwks", keys.path()]).await.unwrap_err();
    assert!(failure.to_string().contains("none has that kid"), "{failure}");
}

#[tokio::test]
async fn used_wrongly_it_exits_with_2_and_where_nobody_answers_with_3() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let base_url = format!("http://{nobody}");
    assert_eq!(check(&ahead(0), &["a.b.c", "--base-url", &base_url]).await.unwrap_err().code(), 3);
    assert_eq!(check(&ahead(0), &["a.b.c", "--base-url", "nowhere"]).await.unwrap_err().code(), 2);
    let no_key = File::of("no.pem", "hello");
    let words = ["--key", no_key.path(), "--client-id", "a", "--audience", AUDIENCE];
    assert_eq!(check(&ahead(0), &words).await.unwrap_err().code(), 2);
    assert!(Cli::try_parse_from(["smart-admin", "assertion", "check"]).is_err());
}
