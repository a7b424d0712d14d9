//! Clients of AWS, made once when a function starts.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_kms::config::Credentials;

use crate::calls::CallLog;
use crate::config::Problems;

/// Where AWS is and how to speak to it, with a log of calls if somebody counts.
#[derive(Clone, Debug)]
pub struct Aws {
    sdk: SdkConfig,
    stand_ins: Option<StandIns>,
}

/// What plays DynamoDB and KMS on one machine.
#[derive(Clone, Debug)]
pub struct StandIns {
    /// The address of the one that plays DynamoDB.
    pub dynamodb: String,
    /// The address of the one that plays KMS.
    pub kms: String,
    /// Where calls are counted.
    pub calls: CallLog,
}

impl Aws {
    /// AWS as the environment of the process describes it.
    pub async fn of_environment() -> Self {
        Self { sdk: aws_config::load_from_env().await, stand_ins: None }
    }

    /// AWS as the environment of an operator describes it, in the region of what they work with.
    pub async fn of_operator(region: &str) -> Self {
        let sdk = aws_config::from_env().region(Region::new(region.to_owned())).load().await;
        Self { sdk, stand_ins: None }
    }

    /// AWS as stand-ins play it; they look at no credentials.
    pub async fn played_by(stand_ins: StandIns) -> Self {
        let nobody = Credentials::new("local", "local", None, None, "stand-ins");
        let sdk = aws_config::defaults(BehaviorVersion::latest()).region(Region::new("eu-central-1"));
        Self { sdk: sdk.credentials_provider(nobody).load().await, stand_ins: Some(stand_ins) }
    }

    /// A client of DynamoDB.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let mut config = aws_sdk_dynamodb::config::Builder::from(&self.sdk);
        if let Some(played) = &self.stand_ins {
            config = config.endpoint_url(&played.dynamodb).interceptor(played.calls.clone());
        }
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    /// A client of KMS.
    pub fn kms(&self) -> aws_sdk_kms::Client {
        let mut config = aws_sdk_kms::config::Builder::from(&self.sdk);
        if let Some(played) = &self.stand_ins {
            config = config.endpoint_url(&played.kms).interceptor(played.calls.clone());
        }
        aws_sdk_kms::Client::from_conf(config.build())
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
