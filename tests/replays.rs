//! One assertion sent a thousand times at once, by four processes, over one DynamoDB: it is good once.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};

use aws::config::{Environment, Settings};
use aws::function::Function as _;
use aws::{Aws, EmulatorUrls};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use web::Request;

use crate::support::{form, service};

const PROCESSES: usize = 4;

/// How often each process sends it.
const EACH: usize = 250;

/// What a process is told: where DynamoDB and KMS are, its settings, its door, and the assertion.
const JOB: &str = "REPLAY_JOB";

fn environment(binary: &str) -> BTreeMap<String, String> {
    let functions = service().template.functions().unwrap();
    functions.into_iter().find(|function| function.binary == binary).unwrap().environment
}

fn process(place: usize, assertion: &str) -> Child {
    let binary = ["token", "backend-token"][place % 2];
    let job = json!({
        "dynamodb": service().urls.dynamodb, "kms": service().urls.kms, "binary": binary,
        "environment": environment(binary), "assertion": assertion,
    });
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "replays::one_of_four_processes", "--ignored", "--nocapture"]);
    command.env(JOB, job.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
    command.spawn().unwrap()
}

/// Each process says when it is ready, and none begins before all are.
#[test]
fn b20_rc_9_of_a_thousand_replays_by_four_processes_at_once_one_is_answered() {
    let assertion = service().assertion();
    let mut processes: Vec<Child> = (0..PROCESSES).map(|place| process(place, &assertion)).collect();
    let mut outputs: Vec<_> =
        processes.iter_mut().map(|process| BufReader::new(process.stdout.take().unwrap())).collect();
    for output in &mut outputs {
        let ready = output.by_ref().lines().map(Result::unwrap).any(|line| line.ends_with("ready"));
        assert!(ready, "a process ended before it was ready");
    }
    for process in &mut processes {
        process.stdin.take().unwrap().write_all(b"go\n").unwrap();
    }
    let mut statuses: BTreeMap<u64, u64> = BTreeMap::new();
    for (mut process, output) in processes.into_iter().zip(outputs) {
        // All of it is read, or the process could not write its last line.
        let lines: Vec<String> = output.lines().map(Result::unwrap).collect();
        let told = lines.iter().find_map(|line| serde_json::from_str::<Value>(line).ok());
        for (status, count) in told.unwrap().as_object().unwrap() {
            *statuses.entry(status.parse().unwrap()).or_default() += count.as_u64().unwrap();
        }
        assert!(process.wait().unwrap().success(), "{lines:?}");
    }
    assert_eq!(statuses, BTreeMap::from([(200, 1), (401, (PROCESSES * EACH) as u64 - 1)]));
}

/// One of the four, which the test above starts; by itself it has nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by the test above, four times"]
async fn one_of_four_processes() {
    let job = std::env::var(JOB).expect("the test above starts this, and says in its variable what to do");
    let job: Value = serde_json::from_str(&job).unwrap();
    let text = |name: &str| job[name].as_str().unwrap().to_owned();
    let emulators = EmulatorUrls { dynamodb: text("dynamodb"), kms: text("kms") };
    let aws = Aws::emulated_at(emulators).await;
    let settings: BTreeMap<String, String> = serde_json::from_value(job["environment"].clone()).unwrap();
    let settings = Settings::from(Environment::from(settings));
    let body = form(&[
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", &text("assertion")),
    ]);
    let path = format!("/{}", text("binary"));
    let request = move || -> Request {
        let request = http::Request::post(&path).header("content-type", "application/x-www-form-urlencoded");
        request.body(body.clone().into()).unwrap()
    };
    let mut answers = JoinSet::new();
    if text("binary") == "token" {
        let ports: &'static _ = Box::leak(Box::new(token::Ports::wire(&settings, &aws).await.unwrap()));
        wait_for_the_others();
        for _ in 0..EACH {
            let request = request();
            answers.spawn(async move { token::handle(request, ports, aws::lambda::now()).await.status() });
        }
    } else {
        let desk: &'static _ =
            Box::leak(Box::new(backend_token::Ports::wire(&settings, &aws).await.unwrap()));
        wait_for_the_others();
        for _ in 0..EACH {
            let request = request();
            answers.spawn(
                async move { backend_token::handle(request, desk, aws::lambda::now()).await.status() },
            );
        }
    }
    let mut statuses: BTreeMap<String, usize> = BTreeMap::new();
    for status in answers.join_all().await {
        *statuses.entry(status.as_u16().to_string()).or_default() += 1;
    }
    say(&json!(statuses).to_string());
}

fn wait_for_the_others() {
    say("ready");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{line}").unwrap();
    out.flush().unwrap();
}
