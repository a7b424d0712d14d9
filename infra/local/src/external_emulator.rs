//! Another emulator of AWS in the place of ours: a second opinion on what they answer.
//!
//! The service does not notice. Its calls go through here, where a key gets the name that it has over there and an
//! account of its own keeps its tables apart from those of other services.

use std::collections::BTreeMap;
use std::path::Path;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

/// Where it is, and how it names what the template describes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    /// Its address: one for all of AWS.
    url: String,
    /// The accounts that hold the tables of the template, one a service.
    accounts: Vec<String>,
    /// The ARN of each key there, by the ARN that it has on this machine.
    keys: BTreeMap<String, String>,
}

/// Another emulator, as one service uses it.
#[derive(Clone, Debug)]
pub(crate) struct ExternalEmulator {
    url: String,
    account: String,
    keys: BTreeMap<String, String>,
    http: reqwest::Client,
}

/// The account that holds the keys, which all services share.
const OF_THE_KEYS: &str = "000000000000";

impl ExternalEmulator {
    /// Reads the file that tells of it, for the service of this number.
    ///
    /// # Errors
    /// When the file cannot be read, or has not that many accounts; in words.
    pub(crate) fn read(file: &Path, service: usize) -> Result<Self, String> {
        let said = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let text = std::fs::read_to_string(file).map_err(|error| said(&error))?;
        let told: Told = serde_json::from_str(&text).map_err(|error| said(&error))?;
        let account = told.accounts.get(service).cloned();
        let account = account.ok_or_else(|| said(&"it has too few accounts for so many services"))?;
        let http = reqwest::Client::builder().no_proxy().build().map_err(|error| said(&error))?;
        Ok(Self { url: told.url, account, keys: told.keys, http })
    }

    /// What takes the place of our emulator of DynamoDB.
    pub(crate) fn dynamodb(self) -> Router {
        Router::new().route("/", post(to_a_table)).with_state(self)
    }

    /// Sends a call to KMS on, and brings its answer back.
    pub(crate) async fn kms(&self, headers: &HeaderMap, call: &[u8]) -> Response {
        self.answer(headers, call, OF_THE_KEYS).await
    }

    async fn answer(&self, headers: &HeaderMap, call: &[u8], account: &str) -> Response {
        self.forwarded(headers, call, account).await.unwrap_or_else(|error| {
            let mut refused = Response::new(Body::from(error.to_string()));
            *refused.status_mut() = StatusCode::BAD_GATEWAY;
            refused
        })
    }

    async fn forwarded(
        &self,
        headers: &HeaderMap,
        call: &[u8],
        account: &str,
    ) -> Result<Response, reqwest::Error> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        // No emulator checks the signature; whom it names as its signer is the account.
        let signed = text("authorization").replace("Credential=local/", &format!("Credential={account}/"));
        let call =
            self.keys.iter().fold(String::from_utf8_lossy(call).into_owned(), |call, (here, there)| {
                call.replace(here, there)
            });
        let request = self.http.post(&self.url).header("x-amz-target", text("x-amz-target"));
        let request = request.header("content-type", text("content-type")).header("authorization", signed);
        let answer = request.body(call).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        let text = self.keys.iter().fold(text, |text, (here, there)| text.replace(there, here));
        let mut answer = Response::new(Body::from(text));
        *answer.status_mut() = status;
        Ok(answer)
    }
}

async fn to_a_table(State(emulator): State<ExternalEmulator>, headers: HeaderMap, call: Bytes) -> Response {
    emulator.answer(&headers, &call, &emulator.account).await
}
