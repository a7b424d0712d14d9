//! A client as callers see it: of its secrets no more than what tells two apart.

use http::StatusCode;
use serde_json::{Map, Value, json};
use smart::client::{Client, ClientSecret, StoredSecret};
use web::Response;

use crate::call::rfc_3339;
use crate::preconditions::tagged;

/// The client in an answer, with the secret that was just made.
pub(crate) fn shown(status: StatusCode, client: &Client, secret: Option<&ClientSecret>) -> Response {
    tagged(status, client.version, &with_secret(representation(client), secret))
}

pub(crate) fn with_secret(mut body: Value, secret: Option<&ClientSecret>) -> Value {
    if let Some(secret) = secret {
        body["client_secret"] = json!(secret.reveal());
        body["client_secret_expires_at"] = json!(0);
    }
    body
}

pub(crate) fn representation(client: &Client) -> Value {
    let mut body = json!(client.metadata);
    body["client_id"] = json!(client.client_id);
    body["client_id_issued_at"] = json!(client.created_at);
    body["kind"] = json!(client.metadata.kind());
    body["owner"] = json!(client.owner);
    body["status"] = json!(client.status());
    body["checked"] = json!(client.checked);
    body["created_at"] = json!(rfc_3339(client.created_at));
    body["updated_at"] = json!(rfc_3339(client.updated_at));
    if !client.secrets.is_empty() {
        body["secrets"] = client.secrets.iter().map(secret).collect();
    }
    body
}

pub(crate) fn secret(secret: &StoredSecret) -> Value {
    json!({
        "id": secret.id(),
        "last_four": secret.last_four,
        "created_at": rfc_3339(secret.created_at),
        "expires_at": secret.expires_at.map(rfc_3339),
    })
}

/// A client as RFC 7591 shows it, in which times are seconds.
///
/// Source: RFC 7591 §3.2.1.
pub(crate) fn registered(client: &Client, secret: Option<&ClientSecret>) -> Map<String, Value> {
    let mut body = json!(client.metadata);
    body["client_id"] = json!(client.client_id);
    body["client_id_issued_at"] = json!(client.created_at);
    body["status"] = json!(client.status());
    match with_secret(body, secret) {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
