//! Logs: JSON lines in Lambda, where `LOG_LEVEL` says how much.

use tracing_subscriber::EnvFilter;

/// Begins to write JSON lines to standard output, which Lambda collects.
pub fn begin() {
    let level = std::env::var("LOG_LEVEL").unwrap_or_else(|_| "info".to_owned());
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter).with_target(false).init();
}
