//! What the provider answers: discovery, sign-in, tokens, keys.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use smart::random;
use smart_verify::time::UnixSeconds;
use url::form_urlencoded;

use super::keys::Which;
use super::{CLIENT_ID, CLIENT_SECRET, Misbehaviour, Settings, Shared, Waiting, id_token};

/// How long ago somebody signed in who is not asked to do so again: 1 hour.
const SIGNED_IN_SINCE: u64 = 3600;

pub(super) fn router(shared: Shared) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/authorize", get(authorize))
        .route("/token", post(token))
        .route("/jwks", get(jwks))
        .with_state(shared)
}

fn count(settings: &mut Settings, path: &str) {
    *settings.asked.entry(path.to_owned()).or_default() += 1;
}

async fn discovery(State(shared): State<Shared>) -> Response {
    let settings = &mut *shared.open();
    count(settings, "/.well-known/openid-configuration");
    let issuer = &*shared.issuer;
    let mut document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "scopes_supported": ["openid", "profile", "fhirUser"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [settings.algorithm, "HS256", "none"],
        "token_endpoint_auth_methods_supported": [settings.token_authentication],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    });
    match settings.misbehaviour {
        Misbehaviour::DiscoveryOfAnother => document["issuer"] = json!("https://another.example.org"),
        Misbehaviour::HugeDiscovery => document["op_tos_uri"] = json!("x".repeat(300 * 1024)),
        Misbehaviour::PlainHttpEndpoint => {
            document["authorization_endpoint"] = json!("http://op.example.org/authorize");
        }
        _ => {}
    }
    Json(document).into_response()
}

async fn jwks(State(shared): State<Shared>) -> Json<Value> {
    let settings = &mut *shared.open();
    count(settings, "/jwks");
    let published = if settings.next_key { Which::Other } else { Which::Own };
    Json(json!({ "keys": [published.jwk(settings.algorithm)] }))
}

/// The parameters of a query or a form; one that comes twice spoils them all.
fn parameters(text: &[u8]) -> Option<BTreeMap<String, String>> {
    let mut parameters = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(text) {
        if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
            return None;
        }
    }
    Some(parameters)
}

/// Nobody is asked anything: whoever is known is signed in and agrees.
async fn authorize(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    let settings = &mut *shared.open();
    count(settings, "/authorize");
    let asked = parameters(query.unwrap_or_default().as_bytes()).unwrap_or_default();
    settings.last_authorization = asked.clone();
    let said = |name: &str| asked.get(name).map_or("", String::as_str);
    if said("client_id") != CLIENT_ID || !settings.redirect_uris.iter().any(|uri| uri == said("redirect_uri"))
    {
        return (StatusCode::BAD_REQUEST, "This client is not known, or not at that address.")
            .into_response();
    }
    let answer = match signed_in(settings, &said) {
        Ok(waiting) => {
            let code = random::text::<16>();
            settings.codes.insert(code.clone(), waiting);
            ("code", code)
        }
        Err(error) => ("error", error.to_owned()),
    };
    let answer = form_urlencoded::Serializer::new(String::new())
        .append_pair(answer.0, &answer.1)
        .append_pair("state", said("state"))
        .append_pair("iss", &shared.issuer)
        .finish();
    Redirect::to(&format!("{}?{answer}", said("redirect_uri"))).into_response()
}

fn signed_in<'a>(settings: &Settings, said: &impl Fn(&str) -> &'a str) -> Result<Waiting, &'static str> {
    let challenge = said("code_challenge");
    if said("response_type") != "code"
        || !said("scope").split(' ').any(|scope| scope == "openid")
        || said("code_challenge_method") != "S256"
        || challenge.len() != 43
    {
        return Err("invalid_request");
    }
    let hint = Some(said("login_hint")).filter(|hint| !hint.is_empty()).map(str::to_owned);
    let login = hint.or_else(|| settings.signed_in.clone());
    let known = login.filter(|login| settings.people.contains_key(login));
    let login =
        known.filter(|_| settings.misbehaviour != Misbehaviour::AccessDenied).ok_or("access_denied")?;
    let now = settings.now();
    let ago = match settings.misbehaviour {
        Misbehaviour::SignedInBefore(seconds) => seconds,
        _ if said("prompt") == "login" => 0,
        _ => SIGNED_IN_SINCE,
    };
    Ok(Waiting {
        login,
        redirect_uri: said("redirect_uri").to_owned(),
        code_challenge: challenge.to_owned(),
        nonce: Some(said("nonce")).filter(|nonce| !nonce.is_empty()).map(str::to_owned),
        auth_time: UnixSeconds(now.0 - ago),
    })
}

async fn token(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let settings = &mut *shared.open();
    count(settings, "/token");
    match settings.misbehaviour {
        Misbehaviour::TokenEndpointFails => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Misbehaviour::TokenEndpointRedirects => {
            return Redirect::temporary(&format!("{}/elsewhere", shared.issuer)).into_response();
        }
        _ => {}
    }
    let refusal = |status, error: &str| (status, Json(json!({ "error": error }))).into_response();
    let form = parameters(&body).unwrap_or_default();
    if !is_our_client(settings, &headers, &form) {
        return refusal(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let said = |name: &str| form.get(name).map_or("", String::as_str);
    // Taken away whatever comes of it: a code works once.
    let waiting = settings.codes.remove(said("code")).filter(|waiting| {
        said("grant_type") == "authorization_code"
            && said("redirect_uri") == waiting.redirect_uri
            && random::sha256(said("code_verifier").as_bytes()) == waiting.code_challenge
    });
    let Some(waiting) = waiting else {
        return refusal(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    let mut answer =
        json!({ "access_token": random::text::<16>(), "token_type": "Bearer", "expires_in": 60 });
    if settings.misbehaviour != Misbehaviour::NoIdToken {
        answer["id_token"] = json!(id_token::issue(&shared.issuer, settings, &waiting));
    }
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

/// Whether the client authenticates in the one way that it may.
///
/// Source: RFC 6749 §2.3.1 (id and secret are form-encoded inside Basic).
fn is_our_client(settings: &Settings, headers: &HeaderMap, form: &BTreeMap<String, String>) -> bool {
    let basic = headers.get(header::AUTHORIZATION).and_then(|value| {
        let decoded = STANDARD.decode(value.to_str().ok()?.strip_prefix("Basic ")?).ok()?;
        let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
        let decoded = |text: &str| parameters(format!("x={text}").as_bytes())?.remove("x");
        Some((decoded(id)?, decoded(secret)?))
    });
    let posted = form.get("client_secret").map(|secret| (form.get("client_id").cloned(), secret.clone()));
    let ours = (CLIENT_ID.to_owned(), CLIENT_SECRET.to_owned());
    match settings.token_authentication {
        "client_secret_basic" => basic == Some(ours) && posted.is_none(),
        // A public client, which PKCE alone binds to its request.
        "none" => basic.is_none() && posted.is_none(),
        _ => posted == Some((Some(ours.0), ours.1)) && basic.is_none(),
    }
}
