//! A request as the JSON of an API Gateway event, payload version 2.0.
//!
//! Source: API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs", payload format
//! version 2.0.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use aws_lc_rs::rand;
use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use http::header::{CONTENT_TYPE, COOKIE, HOST, TRANSFER_ENCODING, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, Uri};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::routing::Match;
use crate::template::{ACCOUNT, Route};

/// A request on its way into a function, with everything that its event says of it.
#[derive(Clone, Debug)]
pub struct Arrival<'a> {
    /// The request line and the headers.
    pub parts: &'a Parts,
    /// The body; empty if there is none.
    pub body: &'a [u8],
    /// Who sent it.
    pub peer: SocketAddr,
    /// The path of the route it took, such as `/clients/{client_id}`, or `$default`.
    pub route: &'a str,
    /// What the `{name}` segments of the route stand for.
    pub path_parameters: BTreeMap<String, String>,
    /// The name that the gateway gives this request.
    pub request_id: String,
    /// When it arrived.
    pub at: Timestamp,
}

impl<'a> Arrival<'a> {
    /// A request that arrives now.
    pub(super) fn now(parts: &'a Parts, body: &'a Bytes, peer: SocketAddr, found: &Match<'a>) -> Self {
        Self {
            parts,
            body,
            peer,
            route: &found.route.path,
            path_parameters: found.parameters.clone(),
            request_id: request_id(),
            at: Timestamp::now(),
        }
    }
}

/// The event that a function is given for a request.
pub fn event_of(arrival: &Arrival<'_>) -> Value {
    let Parts { uri, headers, .. } = arrival.parts;
    let (body, is_base64) = body(arrival.body, headers);
    let mut event = json!({
        "version": "2.0",
        "routeKey": Route::key(arrival.route),
        "rawPath": raw_path(uri),
        "rawQueryString": uri.query().unwrap_or_default(),
        "headers": header_map(arrival),
        "requestContext": request_context(arrival),
        "isBase64Encoded": is_base64,
    });
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            event[name] = value;
        }
    };
    add("body", body.map(Value::String));
    add("cookies", cookies(headers));
    add("queryStringParameters", query_parameters(uri.query().unwrap_or_default()));
    let parameters = &arrival.path_parameters;
    add("pathParameters", (!parameters.is_empty()).then(|| json!(parameters)));
    event
}

/// The path as an HTTP API gives it on: percent-decoded, and cut at a `?` that the decoding brought to light.
pub(super) fn raw_path(uri: &Uri) -> String {
    let decoded: Vec<u8> = percent_decoded(uri.path());
    let path = String::from_utf8_lossy(&decoded);
    path.split('?').next().unwrap_or_default().to_owned()
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|digits| byte == b'%' && digits.bytes().all(|digit| digit.is_ascii_hexdigit())) {
            Some(digits) => {
                decoded.extend(u8::from_str_radix(digits, 16));
                rest = &after[2..];
            }
            None => {
                decoded.push(byte);
                rest = after;
            }
        }
    }
    decoded
}

/// Lower-case names, one value each: the values of a repeated header are joined by commas. Cookies are not
/// among them.
fn header_map(arrival: &Arrival<'_>) -> Value {
    let headers = &arrival.parts.headers;
    let mut map = Map::new();
    for name in headers.keys().filter(|name| **name != COOKIE && **name != TRANSFER_ENCODING) {
        map.insert(name.to_string(), json!(joined(headers, name.as_str(), ",").unwrap_or_default()));
    }
    let port = joined(headers, HOST.as_str(), ",").and_then(|host| Some(host.rsplit_once(':')?.1.to_owned()));
    let peer = arrival.peer.ip().to_string();
    let forwarded_for = match joined(headers, "x-forwarded-for", ", ") {
        Some(before) => format!("{before}, {peer}"),
        None => peer,
    };
    map.insert("content-length".into(), json!(arrival.body.len().to_string()));
    map.insert("x-forwarded-for".into(), json!(forwarded_for));
    map.insert("x-forwarded-port".into(), json!(port.unwrap_or("80".into())));
    map.insert("x-forwarded-proto".into(), json!("http"));
    map.insert("x-amzn-trace-id".into(), json!(trace_id(arrival)));
    Value::Object(map)
}

fn request_context(arrival: &Arrival<'_>) -> Value {
    let Parts { method, uri, version, headers, .. } = arrival.parts;
    let domain = joined(headers, HOST.as_str(), ",").unwrap_or_default();
    json!({
        "accountId": ACCOUNT,
        "apiId": "local",
        "domainName": domain,
        "domainPrefix": domain.split('.').next(),
        "http": {
            "method": method.as_str(),
            "path": raw_path(uri),
            "protocol": format!("{version:?}"),
            "sourceIp": arrival.peer.ip().to_string(),
            "userAgent": joined(headers, USER_AGENT.as_str(), ",").unwrap_or_default(),
        },
        "requestId": arrival.request_id,
        "routeKey": Route::key(arrival.route),
        "stage": "$default",
        "time": arrival.at.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
        "timeEpoch": arrival.at.as_millisecond(),
    })
}

fn cookies(headers: &HeaderMap) -> Option<Value> {
    let sent = joined(headers, COOKIE.as_str(), "; ")?;
    Some(sent.split(';').map(str::trim).filter(|cookie| !cookie.is_empty()).collect())
}

/// Decoded names and values; the values of a repeated name are joined by commas.
fn query_parameters(query: &str) -> Option<Value> {
    let mut parameters = BTreeMap::<_, String>::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        parameters
            .entry(name.into_owned())
            .and_modify(|values| *values = format!("{values},{value}"))
            .or_insert(value.into_owned());
    }
    (!parameters.is_empty()).then(|| json!(parameters))
}

/// The body as it stands if its type says that it is text, else as base64. A form is not text to API Gateway.
fn body(body: &[u8], headers: &HeaderMap) -> (Option<String>, bool) {
    match std::str::from_utf8(body) {
        Ok("") => (None, false),
        Ok(text) if is_text(headers) => (Some(text.to_owned()), false),
        _ => (Some(STANDARD.encode(body)), true),
    }
}

fn is_text(headers: &HeaderMap) -> bool {
    let content_type = joined(headers, CONTENT_TYPE.as_str(), ",").unwrap_or_default().to_ascii_lowercase();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let words = ["application/json", "application/javascript", "application/xml"];
    essence.starts_with("text/") || words.contains(&essence)
}

fn joined(headers: &HeaderMap, name: &str, separator: &str) -> Option<String> {
    let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let values: Vec<_> = values.collect();
    (!values.is_empty()).then(|| values.join(separator))
}

/// A name for a request, in the looks of API Gateway's.
fn request_id() -> String {
    let mut bytes = [0; 11];
    // Without randomness no key could be made either; a name of zeros would still be a name.
    rand::fill(&mut bytes).unwrap_or_default();
    URL_SAFE.encode(bytes)
}

/// The name of a trace: the time, and 96 bits from the request's name.
fn trace_id(arrival: &Arrival<'_>) -> String {
    let hex: String =
        arrival.request_id.bytes().chain([0; 12]).take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("Root=1-{:08x}-{hex}", arrival.at.as_second())
}
