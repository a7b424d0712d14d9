//! What this process logs at the loudest level, as production writes it.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use aws::telemetry;
use serde_json::Value;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

static KEPT: Mutex<Option<Vec<u8>>> = Mutex::new(None);

/// Appends to what is kept.
struct Keeper;

impl Write for Keeper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get_or_insert_default().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps what is logged from now on: by every service of this process, whichever test it is of.
pub(crate) fn keep() {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.is_none() {
        *kept = Some(Vec::new());
        tracing_subscriber::registry().with(telemetry::lines("trace", || Keeper)).init();
    }
}

/// All of it.
pub(crate) fn text() -> String {
    let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8(kept.clone().unwrap_or_default()).unwrap()
}

/// The lines about decisions.
pub(crate) fn decisions() -> Vec<Value> {
    let lines = text();
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["target"] == "audit").collect()
}
