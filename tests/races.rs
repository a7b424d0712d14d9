//! Races between four processes that share one DynamoDB and one KMS, as the environments of a function do. This program
//! starts itself again for each; the full figures come with `SMART_FULL=1`.

#![allow(clippy::print_stdout, reason = "the figures, and what processes say to each other")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use aws::Timeouts;
use serde_json::{Value, json};
use smart::grant::Lasting;
use smart::ports::GrantKeeper as _;
use smart_verify::time::UnixSeconds;
use testkit::fixtures::NOW;
use tokio::task::JoinSet;

use crate::support::bench::{Bench, Came, DAY, Places, send};
use crate::support::form;
use crate::support::tables::tables;

const PROCESSES: usize = 4;

/// How many requests race, and how often.
struct Figures {
    at_once: usize,
    rounds: usize,
    pairs: usize,
}

fn figures() -> Figures {
    let full = std::env::var_os("SMART_FULL").is_some();
    let of = |at_once, rounds, pairs| Figures { at_once, rounds, pairs };
    let figures = if full { of(1000, 20, 1000) } else { of(64, 2, 40) };
    let kind = if full { "full" } else { "reduced; SMART_FULL=1 for all" };
    let Figures { at_once, rounds, pairs } = figures;
    println!("{at_once} at once from {PROCESSES} processes, {rounds} rounds, {pairs} pairs ({kind})");
    figures
}

/// Where another process finds what it needs, in its environment.
const WORK: &str = "SMART_RACES_WORK";

/// Another process with a token function of its own. It is told forms, a line a round, and says what came of each.
struct Process {
    child: Child,
    told: ChildStdin,
    said: BufReader<ChildStdout>,
}

impl Process {
    fn start(places: &Places) -> Self {
        let work =
            json!({ "dynamodb": places.dynamodb, "kms": places.kms, "environment": places.environment });
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "races::another_process", "--ignored", "--nocapture", "--quiet"])
            .env(WORK, work.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (told, said) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, told, said }
    }

    fn tell(&mut self, requests: &[Value]) {
        writeln!(self.told, "{}", Value::from(requests)).unwrap();
    }

    fn hear(&mut self) -> Vec<Came> {
        let mut line = String::new();
        while self.said.read_line(&mut line).unwrap() > 0 {
            // The test harness of that process says something too.
            if let Some(said) = line.trim().strip_prefix("came ") {
                let all: Vec<Value> = serde_json::from_str(said).unwrap();
                return all.iter().map(came).collect();
            }
            line.clear();
        }
        panic!("a process has ended early");
    }
}

fn came(said: &Value) -> Came {
    let status = u16::try_from(said["status"].as_u64().unwrap()).unwrap();
    Came { status, retry_after: said["retry_after"].as_u64(), body: said["body"].clone() }
}

/// Four processes.
struct Processes(Vec<Process>);

impl Processes {
    fn start(places: &Places) -> Self {
        Self((0..PROCESSES).map(|_| Process::start(places)).collect())
    }

    /// Lets requests race, dealt out to all, and gives what came of each, in their order.
    fn race(&mut self, requests: &[Value]) -> Vec<Came> {
        let dealt = |to: usize| requests.iter().skip(to).step_by(PROCESSES).cloned().collect::<Vec<_>>();
        for (place, process) in self.0.iter_mut().enumerate() {
            process.tell(&dealt(place));
        }
        let began = Instant::now();
        let heard: Vec<Vec<Came>> = self.0.iter_mut().map(Process::hear).collect();
        println!("{} requests in {} ms", requests.len(), began.elapsed().as_millis());
        let mut heard: Vec<_> = heard.into_iter().map(Vec::into_iter).collect();
        (0..requests.len()).map(|place| heard[place % PROCESSES].next().unwrap()).collect()
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        for process in &mut self.0 {
            process.child.kill().unwrap();
            process.child.wait().unwrap();
        }
    }
}

/// Not a test: what runs in the other processes.
#[test]
#[ignore = "runs in processes that the races start"]
fn another_process() {
    let work = std::env::var(WORK).expect("the races start this, and say in their variable what to work on");
    let work: Value = serde_json::from_str(&work).unwrap();
    let text = |member: &str| work[member].as_str().unwrap().to_owned();
    let places = Places {
        dynamodb: text("dynamodb"),
        kms: text("kms"),
        environment: serde_json::from_value(work["environment"].clone()).unwrap(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let function = Arc::new(runtime.block_on(places.function(Timeouts::WITH_EMULATORS)));
    for line in std::io::stdin().lines() {
        let requests: Vec<Value> = serde_json::from_str(&line.unwrap()).unwrap();
        let said = runtime.block_on(async {
            let mut racing = JoinSet::new();
            for (place, request) in requests.into_iter().enumerate() {
                let function = Arc::clone(&function);
                racing.spawn(async move {
                    let text = |member: &str| request[member].as_str().unwrap_or_default();
                    let proof = Some(text("proof"));
                    let answer = send(&function, text("path"), text("form"), proof, now_of(&request)).await;
                    let Came { status, retry_after, body } = Came::of(&answer);
                    (place, json!({ "status": status, "retry_after": retry_after, "body": body }))
                });
            }
            let said: BTreeMap<usize, Value> = racing.join_all().await.into_iter().collect();
            Value::from_iter(said.into_values())
        });
        println!("came {said}");
    }
}

fn now_of(request: &Value) -> UnixSeconds {
    UnixSeconds(request["now"].as_u64().unwrap())
}

fn request(bench: &Bench, path: &str, form: &str, now: UnixSeconds) -> Value {
    json!({ "path": path, "form": form, "proof": bench.proof(), "now": now.0 })
}

/// How often each status came, after what must be true of all.
fn statuses<'a>(came: impl IntoIterator<Item = &'a Came>) -> BTreeMap<u16, usize> {
    let mut count = BTreeMap::new();
    for came in came {
        assert!(came.status < 500, "{came:?}");
        *count.entry(came.status).or_default() += 1;
    }
    count
}

fn lasting() -> Lasting {
    Lasting::Offline { until: NOW + DAY * 365 }
}

#[tokio::test]
async fn c05_f09_of_all_exchanges_of_one_code_one_is_answered_and_then_the_grant_is_revoked() {
    let (bench, figures) = (Bench::new().await, figures());
    let mut processes = Processes::start(&Places::direct());
    for _ in 0..figures.rounds {
        let (grant, code) = bench.code(Some(lasting()), NOW).await;
        let one = request(&bench, "/token", &bench.exchange(&grant, &code), NOW);
        let came = processes.race(&vec![one; figures.at_once]);
        assert_eq!(statuses(&came), BTreeMap::from([(200, 1), (400, figures.at_once - 1)]), "r07: no 5xx");
        assert!(came.iter().all(|came| came.status == 200 || came.error() == "invalid_grant"));
        assert!(tables().await.grant(&grant.key).await.unwrap().unwrap().stage.is_revoked());
        let given = came.iter().find(|came| came.status == 200).unwrap().refresh_token();
        let over = bench.send(&bench.patient, "/token", &Bench::refresh(&given), NOW).await;
        assert_eq!((over.status, over.error()), (400, "invalid_grant"));
    }
}

#[tokio::test]
async fn r07_all_refreshes_of_one_token_at_once_carry_the_one_live_successor() {
    let (bench, figures) = (Bench::new().await, figures());
    let mut processes = Processes::start(&Places::direct());
    let (grant, mut token) = bench.refresh_token(NOW).await;
    for round in 0..figures.rounds {
        let now = UnixSeconds(NOW.0 + 100 * (1 + round as u64));
        let one = request(&bench, "/token", &Bench::refresh(&token), now);
        let came = processes.race(&vec![one; figures.at_once]);
        assert_eq!(statuses(&came), BTreeMap::from([(200, figures.at_once)]), "no 5xx");
        let successors: BTreeSet<String> = came.iter().map(Came::refresh_token).collect();
        assert_eq!(successors.len(), 1);
        token = successors.into_iter().next().unwrap();
        let about = bench.send(&bench.patient, "/introspect", &form(&[("token", &token)]), now).await;
        assert_eq!(about.body["active"], true, "it is the live one");
    }
    let stage = tables().await.grant(&grant.key).await.unwrap().unwrap().stage;
    let family = &stage.renewable().unwrap().family;
    assert_eq!(family.generation as usize, 1 + figures.rounds, "one rotation a round");
}

#[tokio::test]
async fn r08_the_old_and_the_new_token_racing_never_give_two_live_successors() {
    let (bench, figures) = (Bench::new().await, figures());
    let mut processes = Processes::start(&Places::direct());
    let mut ended = 0;
    for round in 0..figures.rounds {
        let (grant, old) = bench.refresh_token(NOW).await;
        let new = bench.send(&bench.patient, "/token", &Bench::refresh(&old), NOW).await.refresh_token();
        // Within the grace at first, then after it.
        let now = UnixSeconds(NOW.0 + if round % 2 == 0 { 5 } else { 15 });
        let requests: Vec<Value> = (0..figures.at_once)
            .map(|place| {
                request(
                    &bench,
                    "/token",
                    &Bench::refresh(if (place / PROCESSES).is_multiple_of(2) { &old } else { &new }),
                    now,
                )
            })
            .collect();
        let came = processes.race(&requests);
        assert!(statuses(&came).keys().all(|status| [200, 400].contains(status)), "{:?}", statuses(&came));
        let given: BTreeSet<String> =
            came.iter().filter(|came| came.status == 200).map(Came::refresh_token).collect();
        let mut live = 0;
        for token in given.iter().chain([&old, &new]).collect::<BTreeSet<_>>() {
            let about = bench.send(&bench.patient, "/introspect", &form(&[("token", token)]), now).await;
            live += usize::from(about.body["active"] == true);
        }
        let stage = tables().await.grant(&grant.key).await.unwrap().unwrap().stage;
        assert!(given.len() <= 2 && live == usize::from(stage.is_redeemed()), "{} {live}", given.len());
        assert!(round % 2 == 0 || stage.is_revoked(), "r06: the old one came too late");
        ended += usize::from(stage.is_revoked());
    }
    println!("{ended} of {} families ended", figures.rounds);
}

#[tokio::test]
async fn v06_after_a_revocation_amid_a_refresh_no_token_lives() {
    let (bench, figures) = (Bench::new().await, figures());
    let mut processes = Processes::start(&Places::direct());
    let (mut late, mut done) = (0, 0);
    while done < figures.pairs {
        let mut pairs = Vec::new();
        for _ in 0..figures.pairs.min(100) {
            pairs.push(bench.refresh_token(NOW).await);
        }
        done += pairs.len();
        // In every other pair the refresh, which takes longer, sets out earlier.
        let mut requests = Vec::new();
        for (pair, (_, token)) in pairs.iter().enumerate() {
            let early = pair % 2 == 0;
            let refresh = request(&bench, "/token", &Bench::refresh(token), NOW);
            requests.push((if early { 0 } else { 2 }, pair, true, refresh));
            requests.push((1, pair, false, request(&bench, "/revoke", &form(&[("token", token)]), NOW)));
        }
        requests.sort_by_key(|(when, ..)| *when);
        let race: Vec<Value> = requests.iter().map(|(.., request)| request.clone()).collect();
        let came = processes.race(&race);
        for ((_, pair, refreshed, _), came) in requests.iter().zip(came) {
            let (grant, token) = &pairs[*pair];
            assert!(came.status == 200 || (*refreshed && came.error() == "invalid_grant"), "{came:?}");
            let given = (*refreshed && came.status == 200).then(|| came.refresh_token());
            late += usize::from(given.is_some());
            let stage = tables().await.grant(&grant.key).await.unwrap().unwrap().stage;
            assert!(stage.is_revoked());
            for token in given.iter().chain([token]) {
                let over = bench.send(&bench.patient, "/token", &Bench::refresh(token), NOW).await;
                assert_eq!((over.status, over.error()), (400, "invalid_grant"));
            }
        }
    }
    println!("{done} pairs, {late} refreshes were answered before the revocation");
}
