//! What a running service says of itself: which audiences and algorithms it takes, and what its clock shows.

use std::time::Duration;

use http::header;
use jiff::fmt::rfc2822;
use reqwest::redirect::Policy;
use serde_json::Value;
use smart::client::AssertionAlgorithms;
use smart_verify::time::UnixSeconds;
use url::Url;

use crate::Failure;

/// How long the service may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// Where an assertion is to be used.
#[derive(Debug)]
pub(super) struct AssertionTarget {
    /// The audiences that are accepted, the usual one first.
    pub(super) audiences: Vec<String>,
    /// The algorithms that are accepted.
    pub(super) algorithms: AssertionAlgorithms,
    /// How many seconds the clock of this machine is ahead of the service's, where that is known.
    pub(super) clock_ahead: Option<i64>,
}

impl AssertionTarget {
    /// Nobody was asked.
    pub(super) fn of_audiences(audiences: Vec<String>) -> Self {
        Self { audiences, algorithms: AssertionAlgorithms::default(), clock_ahead: None }
    }

    /// Reads the discovery document of a base URL.
    ///
    /// Source: SMART App Launch 2.2, conformance#using-well-known.
    pub(super) async fn at(base_url: &str, now: UnixSeconds) -> Result<Self, Failure> {
        let address = format!("{}/.well-known/smart-configuration", base_url.trim_end_matches('/'));
        let url = Url::parse(&address).map_err(|_| Failure::Usage(format!("{base_url} is not a URL")))?;
        let not_reached = |why: String| Failure::Unreachable(format!("{address}: {why}"));
        let client = reqwest::Client::builder().timeout(ANSWER_TIMEOUT).redirect(Policy::none());
        let client = if smart::client::is_loopback(&url) { client.no_proxy() } else { client };
        let client = client.build().map_err(|error| not_reached(error.to_string()))?;
        let request = client.get(url).header(header::ACCEPT, "application/json");
        let answer = request.send().await.map_err(|error| not_reached(error.to_string()))?;
        if !answer.status().is_success() {
            return Err(not_reached(format!("answered {}", answer.status())));
        }
        let date = answer.headers().get(header::DATE).and_then(|date| date.to_str().ok()).and_then(seconds);
        let document: Value = answer.json().await.map_err(|error| not_reached(error.to_string()))?;
        Self::described_by(&document, date, now)
            .ok_or_else(|| not_reached("names no token_endpoint".to_owned()))
    }

    fn described_by(document: &Value, date: Option<i64>, now: UnixSeconds) -> Option<Self> {
        let token_endpoint = document["token_endpoint"].as_str()?.to_owned();
        let mut audiences = vec![token_endpoint];
        if let Some(issuer) = document["issuer"].as_str() {
            audiences.push(format!("{issuer}/backend-token"));
            audiences.push(issuer.to_owned());
        }
        let names = document["token_endpoint_auth_signing_alg_values_supported"].as_array();
        let names = names.into_iter().flatten().filter_map(Value::as_str);
        // Of names that nobody here knows the rules say nothing.
        let known =
            names.filter(|name| AssertionAlgorithms::with(name).is_ok()).collect::<Vec<_>>().join(" ");
        let algorithms = AssertionAlgorithms::with(&known).unwrap_or_default();
        let clock_ahead = date.zip(i64::try_from(now.0).ok()).map(|(date, now)| now - date);
        Some(Self { audiences, algorithms, clock_ahead })
    }

    /// The service's clock, or ours where it is not known.
    pub(super) fn clock(&self, now: UnixSeconds) -> UnixSeconds {
        let ahead = self.clock_ahead.unwrap_or_default();
        UnixSeconds(now.0.saturating_add_signed(-ahead))
    }
}

/// Source: RFC 9110 §6.6.1 (`Date`), whose usual form RFC 2822 reads as well.
fn seconds(date: &str) -> Option<i64> {
    rfc2822::parse(date).ok().map(|moment| moment.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_service_says_its_audiences_its_algorithms_and_its_time() {
        let document = json!({
            "issuer": "https://auth.example.org", "token_endpoint": "https://auth.example.org/token",
            "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384", "PS384", "ES512"],
        });
        let now = UnixSeconds(784_111_777 + 90);
        let date = seconds("Sun, 06 Nov 1994 08:49:37 GMT");
        let place = AssertionTarget::described_by(&document, date, now).unwrap();
        assert_eq!(place.audiences[0], "https://auth.example.org/token");
        assert_eq!(place.audiences.len(), 3);
        assert_eq!(place.algorithms.to_string(), "RS384 or ES384 or PS384");
        assert_eq!(place.clock_ahead, Some(90));
        assert_eq!(place.clock(now), UnixSeconds(784_111_777));
        assert!(AssertionTarget::described_by(&json!({}), None, now).is_none());
    }
}
