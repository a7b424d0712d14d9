//! Requests from this API to the authorization server.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use reqwest::Client;
use serde::de::DeserializeOwned;
use url::Url;

use super::outcome::Refusal;

/// How long to wait for the authorization server: 30 seconds, since `cargo lambda watch` builds a function
/// when it is first asked.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// The headers of a relayed document that are kept.
const RELAYED: [http::HeaderName; 3] = [header::CONTENT_TYPE, header::CACHE_CONTROL, header::ETAG];

/// The way to the authorization server.
#[derive(Debug)]
pub(super) struct Upstream(Client);

impl Upstream {
    /// Goes straight to the address, whatever proxies the environment names: on one machine all is loopback.
    pub(super) fn new() -> Self {
        let client =
            Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).timeout(ANSWER_TIMEOUT);
        Self(client.build().unwrap_or_default())
    }

    /// Fetches a JSON document; nothing if there is none to be had.
    pub(super) async fn json<T: DeserializeOwned>(&self, url: &Url) -> Option<T> {
        let answer = self.0.get(url.clone()).send().await.and_then(reqwest::Response::error_for_status);
        let document = match answer {
            Ok(answer) => answer.json().await,
            Err(error) => Err(error),
        };
        document.inspect_err(|error| tracing::warn!(%error, "the authorization server gave no document")).ok()
    }

    /// Hands on a document of the authorization server as it is.
    pub(super) async fn relay(&self, url: Url) -> Response {
        match self.fetch(url).await {
            Ok(answer) => answer.into_response(),
            Err(error) => {
                tracing::warn!(%error, "a discovery document could not be relayed");
                Refusal::unreachable("The document of the authorization server").into_response()
            }
        }
    }

    async fn fetch(&self, url: Url) -> Result<(StatusCode, HeaderMap, bytes::Bytes), reqwest::Error> {
        let answer = self.0.get(url).send().await?;
        let kept = RELAYED.into_iter().filter_map(|name| {
            let value = answer.headers().get(&name)?.clone();
            Some((name, value))
        });
        let (status, headers) = (answer.status(), kept.collect());
        Ok((status, headers, answer.bytes().await?))
    }
}
