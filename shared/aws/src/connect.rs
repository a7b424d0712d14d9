//! Clients of AWS, made once when a function starts.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_kms::config::{Credentials, Intercept, SharedInterceptor};

use crate::config::Problems;
use crate::one_http::{Trusted, one_http_client};
use crate::patience::{Patience, untired};

/// Where AWS is and how to speak to it.
#[derive(Clone, Debug)]
pub struct Aws {
    sdk: SdkConfig,
    stand_ins: Option<StandIns>,
    watch: Option<SharedInterceptor>,
    patience: Patience,
}

/// What plays DynamoDB and KMS on one machine.
#[derive(Clone, Debug)]
pub struct StandIns {
    /// The address of the one that plays DynamoDB.
    pub dynamodb: String,
    /// The address of the one that plays KMS.
    pub kms: String,
}

/// A client of one service, whose stand-in is the one of that name. Each crate of the SDK has types of its own.
macro_rules! client {
    ($aws:ident, $sdk:ident, $stand_in:ident) => {{
        let config = $sdk::config::Builder::from(&$aws.sdk).timeout_config($aws.patience.timeouts());
        let mut config = config.retry_config($aws.patience.retries());
        if let Some(played) = &$aws.stand_ins {
            config = config.endpoint_url(&played.$stand_in).retry_partition(untired());
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
        let http = one_http_client(Trusted::BundleOfSystem);
        let sdk = aws_config::from_env().http_client(http).load().await;
        Self { sdk, stand_ins: None, watch: None, patience: Patience::WITH_AWS }
    }

    /// AWS as the environment of an operator describes it, in the region of what they work with if that is known.
    pub async fn of_operator(region: Option<&str>) -> Self {
        let sdk = aws_config::from_env().http_client(one_http_client(Trusted::System));
        let sdk = match region {
            Some(region) => sdk.region(Region::new(region.to_owned())),
            None => sdk,
        };
        Self { sdk: sdk.load().await, stand_ins: None, watch: None, patience: Patience::OF_AN_OPERATOR }
    }

    /// AWS as stand-ins play it; they look at no credentials.
    pub async fn played_by(stand_ins: StandIns) -> Self {
        let no_user = Credentials::new("local", "local", None, None, "stand-ins");
        let sdk = aws_config::defaults(BehaviorVersion::latest()).region(Region::new("eu-central-1"));
        let sdk =
            sdk.credentials_provider(no_user).http_client(one_http_client(Trusted::Nothing)).load().await;
        Self { sdk, stand_ins: Some(stand_ins), watch: None, patience: Patience::WITH_STAND_INS }
    }

    /// The same, every call watched.
    #[must_use]
    pub fn watched_by(self, watch: impl Intercept + 'static) -> Self {
        Self { watch: Some(SharedInterceptor::new(watch)), ..self }
    }

    /// The same with another patience.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// A client of DynamoDB.
    #[cfg(feature = "dynamodb")]
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
