use std::io;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use smart::audit::{Event, Record};

use super::*;

/// Lines, kept.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Kept {
    pub(crate) fn lines(&self) -> Vec<Value> {
        let bytes = self.0.lock().unwrap();
        String::from_utf8_lossy(&bytes).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// What is written at a level while something happens.
pub(crate) fn begin_at(level: &str) -> (Kept, tracing::subscriber::DefaultGuard) {
    let kept = Kept::default();
    let to = kept.clone();
    let subscriber = tracing_subscriber::registry().with(lines(level, move || to.clone()));
    (kept, tracing::subscriber::set_default(subscriber))
}

/// A library's line at each level, with something that nobody should see.
fn libraries_talk() {
    tracing::trace!(target: "aws_smithy_runtime::client::orchestrator", request = "canary", "transmitting request");
    tracing::debug!(target: "hyper_util::client", "canary");
    tracing::info!(target: "lambda_runtime::layers", payload = "canary");
    tracing::debug!(target: "awsome", "canary");
    tracing::warn!(target: "rustls", "a warning");
}

#[test]
fn l01_no_level_lets_libraries_say_more_than_warnings() {
    for level in [
        "trace",
        "aws_smithy_runtime=trace",
        "aws=trace,hyper_util=trace",
        "trace,lambda_runtime=trace",
        "off",
        "",
    ] {
        let (kept, guard) = begin_at(level);
        libraries_talk();
        drop(guard);
        let written = format!("{:?}", kept.lines());
        assert!(!written.contains("canary"), "{level}: {written}");
        assert_eq!(
            written.contains("a warning"),
            ["trace", "", "trace,lambda_runtime=trace"].contains(&level)
        );
    }
}

#[test]
fn our_own_crates_say_as_much_as_was_asked() {
    let (kept, guard) = begin_at("debug");
    tracing::debug!(target: "smart::grant", "said");
    tracing::trace!(target: "smart::grant", "not said");
    drop(guard);
    assert_eq!(kept.lines().len(), 1);
}

#[test]
fn the_record_of_decisions_is_written_at_every_level() {
    let client = "app".parse().unwrap();
    let record = Record::of(Event::GrantRevoked).for_reason("code_replayed").client(&client);
    for level in ["off", "error", "audit=off", "info", "trace", "no such level!"] {
        let (kept, guard) = begin_at(level);
        audit(&record, Ended { route: "/token", status: 400, request_id: "r" });
        drop(guard);
        let lines = kept.lines();
        let [line] = lines.as_slice() else { panic!("{level}: {lines:?}") };
        for (name, value) in [
            ("level", "WARN"),
            ("target", "audit"),
            ("event", "grant.revoked"),
            ("outcome", "done"),
            ("reason", "code_replayed"),
            ("client_id", "app"),
            ("route", "/token"),
            ("request_id", "r"),
        ] {
            assert_eq!(line[name], value, "{line}");
        }
        assert_eq!(line["status"], 400);
        assert!(line["timestamp"].is_string() && line.get("person").is_none(), "{line}");
    }
}
