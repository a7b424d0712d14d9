//! What each flow costs at the token endpoint: processor time beside its bare signatures, and the same with the real SDK
//! and what it calls.
//!
//! `cargo bench -p journeys` prints the table that stands in README.md. Beside the service in which only the measurements
//! store grants stands one that has 1,000,000 more; with `cargo bench -p journeys -- --grants 50000` it has fewer.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "the table is what it is for")]

mod bare;
mod filler;
mod flow;
mod side;

use std::fmt;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use aws::calls::{Call, CallLog};
use local::{Options, Stack};
use smart::ports::{GrantIssuer, JwksSource, Signer};
use testkit::cost::thread_time;

use bare::Bare;
use flow::Flow;
use side::{Asked, Side};

/// How many requests make one measurement, and how often is measured: the least counts.
const BATCH: u32 = 20;
const MEASUREMENTS: usize = 30;

/// How many times its bare signatures a backend token may take, everything in memory.
const LIMIT: f64 = 1.3;

fn main() -> ExitCode {
    let wanted = grants_wanted();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (few, many) = (stack(), stack());
    let (calls, many_calls) = (CallLog::default(), CallLog::default());
    let began = Instant::now();
    runtime.block_on(filler::fill(&many.dynamodb, wanted));
    eprintln!("stored {wanted} grants in {} s", began.elapsed().as_secs());
    let memory = runtime.block_on(Side::in_memory());
    let few = runtime.block_on(Side::with_sdk(&few, &calls));
    let many = runtime.block_on(Side::with_sdk(&many, &many_calls));
    let bare = Bare::new();

    println!(
        "| flow | CPU in memory | bare signatures | times | CPU with the SDK | at {wanted} grants | AWS calls / in sequence |"
    );
    println!("|---|---|---|---|---|---|---|");
    let mut faults = Vec::new();
    for flow in Flow::ALL {
        let mut least = Measured::default();
        for _ in 0..MEASUREMENTS {
            // In turn, so that what else the machine does falls on all of them.
            least.in_memory.take(batch(&runtime, &memory, flow));
            least.bare.take(bare.batch(flow));
            least.few.take(batch(&runtime, &few, flow));
            least.many.take(batch(&runtime, &many, flow));
        }
        let Measured { in_memory, bare, few: at_few, many: at_many } = least;
        let times = in_memory.times(bare).filter(|_| flow.is_signed());
        let signed = flow.is_signed().then(|| bare.to_string());
        let made = counted(&runtime, &few, &calls, flow);
        let (number, depth) = made;
        println!(
            "| {flow} | {in_memory} | {} | {} | {at_few} | {at_many} | {number} / {depth} |",
            signed.as_deref().unwrap_or("none"),
            times.map_or_else(|| "–".to_owned(), |times| format!("{times:.2}")),
        );
        if flow == Flow::BackendToken && times.is_some_and(|times| times > LIMIT) {
            faults.push(format!("{flow} takes more than {LIMIT} times its signatures"));
        }
        // The times are shown and not judged: the stand-in for DynamoDB looks up a million items on the same processor.
        if counted(&runtime, &many, &many_calls, flow) != made {
            faults.push(format!("{flow} calls AWS otherwise where many grants are stored"));
        }
    }
    for fault in &faults {
        eprintln!("{fault}");
    }
    if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The least processor times of a flow.
#[derive(Default)]
struct Measured {
    in_memory: Least,
    bare: Least,
    few: Least,
    many: Least,
}

/// The least of several times: what else the machine does only adds to it.
#[derive(Clone, Copy, Default)]
struct Least(Option<Duration>);

impl Least {
    fn take(&mut self, time: Duration) {
        self.0 = Some(self.0.map_or(time, |least| least.min(time)));
    }

    fn times(self, other: Self) -> Option<f64> {
        Some(self.0?.as_secs_f64() / other.0?.as_secs_f64())
    }
}

impl fmt::Display for Least {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} us", self.0.unwrap_or_default().as_micros())
    }
}

fn grants_wanted() -> usize {
    let arguments: Vec<String> = std::env::args().collect();
    let given = arguments.windows(2).find(|pair| pair[0] == "--grants");
    given.map_or(1_000_000, |pair| pair[1].parse().expect("--grants needs a number"))
}

/// The stand-ins of AWS, on threads of their own, whose time is not measured.
fn stack() -> local::Urls {
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let stack = Stack::start(&Options { port: 0, ..Options::default() }).await.unwrap();
            send.send(stack.urls.clone()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    receive.recv().unwrap()
}

/// The processor time that a request of a flow takes, this thread's alone.
fn batch<S, I, K, J>(runtime: &tokio::runtime::Runtime, side: &Side<S, I, K, J>, flow: Flow) -> Duration
where
    S: token::Store,
    I: GrantIssuer,
    K: Signer,
    J: JwksSource,
{
    let asked: Vec<Asked> = (0..BATCH).map(|_| runtime.block_on(side.ask(flow))).collect();
    let before = thread_time();
    for asked in asked {
        runtime.block_on(side.send(asked));
    }
    (thread_time() - before) / BATCH
}

/// What a warm request of a flow calls, and how much of it in sequence.
fn counted<S, I, K, J>(
    runtime: &tokio::runtime::Runtime,
    side: &Side<S, I, K, J>,
    calls: &CallLog,
    flow: Flow,
) -> (usize, usize)
where
    S: token::Store,
    I: GrantIssuer,
    K: Signer,
    J: JwksSource,
{
    let asked = runtime.block_on(side.ask(flow));
    calls.take();
    runtime.block_on(side.send(asked));
    let made: Vec<Call> = calls.take();
    (made.len(), CallLog::depth(&made))
}
