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
mod processor;
mod side;

use std::fmt;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use local::calls::{Call, CallLog};
use local::{Options, Stack};
use smart::ports::GrantIssuer;
use testkit::cost::thread_time;
use token::Reaches;

use bare::Bare;
use flow::Flow;
use processor::Processor;
use side::{PreparedRequest, Side};

/// How many requests make one measurement, and how often is measured: the least counts.
const BATCH: u32 = 20;
const MEASUREMENTS: usize = 100;

/// How many times its bare signatures a backend token may take, everything in memory.
const LIMIT: f64 = 1.3;

/// How many times what it takes with few grants a flow may take with many, beside what a map in memory is slower when it
/// no longer fits the processor's caches.
const LIMIT_OF_MANY: f64 = 1.05;
const OUT_OF_CACHE: Duration = Duration::from_micros(2);

fn main() -> ExitCode {
    let wanted = grants_wanted();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    processor::keep_to(Processor::OfEmulators);
    let urls = [stack(), stack()];
    processor::keep_to(Processor::OfFunction);
    let calls = [CallLog::default(), CallLog::default()];
    let memory = [runtime.block_on(Side::in_memory()), runtime.block_on(Side::in_memory())];
    let began = Instant::now();
    runtime.block_on(memory[1].fill(wanted));
    runtime.block_on(filler::fill(&urls[1].dynamodb, wanted));
    eprintln!("stored {wanted} grants in each store in {} s", began.elapsed().as_secs());
    let sdk = [0, 1].map(|side| runtime.block_on(Side::with_sdk(&urls[side], &calls[side])));
    let bare = Bare::new();

    println!(
        "| flow | CPU in memory | at {wanted} grants | bare signatures | times | CPU with the SDK | at {wanted} grants | AWS calls / in sequence |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let mut faults = Vec::new();
    for flow in Flow::ALL {
        let mut least = Measured::default();
        for _ in 0..MEASUREMENTS {
            // In turn, so that what else the machine does falls on all of them.
            least.bare.take(bare.batch(flow));
            for side in [0, 1] {
                least.in_memory[side].take(batch(&runtime, &memory[side], flow));
                least.with_sdk[side].take(batch(&runtime, &sdk[side], flow));
            }
        }
        let [made, made_at_many] = [0, 1].map(|side| counted(&runtime, &sdk[side], &calls[side], flow));
        println!("{}", least.row(flow, made));
        if flow == Flow::BackendToken
            && least.in_memory[0].times(least.bare).is_some_and(|times| times > LIMIT)
        {
            faults.push(format!("{flow} takes more than {LIMIT} times its signatures"));
        }
        for (kind, [few, many]) in [("in memory", least.in_memory), ("with the SDK", least.with_sdk)] {
            let allowed = few.0.unwrap().mul_f64(LIMIT_OF_MANY) + OUT_OF_CACHE;
            if many.0.unwrap() > allowed {
                faults.push(format!("{flow} {kind} takes {many} at {wanted} grants, and {few} at few"));
            }
        }
        if made_at_many != made {
            faults.push(format!("{flow} calls AWS otherwise where many grants are stored"));
        }
    }
    for fault in &faults {
        eprintln!("{fault}");
    }
    if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The least processor times of a flow, with few grants stored and with many.
#[derive(Default)]
struct Measured {
    bare: Least,
    in_memory: [Least; 2],
    with_sdk: [Least; 2],
}

impl Measured {
    /// A row of the table, with the number of calls and how many of them follow one another.
    fn row(&self, flow: Flow, (number, depth): (usize, usize)) -> String {
        let Self { bare, in_memory: [memory, memory_at_many], with_sdk: [sdk, sdk_at_many] } = self;
        let signed = if flow.is_signed() { bare.to_string() } else { "none".to_owned() };
        let times = memory.times(*bare).filter(|_| flow.is_signed());
        let times = times.map_or_else(|| "–".to_owned(), |times| format!("{times:.2}"));
        format!(
            "| {flow} | {memory} | {memory_at_many} | {signed} | {times} | {sdk} | {sdk_at_many} | {number} / {depth} |"
        )
    }
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

/// The emulators of AWS, on threads of their own, whose time is not measured.
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
fn batch(
    runtime: &tokio::runtime::Runtime,
    side: &Side<impl Reaches, impl GrantIssuer>,
    flow: Flow,
) -> Duration {
    let asked: Vec<PreparedRequest> = (0..BATCH).map(|_| runtime.block_on(side.ask(flow))).collect();
    let before = thread_time();
    for asked in asked {
        runtime.block_on(side.send(asked));
    }
    (thread_time() - before) / BATCH
}

/// What a warm request of a flow calls, and how much of it in sequence.
fn counted(
    runtime: &tokio::runtime::Runtime,
    side: &Side<impl Reaches, impl GrantIssuer>,
    calls: &CallLog,
    flow: Flow,
) -> (usize, usize) {
    let asked = runtime.block_on(side.ask(flow));
    calls.take();
    runtime.block_on(side.send(asked));
    let made: Vec<Call> = calls.take();
    (made.len(), CallLog::depth(&made))
}
