//! Clients: registered, read, listed, replaced, deleted.

use bytes::Bytes;
use form_urlencoded::Serializer;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};
use smart::client::{Client, ClientId, ClientMetadata, ClientSecret, FieldError, JwksUri};
use smart::discovery::Service;
use smart::error::{ErrorCode, OAuthError, Unreachable};
use smart::http::respond::Refusal;
use smart::http::{Form, Request, Response, respond};
use smart::ports::{Changed, ClientWriter, Created, Cursor};
use smart::time::UnixSeconds;

use smart::http::{problem, strict_json};

/// The largest registration that is read: 64 KiB.
const MAX_BODY: usize = 64 * 1024;

/// How many clients a page of the list holds unless it is said, and at most.
const PAGE: usize = 50;
const MAX_PAGE: usize = 200;

type Answer = Result<Response, Box<Response>>;

/// `POST /clients`.
///
/// Source: RFC 7591 §3.1 and §3.2.1.
pub(crate) async fn register(
    request: &Request,
    store: &impl ClientWriter,
    service: &Service,
    now: UnixSeconds,
) -> Answer {
    let metadata = checked(request, false, service)?;
    let secret = metadata.token_endpoint_auth_method.uses_secret().then(ClientSecret::generate);
    let client = Client {
        client_id: ClientId::generate(),
        secrets: secret.iter().map(|secret| secret.stored(now)).collect(),
        metadata,
        disabled: false,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    match store.create(&client).await.map_err(unavailable)? {
        Created::Created => {}
        // 128 random bits that somebody has: the generator is broken, and nothing of theirs may be touched.
        Created::Exists => return Err(unavailable(Unreachable::new("clients", "a fresh id is taken"))),
    }
    let mut response = shown(StatusCode::CREATED, &client, secret.as_ref());
    if let Ok(location) = HeaderValue::from_str(&format!("/clients/{}", client.client_id)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// `GET /clients/{client_id}`.
pub(crate) async fn read(request: &Request, id: &ClientId, store: &impl ClientWriter) -> Answer {
    let client = current(id, store).await?;
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = shown(StatusCode::OK, &client, None);
    // Compared weakly: whatever stands between us and the caller may have compressed the body and marked the tag.
    if known.is_some_and(|known| names(&known.replace("W/", ""), &client)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Bytes::new();
    }
    Ok(response)
}

/// `PUT /clients/{client_id}`.
///
/// Source: RFC 7592 §2.2 (what is not sent is no longer there).
pub(crate) async fn replace(
    request: &Request,
    id: &ClientId,
    store: &impl ClientWriter,
    service: &Service,
    now: UnixSeconds,
) -> Answer {
    let before = unchanged(request, current(id, store).await?)?;
    let metadata = checked(request, before.disabled, service)?;
    let has_secret = metadata.token_endpoint_auth_method.uses_secret();
    let needs_one = has_secret && before.secrets.is_empty();
    let fresh = needs_one.then(ClientSecret::generate);
    let secrets = match &fresh {
        Some(secret) => vec![secret.stored(now)],
        None if has_secret => before.secrets.clone(),
        None => Vec::new(),
    };
    let version = before.version + 1;
    let next = Client { metadata, secrets, updated_at: now, version, ..before };
    match store.replace(&next, version - 1).await.map_err(unavailable)? {
        Changed::Changed => Ok(shown(StatusCode::OK, &next, fresh.as_ref())),
        Changed::Stale => Err(stale(&current(id, store).await?)),
    }
}

/// `DELETE /clients/{client_id}`.
pub(crate) async fn delete(request: &Request, id: &ClientId, store: &impl ClientWriter) -> Answer {
    let before = unchanged(request, current(id, store).await?)?;
    match store.delete(id, before.version).await.map_err(unavailable)? {
        Changed::Changed => {
            let mut response = Response::default();
            *response.status_mut() = StatusCode::NO_CONTENT;
            respond::no_store(&mut response);
            Ok(response)
        }
        Changed::Stale => Err(stale(&current(id, store).await?)),
    }
}

/// `GET /clients`.
pub(crate) async fn list(request: &Request, store: &impl ClientWriter) -> Answer {
    let bad = |reason, detail: &str| {
        Box::new(problem::of(StatusCode::BAD_REQUEST, "invalid_request", reason, detail))
    };
    let form = Form::query(request.uri().query().unwrap_or_default())
        .map_err(|error| bad("query", error.sentence()))?;
    let get = |name| form.get(name).map_err(|error| bad("query", error.sentence()));
    let limit = match get("limit")?.map(str::parse::<usize>) {
        None => PAGE,
        Some(Ok(limit)) if (1..=MAX_PAGE).contains(&limit) => limit,
        Some(_) => return Err(bad("limit", "limit must be a number from 1 to 200.")),
    };
    let cursor = get("cursor")?.map(|cursor| Cursor(cursor.to_owned()));
    let page = store.list(cursor.as_ref(), limit).await.map_err(unavailable)?;
    let page = page.ok_or_else(|| bad("cursor", "cursor must be the next_cursor of an earlier answer."))?;
    let mut body = json!({ "items": page.items.iter().map(representation).collect::<Vec<_>>() });
    let mut link = None;
    if let Some(Cursor(next)) = page.next {
        let query = Serializer::new(String::new())
            .append_pair("limit", &limit.to_string())
            .append_pair("cursor", &next)
            .finish();
        link = HeaderValue::from_str(&format!("</clients?{query}>; rel=\"next\"")).ok();
        body["next_cursor"] = json!(next);
    }
    let mut response = respond::json(StatusCode::OK, &body);
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// The registration in a body. `disabled` may be sent back as it was read, but not changed here: to ignore a change would
/// leave a client at work that somebody thinks stopped.
fn checked(request: &Request, disabled: bool, service: &Service) -> Result<ClientMetadata, Box<Response>> {
    let refuse = |status, reason, detail: &str| {
        Box::new(problem::of(status, "invalid_client_metadata", reason, detail))
    };
    if request.body().len() > MAX_BODY {
        return Err(refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "the body is larger than 64 KiB.",
        ));
    }
    let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        let detail = "send the body as application/json.";
        return Err(refuse(StatusCode::BAD_REQUEST, "content_type", detail));
    }
    let mut members: Map<String, Value> = strict_json::object(request.body()).ok_or_else(|| {
        let detail = "the body must be a JSON object in which every name stands once.";
        refuse(StatusCode::BAD_REQUEST, "body_malformed", detail)
    })?;
    if members.get("disabled") == Some(&Value::Bool(disabled)) {
        members.remove("disabled");
    }
    let metadata = ClientMetadata::check_for(&members, service.assertion_algorithms())
        .map_err(|errors| Box::new(problem::of_fields(&errors)))?;
    let is_local = metadata.jwks_uri.as_ref().is_some_and(JwksUri::is_for_development);
    if is_local && !service.is_on_loopback() {
        let message = "must be an https URL; http on loopback is for development alone.".to_owned();
        let fault =
            FieldError { pointer: "/jwks_uri".to_owned(), message, code: ErrorCode::InvalidClientMetadata };
        return Err(Box::new(problem::of_fields(&[fault])));
    }
    Ok(metadata)
}

async fn current(id: &ClientId, store: &impl ClientWriter) -> Result<Client, Box<Response>> {
    let client = store.current(id).await.map_err(unavailable)?;
    client.ok_or_else(not_found)
}

/// There is no such client.
pub(crate) fn not_found() -> Box<Response> {
    Box::new(problem::of(
        StatusCode::NOT_FOUND,
        "not_found",
        "client_not_found",
        "there is no client of this id.",
    ))
}

/// The client, if the caller has seen it as it is now. Without saying so nobody changes anything.
///
/// Source: RFC 9110 §13.1.1; RFC 6585 §3.
fn unchanged(request: &Request, client: Client) -> Result<Client, Box<Response>> {
    let seen = request.headers().get(header::IF_MATCH).and_then(|value| value.to_str().ok());
    match seen {
        Some(seen) if names(seen, &client) => Ok(client),
        Some(_) => Err(stale(&client)),
        None => {
            let detail = "send If-Match with the ETag of the client as you have read it.";
            let status = StatusCode::PRECONDITION_REQUIRED;
            Err(Box::new(problem::of(status, "precondition_required", "if_match_missing", detail)))
        }
    }
}

/// 412, with the client as it is now.
fn stale(client: &Client) -> Box<Response> {
    let refusal = Refusal { error: "precondition_failed", reason: "if_match_stale", cause: None };
    Box::new(problem::logged(shown(StatusCode::PRECONDITION_FAILED, client, None), refusal))
}

fn etag(client: &Client) -> String {
    format!("\"{}\"", client.version)
}

fn names(header: &str, client: &Client) -> bool {
    let tag = etag(client);
    header.split(',').any(|known| known.trim() == tag || known.trim() == "*")
}

fn shown(status: StatusCode, client: &Client, secret: Option<&ClientSecret>) -> Response {
    let mut body = representation(client);
    if let Some(secret) = secret {
        body["client_secret"] = json!(secret.reveal());
        body["client_secret_expires_at"] = json!(0);
    }
    let mut response = respond::json(status, &body);
    if let Ok(tag) = HeaderValue::from_str(&etag(client)) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// A client as callers see it: of its secrets no more than what tells two apart.
fn representation(client: &Client) -> Value {
    let mut body = json!(client.metadata);
    let secret = |secret: &smart::client::StoredSecret| {
        json!({
            "last_four": secret.last_four,
            "created_at": rfc_3339(secret.created_at),
            "expires_at": secret.expires_at.map(rfc_3339),
        })
    };
    body["client_id"] = json!(client.client_id);
    body["client_id_issued_at"] = json!(client.created_at);
    body["created_at"] = json!(rfc_3339(client.created_at));
    body["updated_at"] = json!(rfc_3339(client.updated_at));
    body["disabled"] = json!(client.disabled);
    if !client.secrets.is_empty() {
        body["secrets"] = client.secrets.iter().map(secret).collect();
    }
    body
}

fn rfc_3339(moment: UnixSeconds) -> String {
    let seconds = i64::try_from(moment.0).unwrap_or_default();
    jiff::Timestamp::from_second(seconds).unwrap_or_default().to_string()
}

fn unavailable(error: Unreachable) -> Box<Response> {
    Box::new(problem::unavailable(&OAuthError::from(error)))
}
