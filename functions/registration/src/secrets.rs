//! The secrets of a client: listed by what tells two apart, added, ended.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use smart::client::ClientId;
use smart::operations::secrets::{self, Added, NewSecret};
use smart::operations::{Done, DryRun};
use smart_verify::time::UnixSeconds;
use web::respond;

use crate::Reaches;
use crate::body::{self, Members};
use crate::call::{ApiResult, Call, bad_query, no_content, with};
use crate::client_view::{representation, secret as shown};
use crate::clients::{current, unless_stale};
use crate::preconditions::{seen, tagged};

/// The longest overlap of two secrets: 90 days.
const LONGEST_OVERLAP: u64 = 90 * 24 * 3600;

/// The longest life of a secret that ends: 10 years.
const LONGEST_LIFE: u64 = 10 * 365 * 24 * 3600;

/// `GET /clients/{client_id}/secrets`.
pub(crate) async fn list(call: &Call<'_, impl Reaches>, id: &ClientId) -> ApiResult {
    let client = current(call, id).await?;
    let items: Vec<Value> = secrets::live(&client, call.now).map(shown).collect();
    Ok(tagged(StatusCode::OK, client.version, &json!({ "items": items })))
}

/// `POST /clients/{client_id}/secrets`: a second secret. `expires_in` ends it, `others_expire_in` ends the one before.
pub(crate) async fn add(call: &Call<'_, impl Reaches>, id: &ClientId) -> ApiResult {
    let before = current(call, id).await?;
    let mut members = Members::of(body::optional_object(call.request)?);
    let expires_in = members.number("expires_in", 60, LONGEST_LIFE).map(Duration::from_secs);
    let others_expire_in = members.number("others_expire_in", 0, LONGEST_OVERLAP).map(Duration::from_secs);
    members.finish()?;
    let wanted = NewSecret { chosen: None, expires_in, others_expire_in };
    let operations = call.operations_or_dry_run();
    let done = secrets::add(&operations, &before, wanted).await;
    let Done { body: Added { client, secret, expires_at }, record, .. } =
        unless_stale(call, id, done).await?;
    if operations.dry_run == DryRun::Yes {
        return Ok(respond::json(StatusCode::OK, &representation(&client)));
    }
    let mut body = client.secrets.last().map(shown).unwrap_or_default();
    body["client_secret"] = json!(secret.as_ref().map(|secret| secret.reveal()));
    body["client_secret_expires_at"] = json!(expires_at.map_or(0, |UnixSeconds(end)| end));
    Ok(with(record, tagged(StatusCode::CREATED, client.version, &body)))
}

/// `DELETE /clients/{client_id}/secrets/{secret}`: at once, or after `?in=` seconds.
pub(crate) async fn end(call: &Call<'_, impl Reaches>, id: &ClientId, secret: &str) -> ApiResult {
    let before = current(call, id).await?;
    seen(call, before.version, || representation(&before))?;
    let query = call.query()?;
    let said = query.get("in").map_err(|error| bad_query(error.sentence()))?.map(str::parse::<u64>);
    let seconds = match said {
        None => 0,
        Some(Ok(seconds)) if seconds <= LONGEST_OVERLAP => seconds,
        Some(_) => return Err(bad_query("in must be a number of seconds, at most 90 days.")),
    };
    let after = Duration::from_secs(seconds);
    let operations = call.operations_or_dry_run();
    let done = secrets::end(&operations, &before, secret, after).await;
    let Done { body: client, record, .. } = unless_stale(call, id, done).await?;
    if operations.dry_run == DryRun::Yes {
        return Ok(respond::json(StatusCode::OK, &representation(&client)));
    }
    Ok(with(record, no_content()))
}
