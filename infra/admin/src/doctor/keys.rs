//! Whether tokens can be verified by what is published.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use reqwest::Client;
use serde_json::Value;
use smart_verify::time::UnixSeconds;

use super::discovery::Documents;
use super::{Check, Options, document};
use crate::api::Identity;
use crate::{Failure, api, files};

const PUBLISHED: &str =
    "Look at the log of the function discovery: it needs kms:GetPublicKey on each signing key.";
const VERIFIES: &str = "The key that signs must be published: see cargo admin keys list. Check whether a cache keeps the old set.";

pub(super) async fn checks(
    http: &Client,
    documents: &Documents,
    options: &Options,
    now: UnixSeconds,
) -> Result<Vec<Check>, Failure> {
    let url = documents.smart["jwks_uri"].as_str().unwrap_or_default();
    let set = document(http, url).await;
    let published = set.clone().and_then(|set| public(&set));
    let mut checks = vec![Check::of("JWKS", published, PUBLISHED)];
    let (Some(path), Some(client_id)) = (&options.key, &options.client_id) else {
        checks.push(Check::skipped("token verifies", "add --key and --client-id to check one"));
        return Ok(checks);
    };
    let key = files::private_key(path, options.kid.as_deref())?;
    let token = api::token(http, &documents.place, Identity { client_id, key: &key }, None, now).await;
    let token = token.map_err(|failure| failure.to_string());
    let verifies = token.and_then(|token| verified(&token, &set?, &documents.place.issuer));
    checks.push(Check::of("token verifies", verifies, VERIFIES));
    Ok(checks)
}

/// Keys, each with a name and an algorithm, and nothing private among them.
fn public(set: &Value) -> Result<String, String> {
    let keys = set["keys"].as_array().filter(|keys| !keys.is_empty()).ok_or("holds no key")?;
    if keys.iter().any(|key| key.get("d").is_some()) {
        return Err("a private key is published: retire it now".to_owned());
    }
    if !keys.iter().all(|key| key["kid"].is_string() && key["alg"].is_string()) {
        return Err("a key lacks its kid or alg".to_owned());
    }
    let names = keys.iter().map(|key| key["alg"].as_str().unwrap_or_default()).collect::<Vec<_>>();
    Ok(format!(
        "{} ({})",
        if keys.len() == 1 { "1 key".to_owned() } else { format!("{} keys", keys.len()) },
        names.join(", ")
    ))
}

/// Source: RFC 9068 §4.
fn verified(token: &str, set: &Value, issuer: &str) -> Result<String, String> {
    let header = decode_header(token).map_err(|error| error.to_string())?;
    let set: JwkSet = serde_json::from_value(set.clone()).map_err(|error| error.to_string())?;
    let kid = header.kid.ok_or("the token names no key")?;
    let key = set.find(&kid).ok_or_else(|| format!("its key {kid} is not published"))?;
    let key = DecodingKey::from_jwk(key).map_err(|error| error.to_string())?;
    let mut validation = Validation::new(header.alg);
    validation.validate_aud = false;
    validation.set_issuer(&[issuer]);
    decode::<Value>(token, &key, &validation).map_err(|error| error.to_string())?;
    Ok(format!("{:?}, key {kid}", header.alg))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_published_private_key_is_found() {
        let key = |extra: Value| {
            let mut key = json!({ "kid": "k", "alg": "RS256" });
            key.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            json!({ "keys": [key] })
        };
        assert_eq!(public(&key(json!({}))), Ok("1 key (RS256)".to_owned()));
        assert!(public(&key(json!({ "d": "AQ" }))).unwrap_err().contains("private"));
        assert!(public(&json!({ "keys": [] })).is_err());
    }
}
