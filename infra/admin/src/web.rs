//! Requests to a running service: no redirects, no proxy on this machine, and errors told with their causes.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use url::Url;

use crate::Failure;

/// How long the service may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// A client for a service at this address.
pub(crate) fn client(url: &Url) -> Result<Client, Failure> {
    let client = Client::builder().timeout(ANSWER_TIMEOUT).redirect(Policy::none());
    let client = if smart::client::is_loopback(url) { client.no_proxy() } else { client };
    client.build().map_err(|error| not_reached(&error))
}

/// Sends a request.
pub(crate) async fn send(request: RequestBuilder) -> Result<Response, Failure> {
    request.send().await.map_err(|error| not_reached(&error))
}

/// The JSON in an answer.
pub(crate) async fn json(answer: Response) -> Result<Value, Failure> {
    let url = answer.url().clone();
    let body = answer.bytes().await.map_err(|error| not_reached(&error))?;
    serde_json::from_slice(&body)
        .map_err(|_| Failure::Unreachable(format!("{url} does not answer with JSON")))
}

/// A base URL as it was typed, without the slash at its end.
pub(crate) fn base(text: &str) -> Result<Url, Failure> {
    let wrong = |why: &str| Failure::Usage(format!("--base-url {text} {why}"));
    let url = Url::parse(text.trim_end_matches('/')).map_err(|_| wrong("is not a URL"))?;
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && smart::client::is_loopback(&url));
    if is_safe { Ok(url) } else { Err(wrong("must begin with https://")) }
}

fn not_reached(error: &reqwest::Error) -> Failure {
    Failure::Unreachable(causes(error))
}

pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        said = format!("{said}: {next}");
        cause = next.source();
    }
    said
}
