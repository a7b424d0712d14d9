//! An access token of a backend client, asked for as any backend client does.

use std::time::Duration;

use reqwest::Client;
use serde_json::Value;

/// How long the service may take to answer: with `cargo lambda watch` the first request builds the function.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(900);

/// What requests to the service are sent with.
///
/// # Errors
/// When this machine cannot send any, in words.
pub(crate) fn client() -> Result<Client, String> {
    let client = Client::builder().no_proxy().timeout(ANSWER_TIMEOUT).build();
    client.map_err(|error| error.to_string())
}

/// Asks the running service for one; without a scope for all that the client is registered for.
///
/// Source: SMART App Launch 2.2, backend-services#obtain-access-token.
///
/// # Errors
/// What went wrong, in words.
pub(crate) async fn fetch(url: &str, assertion: &str, scope: Option<&str>) -> Result<String, String> {
    let body: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        .append_pair("client_assertion", assertion)
        .extend_pairs(scope.map(|scope| ("scope", scope)))
        .finish();
    let request = client()?.post(url).body(body);
    let request = request.header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = request.send().await.map_err(|error| error.to_string())?;
    let status = answer.status();
    let body: Value = answer.json().await.map_err(|error| error.to_string())?;
    let token = body.get("access_token").and_then(Value::as_str).map(str::to_owned);
    token.ok_or_else(|| format!("{status}: {}", body.get("error_description").unwrap_or(&body)))
}
