//! `POST /clients/{client_id}/check`: whether keys and addresses are good, before anything is changed. Nothing is.

use http::StatusCode;
use serde_json::{Value, json};
use smart::client::{ClientId, RedirectUri, RedirectUriRefused};
use smart::operations::{Examined, KeysFound};
use web::respond;

use crate::Reaches;
use crate::body;
use crate::call::{ApiResult, Call};
use crate::client_view::representation;
use crate::clients::current;

/// Checks what is registered, with what the body says instead, as a merge patch.
pub(crate) async fn check(call: &Call<'_, impl Reaches>, id: &ClientId) -> ApiResult {
    let client = current(call, id).await?;
    let mut merged = representation(&client);
    body::merge(&mut merged, Value::Object(body::optional_object(call.request)?));
    let mut members = merged.as_object().cloned().unwrap_or_default();
    members.remove("owner");
    let Examined { errors, redirect_uris, keys } = call.operations().examine(&members).await;
    let keys_are_good = keys.as_ref().is_none_or(|found| found.keys.is_ok());
    let body = json!({
        "ok": errors.is_empty() && keys_are_good,
        "errors": errors,
        "redirect_uris": redirect_uris.iter().map(redirect).collect::<Vec<_>>(),
        "keys": keys.as_ref().map(shown),
    });
    Ok(respond::json(StatusCode::OK, &body))
}

fn redirect((text, parsed): &(String, Result<RedirectUri, RedirectUriRefused>)) -> Value {
    match parsed {
        Ok(known) => json!({ "uri": text, "ok": true, "origin": known.origin() }),
        Err(why) => json!({ "uri": text, "ok": false, "message": format!("{why}.") }),
    }
}

fn shown(found: &KeysFound) -> Value {
    match &found.keys {
        Ok(set) => {
            let set = json!(**set);
            let shown = |key: &Value| json!({ "kid": key["kid"], "kty": key["kty"], "alg": key["alg"] });
            let keys: Vec<Value> = set["keys"].as_array().into_iter().flatten().map(shown).collect();
            json!({ "source": found.member, "ok": true, "keys": keys })
        }
        Err(message) => json!({ "source": found.member, "ok": false, "message": message }),
    }
}
