//! The world as the functions see it: DynamoDB, KMS, outbound HTTPS, settings and telemetry; and a stack as an operator sees
//! it. No other crate names the AWS SDK, except for the call log of `infra/local`.

pub mod config;
mod connect;
mod deployed;
mod der;
pub mod dynamodb;
pub mod fhir_http;
pub mod function;
pub mod jwks_http;
pub mod kms;
pub mod lambda;
mod lazy_client;
pub mod origin;
mod outbound;
pub mod own_endpoints;
mod panics;
mod sdk_http;
#[cfg(feature = "stack")]
pub mod stack;
pub mod telemetry;
mod timeouts;
pub mod upstream;

pub use aws_sdk_dynamodb::Client as DynamoClient;
pub use aws_sdk_kms::Client as KmsClient;
pub use connect::{Aws, EmulatorUrls, StartError};
pub use deployed::Deployed;
pub use timeouts::Timeouts;

/// An error with all its causes, for the log. Never its `Debug` form, in which the SDK shows whole answers.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        said.push_str(": ");
        said.push_str(&next.to_string());
        cause = next.source();
    }
    said
}
