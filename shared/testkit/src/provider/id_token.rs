//! The id token: honest, or wrong in one way.

use serde_json::{Map, Value, json};
use smart_verify::base64url;

use super::keys::Which;
use super::{CLIENT_ID, Misbehaviour, Settings, Waiting};

/// How long an id token lasts: 10 minutes.
const LIFETIME: u64 = 600;

/// The id token for somebody who came with a code.
pub(super) fn issue(issuer: &str, settings: &Settings, waiting: &Waiting) -> String {
    let misbehaviour = settings.misbehaviour;
    let claims = claims(issuer, settings, waiting);
    let own = if settings.next_key { Which::Other } else { Which::Own };
    let input = |algorithm: &str, kid: &str| {
        let header = json!({ "alg": algorithm, "typ": "JWT", "kid": kid });
        let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
        format!("{}.{}", part(&header), part(&Value::Object(claims.clone())))
    };
    let signed = |kid: Which, by: Which| {
        let input = input(settings.algorithm, kid.kid());
        format!("{input}.{}", base64url::encode(&by.sign(settings.algorithm, input.as_bytes())))
    };
    match misbehaviour {
        Misbehaviour::Unsigned => format!("{}.", input("none", own.kid())),
        Misbehaviour::SymmetricWithPublicKey => {
            let input = input("HS256", own.kid());
            format!("{input}.{}", base64url::encode(&own.mac_with_public_half(input.as_bytes())))
        }
        Misbehaviour::ForeignKey => signed(Which::Own, Which::Other),
        Misbehaviour::UnpublishedKey => signed(Which::Other, Which::Other),
        _ => signed(own, own),
    }
}

fn claims(issuer: &str, settings: &Settings, waiting: &Waiting) -> Map<String, Value> {
    let now = settings.now().0;
    let mut claims = Map::from_iter([
        ("iss".to_owned(), json!(issuer)),
        ("sub".to_owned(), json!(waiting.login)),
        ("aud".to_owned(), json!(CLIENT_ID)),
        ("iat".to_owned(), json!(now)),
        ("exp".to_owned(), json!(now + LIFETIME)),
        ("auth_time".to_owned(), json!(waiting.auth_time)),
    ]);
    if let Some(nonce) = &waiting.nonce {
        claims.insert("nonce".to_owned(), json!(nonce));
    }
    claims.extend(settings.people.get(&waiting.login).cloned().unwrap_or_default());
    let spoiled = match settings.misbehaviour {
        Misbehaviour::WrongNonce => json!({ "nonce": "another" }),
        Misbehaviour::WrongAudience => json!({ "aud": "another" }),
        Misbehaviour::WrongIssuer => json!({ "iss": format!("{issuer}/") }),
        Misbehaviour::Expired => json!({ "iat": now - 4200, "exp": now - 3600 }),
        Misbehaviour::IssuedLater => json!({ "iat": now + 3600, "exp": now + 4200 }),
        _ => json!({}),
    };
    if settings.misbehaviour == Misbehaviour::NoAuthTime {
        claims.remove("auth_time");
    }
    claims.extend(spoiled.as_object().cloned().unwrap_or_default());
    claims
}
