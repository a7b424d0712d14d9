//! An access token of the admin client, always fresh, for scripts.

use std::time::Duration;

use serde_json::Value;
use smart::time::UnixSeconds;

use crate::Urls;
use crate::seed::KeyPair;

/// How often it is replaced: every 4 minutes, since it lives 5.
pub const REPLACED_EVERY: Duration = Duration::from_secs(240);

/// How long the service may take to give one: with `cargo lambda watch` the first request builds the function.
const PATIENCE: Duration = Duration::from_secs(900);

/// Asks the running service for one, as any backend client does.
///
/// # Errors
/// What went wrong, in words.
pub async fn fetch(urls: &Urls, admin: &KeyPair, now: UnixSeconds) -> Result<String, String> {
    let url = format!("{}/backend-token", urls.issuer);
    let assertion = admin.assertion(&url, now);
    let body: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        .append_pair("client_assertion", &assertion)
        .finish();
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build();
    let request = client.map_err(|error| error.to_string())?.post(url).body(body);
    let request = request.header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = request.send().await.map_err(|error| error.to_string())?;
    let status = answer.status();
    let body: Value = answer.json().await.map_err(|error| error.to_string())?;
    let token = body.get("access_token").and_then(Value::as_str).map(str::to_owned);
    token.ok_or_else(|| format!("{status}: {}", body.get("error_description").unwrap_or(&body)))
}
