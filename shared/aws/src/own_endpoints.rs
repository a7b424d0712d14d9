//! Our own token endpoints, called as every app calls them: over the network and by their public addresses.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;
use smart::error::Unreachable;
use smart::service::Service;

use crate::lazy_client::{LazyClient, plain};

/// How long an answer may take: 8 seconds, which leaves a function time to say so.
const TIMEOUT: Duration = Duration::from_secs(8);

/// The token and revocation endpoints of this service.
#[derive(Clone, Debug)]
pub struct OwnEndpoints {
    client: LazyClient,
    token: String,
    revocation: String,
}

impl OwnEndpoints {
    /// Those of a service, whose addresses are a setting.
    pub fn new(service: &Service) -> Self {
        Self {
            client: LazyClient::default(),
            token: service.token_endpoint().to_owned(),
            revocation: service.revocation_endpoint(),
        }
    }

    /// The status and body of an answer of the token endpoint.
    ///
    /// # Errors
    /// When there is no answer that can be read.
    pub async fn token(&self, form: &[(&str, &str)]) -> Result<(StatusCode, Value), Unreachable> {
        let failed = |error: reqwest::Error| Unreachable::new("own token endpoint", error.without_url());
        let answer = self.post(&self.token, form).await?;
        let status = answer.status();
        Ok((status, answer.json().await.map_err(failed)?))
    }

    /// Gives a token back.
    ///
    /// # Errors
    /// When there is no answer, or it is no success.
    pub async fn revoke(&self, form: &[(&str, &str)]) -> Result<(), Unreachable> {
        let answer = self.post(&self.revocation, form).await?;
        match answer.status().is_success() {
            true => Ok(()),
            false => Err(Unreachable::new("own revocation endpoint", answer.status().to_string())),
        }
    }

    async fn post(&self, url: &str, form: &[(&str, &str)]) -> Result<reqwest::Response, Unreachable> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.client.get_or_build(|| plain(TIMEOUT))?.post(url).body(body);
        let request = request.header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        request.send().await.map_err(|error| Unreachable::new("own endpoint", error.without_url()))
    }
}
