//! `Idempotency-Key`: the same request, sent again, registers nothing new and gets the first answer.

use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};
use smart::client::ClientSecret;
use smart::ports::Registry;
use smart::registration::{Answered, Entry, IdempotencyKey, Note};
use web::Response;

use crate::Reaches;
use crate::call::{Call, located, refused, unavailable};
use crate::preconditions::tagged;

/// A request that may come again, if its caller says so.
pub(crate) struct Repeatable(Option<IdempotencyKey>);

impl Repeatable {
    pub(crate) fn of(call: &Call<'_, impl Reaches>) -> Result<Self, Box<Response>> {
        let key = call.headers().get("idempotency-key");
        let key = key.map(|key| key.to_str().unwrap_or_default().trim_matches('"').parse()).transpose();
        key.map(Self).map_err(|error| refused(StatusCode::BAD_REQUEST, &error))
    }

    /// The answer that this request had before.
    ///
    /// # Errors
    /// 422 when the key was used for another request.
    pub(crate) async fn answered(
        &self,
        call: &Call<'_, impl Reaches>,
    ) -> Result<Option<Response>, Box<Response>> {
        let Some(key) = &self.0 else { return Ok(None) };
        let entry = call.store().entry(&key.entry_key(call.by.as_str())).await.map_err(unavailable)?;
        let Some(Note::Idempotency(remembered)) =
            entry.filter(|entry| entry.is_live(call.now)).map(|entry| entry.note)
        else {
            return Ok(None);
        };
        let (answer, secret) = remembered
            .answer(call.request.body(), key, call.now)
            .map_err(|error| refused(StatusCode::UNPROCESSABLE_ENTITY, &error))?;
        let mut body: Value = serde_json::from_str(answer).unwrap_or_default();
        match secret {
            Some(secret) => {
                body["client_secret"] = json!(secret);
                body["client_secret_expires_at"] = json!(0);
            }
            None if remembered.had_secret() => {
                body["client_secret_note"] =
                    json!("The secret could be had again for 10 minutes; add another one.");
            }
            None => {}
        }
        let path = format!("/clients/{}", body["client_id"].as_str().unwrap_or_default());
        let mut response = located(tagged(StatusCode::CREATED, 1, &body), &path);
        let replayed = HeaderName::from_static("idempotency-replayed");
        response.headers_mut().insert(replayed, HeaderValue::from_static("true"));
        Ok(Some(response))
    }

    /// What remembers the answer.
    pub(crate) fn entry(
        &self,
        call: &Call<'_, impl Reaches>,
        answer: &Value,
        secret: Option<&ClientSecret>,
    ) -> Option<Entry> {
        let key = self.0.as_ref()?;
        let answered = Answered { request: call.request.body(), answer: answer.to_string(), secret };
        Some(key.remember(call.by.as_str(), answered, call.now))
    }
}
