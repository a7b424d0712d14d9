//! Clients of AWS, made once when a function starts.

use aws_config::SdkConfig;

use crate::calls::CallLog;
use crate::config::Problems;

/// Where AWS is and how to speak to it, with a log of calls if somebody counts.
#[derive(Clone, Debug)]
pub struct Aws {
    sdk: SdkConfig,
    calls: Option<CallLog>,
}

impl Aws {
    /// AWS as the environment of the process describes it.
    pub async fn of_environment() -> Self {
        Self { sdk: aws_config::load_from_env().await, calls: None }
    }

    /// AWS as somebody describes it who wants to count the calls.
    pub const fn counted(sdk: SdkConfig, calls: CallLog) -> Self {
        Self { sdk, calls: Some(calls) }
    }

    /// A client of DynamoDB.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let mut config = aws_sdk_dynamodb::config::Builder::from(&self.sdk);
        if let Some(calls) = &self.calls {
            config = config.interceptor(calls.clone());
        }
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    /// A client of KMS.
    pub fn kms(&self) -> aws_sdk_kms::Client {
        let mut config = aws_sdk_kms::config::Builder::from(&self.sdk);
        if let Some(calls) = &self.calls {
            config = config.interceptor(calls.clone());
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
