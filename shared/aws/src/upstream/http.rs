//! Requests to the provider: https, or http that stays on the machine; no redirect, no proxy, nothing large, nothing
//! slow. Its addresses are settings, and what its discovery document says, so private networks are allowed.

use std::pin::Pin;
use std::time::Duration;

use http::StatusCode;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::redirect::Policy;
use url::Url;

use crate::config::is_loopback_http;

/// How long one request may take: 5 seconds.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The largest answer that is read: 256 KiB.
const MAX_BODY: usize = 256 * 1024;

/// What sends requests.
#[derive(Clone, Debug)]
pub(super) struct Http {
    client: reqwest::Client,
    allow_loopback: bool,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error("the address is not https")]
    NotHttps,
    #[error("the request failed: {0}")]
    Failed(String),
    #[error("answered {0}")]
    Status(StatusCode),
    #[error("the answer is larger than 256 KiB")]
    TooLarge,
}

impl From<reqwest::Error> for HttpError {
    fn from(error: reqwest::Error) -> Self {
        Self::Failed(crate::causes(&error.without_url()))
    }
}

impl Http {
    pub(super) fn new(allow_loopback: bool) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder().timeout(TIMEOUT).redirect(Policy::none()).no_proxy();
        Ok(Self { client: client.https_only(!allow_loopback).build()?, allow_loopback })
    }

    /// Whether something may be sent to this address.
    pub(super) fn may_reach(&self, url: &Url) -> bool {
        url.scheme() == "https" || (self.allow_loopback && is_loopback_http(url))
    }

    /// An answer that says something of the request. What a server answers that is down, busy or elsewhere is no such.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        if !self.may_reach(request.url()) {
            return Err(HttpError::NotHttps);
        }
        let mut answer = self.client.execute(request).await?;
        let status = answer.status();
        if status.is_server_error() || status.is_redirection() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(HttpError::Status(status));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(HttpError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let mut whole = HttpResponse::new(body);
        *whole.status_mut() = status;
        *whole.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(whole)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
