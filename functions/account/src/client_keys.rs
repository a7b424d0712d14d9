//! "Check keys" beside the form of a client.

use http::StatusCode;
use pages::account::ClientValues;
use serde_json::{Value, json};
use smart::client::{Client, KeySet};
use smart::operations::Seen;

use super::visit::Visit;
use crate::Reaches;
use crate::call::Answer;

/// "Check keys": says which keys there are, and changes nothing.
pub(super) async fn check(
    visit: &Visit<'_, impl Reaches>,
    client: Option<&Seen<Client>>,
    values: ClientValues,
) -> Answer {
    let found = match (values.jwks.as_str(), values.jwks_uri.as_str()) {
        ("", "") => Err("Paste a JWKS, or give its URL.".to_owned()),
        ("", uri) => visit
            .operations()
            .keys_at(uri)
            .await
            .map(|keys| in_words(&keys))
            .map_err(|why| format!("The JWKS URL: {why}")),
        (text, _) => match serde_json::from_str::<Value>(text) {
            Err(_) => Err("This is not JSON.".to_owned()),
            Ok(set) => {
                KeySet::check(&set).map(|keys| in_words(&keys)).map_err(|why| format!("The JWKS {why}."))
            }
        },
    };
    let mut page = visit.page(client, values).await?;
    page.keys_checked = Some(found.unwrap_or_else(|why| why));
    Ok(visit.respond(&page, StatusCode::OK))
}

fn in_words(keys: &KeySet) -> String {
    let set = json!(keys);
    let shown = |key: &Value| {
        let member = |name: &str| key[name].as_str().unwrap_or("–").to_owned();
        format!("“{}” ({} {})", member("kid"), member("kty"), member("alg"))
    };
    let keys: Vec<String> = set["keys"].as_array().into_iter().flatten().map(shown).collect();
    format!("Good. Keys: {}.", keys.join(", "))
}
