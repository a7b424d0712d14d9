//! What the EHR asks the service for: an access token of its own, and with it a launch.

use http::StatusCode;
use serde_json::{Value, json};

use super::Ehr;
use crate::backend_token;

/// Why there is no launch.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// For people.
    pub(super) words: String,
    /// For scripts: the service's own document, if the service refused.
    pub(super) body: Value,
}

impl Refusal {
    pub(super) fn of_ours(status: StatusCode, words: impl Into<String>) -> Self {
        let words = words.into();
        Self { status, body: json!({ "status": status.as_u16(), "detail": words }), words }
    }

    fn of_the_service(status: StatusCode, body: Value) -> Self {
        let reason =
            ["detail", "error_description"].into_iter().find_map(|member| body.get(member)?.as_str());
        let words = match reason {
            Some(reason) => format!("The service refused the launch ({}): {reason}", status.as_u16()),
            None => format!("The service answered with status {} and without a reason.", status.as_u16()),
        };
        Self { status, words, body }
    }
}

/// `POST {issuer}/launch`: puts a launch context into the service, which gives a handle for it.
///
/// Source: SMART App Launch 2.2, app-launch#launch-app-ehr-launch.
pub(super) async fn launch(ehr: &Ehr, body: &Value) -> Result<Value, Refusal> {
    let unreached = |reason: String| {
        Refusal::of_ours(StatusCode::BAD_GATEWAY, format!("The service could not be reached: {reason}"))
    };
    let client = backend_token::client().map_err(unreached)?;
    let token = access_token(ehr).await?;
    let request = client.post(format!("{}/launch", ehr.issuer)).bearer_auth(token).json(body);
    let answer = request.send().await.map_err(|error| unreached(error.to_string()))?;
    let status = answer.status();
    let answered: Value = answer.json().await.unwrap_or_default();
    if status.is_success() { Ok(answered) } else { Err(Refusal::of_the_service(status, answered)) }
}

/// A fresh one for each launch: it is a simulator, and a token kept would hide a client that was disabled since.
async fn access_token(ehr: &Ehr) -> Result<String, Refusal> {
    let url = format!("{}/token", ehr.issuer);
    let token = backend_token::fetch(&url, &(ehr.assertion)(), Some("__launch")).await;
    token.map_err(|reason| {
        let words = format!("The EHR asked the service for an access token and got none: {reason}");
        Refusal::of_ours(StatusCode::BAD_GATEWAY, words)
    })
}
