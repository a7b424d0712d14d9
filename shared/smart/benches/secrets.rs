//! Whether the time of a comparison tells where a client secret is wrong.
//!
//! `cargo bench -p smart --bench secrets`

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use smart::client::{ClientSecret, StoredSecret};
use smart_verify::time::UnixSeconds;

/// Where the run fails: Welch's t of two comparisons whose times differ.
const LIMIT: f64 = 4.5;

/// Comparisons per secret and run.
const ROUNDS: usize = 20_000;

fn main() -> ExitCode {
    let secret = ClientSecret::generate();
    let stored = secret.stored(UnixSeconds(0));
    let mut first = secret.reveal().to_owned();
    first.replace_range(0..1, "x");
    let mut last = secret.reveal().to_owned();
    last.replace_range(last.len() - 1.., "~");
    // On a busy machine a run may be off by chance; a leak would show in every one.
    let smallest = (0..5).map(|_| t_of(&stored, &first, &last)).fold(f64::MAX, f64::min);
    eprintln!(
        "a secret wrong in its first byte, next to one wrong in its last: t = {smallest:.2} (less than {LIMIT})"
    );
    if smallest < LIMIT { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How far apart the times of two comparisons are, by Welch's t. It leaves out the slowest tenth, when another process ran.
fn t_of(stored: &StoredSecret, one: &str, other: &str) -> f64 {
    let mut times = [Vec::new(), Vec::new()];
    // Each comes first in every second round: what runs first may find the caches as something else left them.
    for round in 0..2 * ROUNDS {
        let which = round.div_ceil(2) % 2;
        let presented = [one, other][which];
        let began = Instant::now();
        black_box(stored.is(black_box(presented), UnixSeconds(0)));
        times[which].push(began.elapsed().as_secs_f64());
    }
    let [one, other] = times.map(|mut times| {
        times.sort_unstable_by(f64::total_cmp);
        times.truncate(ROUNDS * 9 / 10);
        mean(&times)
    });
    (one.0 - other.0).abs() / (one.1 + other.1).sqrt()
}

/// The mean of some measurements, and the variance of that mean.
fn mean(of: &[f64]) -> (f64, f64) {
    let count = f64::from(u32::try_from(of.len()).unwrap_or(u32::MAX));
    let mean = of.iter().sum::<f64>() / count;
    let variance = of.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, variance / count)
}
