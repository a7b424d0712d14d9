//! "Check keys" in the form of a client.

use pages::account::ClientValues;
use serde_json::{Value, json};
use smart::client::{Client, KeySet};
use smart::operations::{KeysFound, Seen};

use crate::desk::Reaches;
use crate::refusal::PageResult;
use crate::visit::Visit;

/// "Check keys": says which keys there are, and changes nothing.
pub(crate) async fn show(
    visit: &Visit<'_, impl Reaches>,
    client: Option<&Seen<Client>>,
    values: ClientValues,
) -> PageResult {
    let checked = checked(visit, &values).await;
    let mut page = visit.client_page(client, values).await?;
    page.keys_checked = Some(checked);
    Ok(visit.page(&page))
}

async fn checked(visit: &Visit<'_, impl Reaches>, values: &ClientValues) -> String {
    let set = match values.jwks.as_str() {
        "" => None,
        text => match serde_json::from_str::<Value>(text) {
            Ok(set) => Some(set),
            Err(_) => return "This is not JSON.".to_owned(),
        },
    };
    let address = Some(values.jwks_uri.as_str()).filter(|address| !address.is_empty());
    match visit.operations.find_keys(set.as_ref(), address).await {
        None => "Paste a JWKS, or give its URL.".to_owned(),
        Some(KeysFound { keys: Ok(keys), .. }) => in_words(&keys),
        Some(KeysFound { member: "jwks_uri", keys: Err(why) }) => format!("The JWKS URL: {why}"),
        Some(KeysFound { keys: Err(why), .. }) => format!("The JWKS {why}"),
    }
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
