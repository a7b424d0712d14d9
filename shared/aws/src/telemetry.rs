//! Logs: JSON lines in Lambda, where `LOG_LEVEL` says how much. `docs/logs.md` tells what stands in them.

use smart::audit::{Parts, Record};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt as _, LevelFilter, Targets, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Filter, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, Registry};

use crate::panics;

/// The target of the record of decisions, which no level leaves out.
pub const AUDIT: &str = "audit";

/// The target of the line that each request leaves.
pub const REQUEST: &str = "request";

/// Where lines come from that say no more than we made them say: our own crates.
const OURS: [&str; 15] = [
    AUDIT,
    REQUEST,
    "admin",
    "authorize",
    "aws",
    "backend_token",
    "discovery",
    "local",
    "pages",
    "registration",
    "smart",
    "smart_verify",
    "testkit",
    "token",
    "web",
];

/// Begins to write JSON lines to standard output, which Lambda collects.
pub fn begin() {
    let level = std::env::var("LOG_LEVEL").unwrap_or_default();
    tracing_subscriber::registry().with(lines(&level, std::io::stdout)).init();
    panics::keep_quiet();
}

/// JSON lines of a level, written somewhere.
pub fn lines<W>(level: &str, to: W) -> impl Layer<Registry> + use<W>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true);
    lines.with_current_span(false).with_span_list(false).with_writer(to).with_filter(filter(level))
}

/// What is written at a level, or by the directives of `tracing`; `info` where that says nothing that can be read.
///
/// Two things no setting changes. Libraries say warnings and errors alone: the AWS SDK writes whole requests at `trace`,
/// with every code's hash and every claim in them, and HTTP libraries their headers. And the record of decisions is always
/// written.
pub fn filter<S: Subscriber>(level: &str) -> impl Filter<S> + use<S> {
    let level = Some(level).filter(|level| !level.is_empty());
    let chosen = level.and_then(|level| level.parse().ok());
    let chosen = chosen.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let audited = filter_fn(|metadata: &Metadata<'_>| metadata.target() == AUDIT);
    chosen.and(filter_fn(may_be_said)).or(audited)
}

/// Compared as a whole name: a filter's `aws` would also let `aws_smithy_runtime` through.
fn may_be_said(metadata: &Metadata<'_>) -> bool {
    let from = metadata.target().split("::").next().unwrap_or_default();
    OURS.contains(&from) || *metadata.level() <= tracing::Level::WARN
}

/// Where and how the request ended that a decision was taken in.
#[derive(Clone, Copy, Debug)]
pub struct Ended<'a> {
    /// The route, as the template names it.
    pub route: &'a str,
    /// The status of the answer.
    pub status: u16,
    /// The id of the request.
    pub request_id: &'a str,
}

/// Writes the line of one decision. What is suspicious is a warning.
pub fn audit(record: &Record, ended: Ended<'_>) {
    macro_rules! line {
        ($level:ident) => {{
            let Parts {
                event, outcome, reason, error, client_id, by, by_person, by_address, register_token, grant, person,
                account, patient, scope, changed, before, after,
            } = record.parts();
            let (scope, changed) = (scope.as_deref(), changed.as_deref());
            let Ended { route, status, request_id } = ended;
            tracing::$level!(
                target: AUDIT,
                event, outcome, reason, error, client_id, by, by_person, by_address, register_token, grant, person,
                account, patient, scope, changed, before, after, route, status, request_id
            );
        }};
    }
    if record.is_suspicious() {
        line!(warn);
    } else {
        line!(info);
    }
}

#[cfg(test)]
pub(crate) mod tests;
