//! What each flow costs at the token endpoint: processor time beside its bare signatures, and the same with the real SDK
//! and what it calls.
//!
//! `cargo bench -p journeys` prints the table that stands in README.md. It begins with 10 stored grants and ends with
//! 1,000,000; `cargo bench -p journeys -- --grants 50000` ends with fewer.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "the table is what it is for")]

mod bare;
mod filler;
mod flow;
mod side;

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

/// How far apart the figures at few and at many stored grants may be.
const APART: f64 = 0.05;

fn main() -> ExitCode {
    let many = grants_wanted();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let urls = stack();
    let (memory, calls) = (runtime.block_on(Side::in_memory()), CallLog::default());
    let sdk = runtime.block_on(Side::with_sdk(&urls, &calls));
    let bare = Bare::new();
    println!(
        "| flow | CPU in memory | bare signatures | times | CPU with the SDK | at {many} grants | AWS calls / in sequence |"
    );
    println!("|---|---|---|---|---|---|---|");
    let few: Vec<Duration> = Flow::ALL.map(|flow| least(&runtime, &sdk, flow)).to_vec();
    let took = Instant::now();
    runtime.block_on(filler::fill(&urls.dynamodb, many));
    eprintln!("stored {many} grants in {} s", took.elapsed().as_secs());
    let mut faults = Vec::new();
    for (flow, few) in Flow::ALL.into_iter().zip(few) {
        let (whole, signed, many) =
            (least(&runtime, &memory, flow), bare.time(flow), least(&runtime, &sdk, flow));
        let (number, depth) = counted(&runtime, &sdk, &calls, flow);
        let times = signed.map(|signed| whole.as_secs_f64() / signed.as_secs_f64());
        println!(
            "| {flow} | {} | {} | {} | {} | {} | {number} / {depth} |",
            us(whole),
            signed.map_or_else(|| "none".to_owned(), us),
            times.map_or_else(|| "–".to_owned(), |times| format!("{times:.2}")),
            us(few),
            us(many),
        );
        if flow == Flow::BackendToken && times.is_some_and(|times| times > LIMIT) {
            faults.push(format!("{flow} takes more than {LIMIT} times its signatures"));
        }
        let ratio = many.as_secs_f64() / few.as_secs_f64();
        if ratio > 1.0 + APART {
            faults.push(format!("{flow} takes {ratio:.2} times as long where many grants are stored"));
        }
    }
    for fault in &faults {
        eprintln!("{fault}");
    }
    if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
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

/// The processor time that a request of a flow takes: this thread's alone, the least of all measurements.
fn least<S, I, K, J>(runtime: &tokio::runtime::Runtime, side: &Side<S, I, K, J>, flow: Flow) -> Duration
where
    S: token::Store,
    I: GrantIssuer,
    K: Signer,
    J: JwksSource,
{
    let measure = |_| {
        let asked: Vec<Asked> =
            runtime.block_on(async { futures_in_turn(BATCH, async || side.ask(flow).await).await });
        let before = thread_time().unwrap();
        for asked in asked {
            runtime.block_on(side.send(asked));
        }
        (thread_time().unwrap() - before) / BATCH
    };
    (0..MEASUREMENTS).map(measure).min().unwrap()
}

async fn futures_in_turn<T>(number: u32, make: impl AsyncFn() -> T) -> Vec<T> {
    let mut made = Vec::new();
    for _ in 0..number {
        made.push(make().await);
    }
    made
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

fn us(time: Duration) -> String {
    format!("{} us", time.as_micros())
}
