//! The secrets of a client: listed by what tells two apart, added, ended.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use smart::audit::{Event, Record};
use smart::client::{ChangedBy, Client, ClientId, ClientSecret};
use smart::error::Unreachable;
use smart::ports::{Changed, ClientWriter};
use smart::registration::SecretRefused;
use smart_verify::time::UnixSeconds;
use web::notes::noted;
use web::{Response, respond};

use crate::Reaches;
use crate::body::{self, Members};
use crate::call::{Answer, Call, bad_query, conflict, no_content, not_found, unavailable};
use crate::client_view::{representation, secret as shown};
use crate::clients::{current, stale_now};
use crate::preconditions::{seen, tagged};

/// The longest overlap of two secrets: 90 days.
const LONGEST_OVERLAP: u64 = 90 * 24 * 3600;

/// The longest life of a secret that ends: 10 years.
const LONGEST_LIFE: u64 = 10 * 365 * 24 * 3600;

/// `GET /clients/{client_id}/secrets`.
pub(crate) async fn list(call: &Call<'_, impl Reaches>, id: &ClientId) -> Answer {
    let client = current(call, id).await?;
    let live = client.secrets.iter().filter(|secret| secret.is_live(call.now));
    let items: Vec<Value> = live.map(shown).collect();
    Ok(tagged(StatusCode::OK, client.version, &json!({ "items": items })))
}

/// `POST /clients/{client_id}/secrets`: a second secret. `expires_in` ends it, `others_expire_in` ends the one before.
pub(crate) async fn add(call: &Call<'_, impl Reaches>, id: &ClientId) -> Answer {
    let before = current(call, id).await?;
    let mut members = Members::of(body::optional_object(call.request)?);
    let expires_in = members.number("expires_in", 60, LONGEST_LIFE);
    let others = members.number("others_expire_in", 0, LONGEST_OVERLAP).map(Duration::from_secs);
    members.finish()?;
    let secret = ClientSecret::generate();
    let expires_at = expires_in.map(|seconds| call.now + Duration::from_secs(seconds));
    let next = before.with_secret(&secret, expires_at, others, call.now).map_err(refused)?;
    let record = keep(call, &before, &next, Event::SecretMade).await?;
    let mut body = next.secrets.last().map(shown).unwrap_or_default();
    body["client_secret"] = json!(secret.reveal());
    body["client_secret_expires_at"] = json!(expires_at.map_or(0, |UnixSeconds(end)| end));
    Ok(noted(tagged(StatusCode::CREATED, next.version, &body), record))
}

/// `DELETE /clients/{client_id}/secrets/{secret}`: at once, or after `?in=` seconds.
pub(crate) async fn end(call: &Call<'_, impl Reaches>, id: &ClientId, secret: &str) -> Answer {
    let before = current(call, id).await?;
    seen(call, before.version, || representation(&before))?;
    let query = call.query()?;
    let said = query.get("in").map_err(|error| bad_query(error.sentence()))?.map(str::parse::<u64>);
    let seconds = match said {
        None => 0,
        Some(Ok(seconds)) if seconds <= LONGEST_OVERLAP => seconds,
        Some(_) => return Err(bad_query("in must be a number of seconds, at most 90 days.")),
    };
    let next = before.without_secret(secret, Duration::from_secs(seconds), call.now).map_err(refused)?;
    let record = keep(call, &before, &next, Event::SecretRevoked).await?;
    Ok(noted(no_content(), record))
}

/// Keeps the client, and says what to record.
async fn keep(
    call: &Call<'_, impl Reaches>,
    before: &Client,
    next: &Client,
    event: Event,
) -> Result<Record, Box<Response>> {
    if call.is_dry_run()? {
        return Err(Box::new(respond::json(StatusCode::OK, &representation(next))));
    }
    let next = &next.clone().changed_by(ChangedBy::Administrator);
    match call.store().replace(next, before.version).await.map_err(unavailable)? {
        Changed::Changed => Ok(call.of_client(event, Some(before), Some(next))),
        Changed::Stale => Err(stale_now(call, &next.client_id).await?),
    }
}

fn refused(why: SecretRefused) -> Box<Response> {
    match why {
        SecretRefused::Unknown => not_found("secret_not_found", &why.to_string()),
        SecretRefused::UsesNone => conflict("client_uses_no_secret", &why.to_string()),
        SecretRefused::TwoAreLive => conflict("two_secrets_live", &why.to_string()),
        SecretRefused::TheOnlyOne => conflict("only_secret", &why.to_string()),
        // It is drawn here.
        SecretRefused::LiveAlready => unavailable(Unreachable::new("clients", "a fresh secret is taken")),
    }
}
