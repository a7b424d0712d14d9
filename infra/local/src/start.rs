//! What the parts of the stack share while it starts: where they answer, and why one did not start.

use std::io;
use std::path::PathBuf;

use crate::dynamodb::DynamoDbError;
use crate::gateway::NoHandler;
use crate::kms::KmsError;
use crate::template::TemplateError;

/// Where everything answers, none with a slash at its end.
#[derive(Clone, Debug)]
pub struct Urls {
    /// The issuer: the gateway's origin, or that of `cargo lambda watch`.
    pub issuer: String,
    /// The base of the demo FHIR API.
    pub fhir_base_url: String,
    /// The sample app, under another site name than the issuer.
    pub sample_app: String,
    /// The EHR simulator, under the same site name as the sample app.
    pub ehr: String,
    /// The emulator of DynamoDB.
    pub dynamodb: String,
    /// The emulator of KMS.
    pub kms: String,
}

/// Why the service did not start, or did not go on.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Something else listens on a port.
    #[error("Port {port} of 127.0.0.1 is taken. {advice}")]
    PortTaken {
        /// The port.
        port: u16,
        /// What to do about it.
        advice: &'static str,
    },
    /// The directory of `--data` cannot be used.
    #[error("The directory {} cannot be used: {source}", directory.display())]
    Data {
        /// The directory.
        directory: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The template cannot be read.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The emulator of DynamoDB did not start.
    #[error(transparent)]
    DynamoDb(#[from] DynamoDbError),
    /// The emulator of KMS did not start.
    #[error(transparent)]
    Kms(#[from] KmsError),
    /// The gateway was not given every function.
    #[error(transparent)]
    NoHandler(#[from] NoHandler),
    /// A function could not be put together.
    #[error("The function {function} did not start: {reason}")]
    Function {
        /// Its binary.
        function: String,
        /// Why.
        reason: String,
    },
    /// The users and clients could not be written.
    #[error("The users and clients could not be written: {0}")]
    Seed(String),
    /// The other emulator cannot be used.
    #[error("The other emulator cannot be used: {0}")]
    ExternalEmulator(String),
    /// A URL of the stack is none.
    #[error("A local URL is none: {0}")]
    Url(#[from] url::ParseError),
    /// A listener failed.
    #[error("A listener failed: {0}")]
    Listener(#[from] io::Error),
    /// A server ended without saying why.
    #[error("A part of the service went down.")]
    WentDown,
}
