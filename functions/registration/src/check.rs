//! `POST /clients/{client_id}/check`: whether keys and addresses are good, before anything is changed. Nothing is.

use http::StatusCode;
use serde_json::{Map, Value, json};
use smart::client::{ClientId, ClientMetadata, JwksUri, KeySet, RedirectUri};
use smart::ports::JwksSource;
use smart::service::Service;
use smart_verify::time::UnixSeconds;
use web::respond;

use crate::call::{Answer, Call};
use crate::client_view::representation;
use crate::clients::{current, elsewhere_only};
use crate::{Reaches, body};

/// Checks what is registered, with what the body says instead, as a merge patch.
pub(crate) async fn check(call: &Call<'_, impl Reaches>, id: &ClientId) -> Answer {
    let client = current(call, id).await?;
    let mut merged = representation(&client);
    body::merge(&mut merged, Value::Object(body::optional_object(call.request)?));
    let mut members = merged.as_object().cloned().unwrap_or_default();
    members.remove("owner");
    let metadata = ClientMetadata::check(&members);
    let errors = metadata.as_ref().err().cloned().unwrap_or_default();
    let redirects = members.get("redirect_uris").and_then(Value::as_array).cloned().unwrap_or_default();
    let redirects: Vec<Value> = redirects.iter().map(redirect).collect();
    let keys = keys(call, &members).await;
    let keys_are_good = keys.as_ref().is_none_or(|keys| keys["ok"] == json!(true));
    let body = json!({
        "ok": errors.is_empty() && keys_are_good,
        "errors": errors,
        "redirect_uris": redirects,
        "keys": keys,
    });
    Ok(respond::json(StatusCode::OK, &body))
}

fn redirect(uri: &Value) -> Value {
    let text = uri.as_str().unwrap_or_default();
    match text.parse::<RedirectUri>() {
        Ok(known) => json!({ "uri": text, "ok": true, "origin": known.origin() }),
        Err(why) => json!({ "uri": text, "ok": false, "message": format!("{why}.") }),
    }
}

/// The keys by value, or as they are at their address just now.
async fn keys(call: &Call<'_, impl Reaches>, members: &Map<String, Value>) -> Option<Value> {
    if let Some(set) = members.get("jwks") {
        let checked = KeySet::check(set).map_err(|why| format!("{why}."));
        return Some(found("jwks", checked.as_ref().map_err(String::as_str)));
    }
    let address = members.get("jwks_uri")?.as_str().unwrap_or_default();
    let read = read(address, &call.ports.service, &call.ports.jwks, call.now).await;
    Some(found("jwks_uri", read.as_deref().map_err(String::as_str)))
}

/// A blocked, a refused and a silent address read alike: nobody explores our network.
pub(crate) async fn read(
    address: &str,
    service: &Service,
    source: &impl JwksSource,
    now: UnixSeconds,
) -> Result<std::sync::Arc<KeySet>, String> {
    let uri: JwksUri = address.parse().map_err(|why: smart::client::NotAJwksUri| format!("{why}."))?;
    if let Some(fault) = elsewhere_only(&uri, service) {
        return Err(fault.message);
    }
    let unread = "no usable key set could be read at this address.".to_owned();
    source.keys(&uri, true, now).await.map_err(|_| unread)
}

fn found(source: &str, keys: Result<&KeySet, &str>) -> Value {
    match keys {
        Ok(set) => {
            let set = json!(set);
            let shown = |key: &Value| json!({ "kid": key["kid"], "kty": key["kty"], "alg": key["alg"] });
            let keys: Vec<Value> = set["keys"].as_array().into_iter().flatten().map(shown).collect();
            json!({ "source": source, "ok": true, "keys": keys })
        }
        Err(message) => json!({ "source": source, "ok": false, "message": message }),
    }
}
