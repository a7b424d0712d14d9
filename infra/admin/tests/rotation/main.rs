//! Keys and settings of a running service, changed from the command line. The service is never started again: its clock is
//! moved, and its functions read their settings when they are too old.

#![allow(clippy::unwrap_used, reason = "a journey that cannot continue has failed")]

mod binary;
mod conflicts;
mod mac_versions;
mod service;
mod settings;
mod signing_keys;
mod user;
