//! Clients of AWS, made once when a function starts.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_kms::config::{Credentials, Intercept, SharedInterceptor};

use crate::config::Problems;
use crate::sdk_http::{Trusted, shared_http_client};
use crate::timeouts::{Timeouts, unlimited_retries};

/// Where AWS is and how to speak to it.
#[derive(Clone, Debug)]
pub struct Aws {
    sdk: SdkConfig,
    emulators: Option<EmulatorUrls>,
    watch: Option<SharedInterceptor>,
    timeouts: Timeouts,
}

/// The addresses of the emulators of DynamoDB and KMS on one machine.
#[derive(Clone, Debug)]
pub struct EmulatorUrls {
    /// The emulator of DynamoDB.
    pub dynamodb: String,
    /// The emulator of KMS.
    pub kms: String,
}

/// A client of one service, whose emulator has that name. Each crate of the SDK has types of its own.
macro_rules! client {
    ($aws:ident, $sdk:ident, $service:ident) => {{
        let config = $sdk::config::Builder::from(&$aws.sdk).timeout_config($aws.timeouts.timeout_config());
        let mut config = config.retry_config($aws.timeouts.retry_config());
        if let Some(urls) = &$aws.emulators {
            config = config.endpoint_url(&urls.$service).retry_partition(unlimited_retries());
        }
        if let Some(watch) = $aws.watch.clone() {
            config.push_interceptor(watch);
        }
        $sdk::Client::from_conf(config.build())
    }};
}

impl Aws {
    /// AWS as the environment of a function describes it.
    pub async fn of_function() -> Self {
        let http = shared_http_client(Trusted::BundleOfSystem);
        let sdk = aws_config::from_env().http_client(http).load().await;
        Self { sdk, emulators: None, watch: None, timeouts: Timeouts::WITH_AWS }
    }

    /// AWS as the environment of an operator describes it, in the region of what they work with if that is known.
    pub async fn of_operator(region: Option<&str>) -> Self {
        let sdk = aws_config::from_env().http_client(shared_http_client(Trusted::System));
        let sdk = match region {
            Some(region) => sdk.region(Region::new(region.to_owned())),
            None => sdk,
        };
        Self { sdk: sdk.load().await, emulators: None, watch: None, timeouts: Timeouts::OF_AN_OPERATOR }
    }

    /// AWS as emulators play it; they check no credentials.
    pub async fn emulated_at(emulators: EmulatorUrls) -> Self {
        let no_user = Credentials::new("local", "local", None, None, "stand-ins");
        let sdk = aws_config::defaults(BehaviorVersion::latest()).region(Region::new("eu-central-1"));
        let sdk =
            sdk.credentials_provider(no_user).http_client(shared_http_client(Trusted::Nothing)).load().await;
        Self { sdk, emulators: Some(emulators), watch: None, timeouts: Timeouts::WITH_EMULATORS }
    }

    /// The same, every call watched.
    #[must_use]
    pub fn watched_by(self, watch: impl Intercept + 'static) -> Self {
        Self { watch: Some(SharedInterceptor::new(watch)), ..self }
    }

    /// The same with other timeouts.
    #[must_use]
    pub fn with_timeouts(self, timeouts: Timeouts) -> Self {
        Self { timeouts, ..self }
    }

    /// A client of DynamoDB.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        client!(self, aws_sdk_dynamodb, dynamodb)
    }

    /// A client of CloudFormation, which whoever plays DynamoDB has to play too.
    #[cfg(feature = "stack")]
    pub fn cloudformation(&self) -> aws_sdk_cloudformation::Client {
        client!(self, aws_sdk_cloudformation, dynamodb)
    }

    /// A client of KMS.
    pub fn kms(&self) -> aws_sdk_kms::Client {
        client!(self, aws_sdk_kms, kms)
    }
}

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its settings are no good.
    #[error(transparent)]
    Settings(#[from] Problems),
    /// A key cannot be used.
    #[error("KMS: {0}")]
    Keys(String),
    /// Something else.
    #[error("{0}")]
    Other(String),
}
