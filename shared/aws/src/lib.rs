//! The world as the functions see it: DynamoDB, KMS, outbound HTTPS, settings and telemetry. Nothing else in the
//! workspace names the AWS SDK.

pub mod calls;
pub mod config;
mod connect;
mod der;
pub mod dynamodb;
pub mod fhir_http;
pub mod jwks_http;
pub mod kms;
pub mod lambda;
mod outbound;
pub mod telemetry;

pub use connect::{Aws, StandIns, StartError};
