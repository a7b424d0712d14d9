//! The doctor: green for the stack on this machine, red once a thing is broken.

#![allow(clippy::unwrap_used, reason = "a journey that cannot go on has failed")]

use admin::{Cli, Failure, World};
use clap::Parser as _;
use local::{Options, Stack};
use serde_json::Value;
use smart_verify::time::UnixSeconds;

async fn examined(stack: &Stack, seconds_ahead: u64) -> Result<Value, Value> {
    let world = World { now: UnixSeconds(aws::lambda::now().0 + seconds_ahead), ..World::of_operator() };
    let cli = ["smart-admin", "doctor", "--json", "--base-url", &stack.urls.fhir_base_url];
    match admin::run(Cli::parse_from(cli), &world).await {
        Ok(said) => Ok(serde_json::from_str(&said).unwrap()),
        Err(Failure::Found(said)) => Err(serde_json::from_str(&said).unwrap()),
        Err(other) => panic!("{other}"),
    }
}

fn failed(said: &Value) -> Vec<&str> {
    let checks = said["checks"].as_array().unwrap().iter();
    checks.filter(|check| check["outcome"] == "fail").map(|check| check["check"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_service_is_found_well_and_a_broken_one_by_what_is_broken() {
    let stack = Stack::start(&Options::default()).await.unwrap();
    let said = examined(&stack, 0).await.unwrap_or_else(|said| panic!("{said:#}"));
    assert_eq!(said["ok"], true);
    assert!(said["checks"].as_array().unwrap().len() >= 14, "{said:#}");

    // A token is held against the published keys.
    let key = std::env::temp_dir().join(format!("smart-admin-doctor-{}.jwk", std::process::id()));
    std::fs::write(&key, stack.seeded.backend.private_jwk().unwrap().to_string()).unwrap();
    let (base_url, id) = (&stack.urls.fhir_base_url, stack.seeded.backend.client_id());
    let words = ["smart-admin", "doctor", "--base-url", base_url, "--client-id", id, "--key"];
    let cli = Cli::parse_from(words.iter().chain([&key.to_str().unwrap()]));
    let said = admin::run(cli, &World::of_operator()).await.unwrap();
    assert!(said.lines().any(|line| line.starts_with("token verifies") && line.contains("pass")), "{said}");
    std::fs::remove_file(key).unwrap();

    let said = examined(&stack, 600).await.unwrap_err();
    assert_eq!(failed(&said), ["clock"]);
    stack.stop().await;
}

/// Answers as a service whose documents contradict each other.
#[tokio::test(flavor = "multi_thread")]
async fn documents_that_disagree_are_found() {
    let stack = Stack::start(&Options::default()).await.unwrap();
    let other = Stack::start(&Options::default()).await.unwrap();
    // The documents of one issuer, with a base URL that is another's.
    let said = contradicting(&stack, &other).await;
    assert!(failed(&said).contains(&"CapabilityStatement"), "{said:#}");
    let check = said["checks"].as_array().unwrap().iter().find(|check| check["outcome"] == "fail").unwrap();
    assert!(!check["remedy"].as_str().unwrap().is_empty());
    other.stop().await;
    stack.stop().await;
}

async fn contradicting(stack: &Stack, other: &Stack) -> Value {
    use std::io::{Read as _, Write as _};
    let smart = format!("{}/.well-known/smart-configuration", stack.urls.fhir_base_url);
    let statement = format!("{}/metadata", other.urls.fhir_base_url);
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let mut bodies = Vec::new();
    for url in [smart, statement] {
        bodies.push(client.get(url).send().await.unwrap().text().await.unwrap());
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap();
            let is_statement = String::from_utf8_lossy(&request[..length]).starts_with("GET /metadata");
            let body = &bodies[usize::from(is_statement)];
            let head =
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length";
            stream.write_all(format!("{head}: {}\r\n\r\n{body}", body.len()).as_bytes()).unwrap();
        }
    });
    let cli = Cli::parse_from(["smart-admin", "doctor", "--json", "--base-url", &base_url]);
    match admin::run(cli, &World::of_operator()).await {
        Err(Failure::Found(said)) => serde_json::from_str(&said).unwrap(),
        other => panic!("{other:?}"),
    }
}
