//! The whole service on one machine: emulators of AWS, the gateway, the functions, a FHIR API, a sample
//! app and an EHR that launches it.
//!
//! Everything listens on loopback only and is described by `template.yaml`. The functions have no local mode:
//! they are called with API Gateway's events and speak the AWS SDK; only endpoints differ.
//!
//! - [`template`] reads `template.yaml` with local values
//! - [`emulators`] has the fixed ports and writes the environment file for `cargo lambda watch`
//! - [`dynamodb`] and [`kms`] emulate AWS
//! - [`gateway`] turns HTTP into events and answers into HTTP; [`functions`] are what it calls
//! - [`calls`] holds functions to their policies and counts what they call
//! - [`fhir`], [`ehr`] and [`sample_app`] are what a hospital and an app developer would bring
//! - [`stack`] starts it all, [`seed`] fills it; [`start`] is what they share

pub mod admin_token;
mod backend_token;
pub mod calls;
mod clock;
pub mod dev_json;
pub mod dynamodb;
pub mod ehr;
pub mod emulators;
mod external_emulator;
pub mod fhir;
pub mod functions;
pub mod gateway;
mod html;
pub mod kms;
mod latency_proxy;
mod loopback;
pub mod options;
pub mod sample_app;
pub mod seed;
pub mod stack;
pub mod start;
pub mod summary;
pub mod template;

pub use clock::Clock;
pub use options::Options;
pub use stack::Stack;
pub use start::{StartError, Urls};
