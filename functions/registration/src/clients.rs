//! Clients: registered, read, replaced, patched, disabled, enabled, deleted by an administrator.

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use smart::audit::Event;
use smart::client::{ChangedBy, Client, ClientId, ClientMetadata, ClientSecret, FieldError, JwksUri};
use smart::error::{ErrorCode, Unreachable};
use smart::ports::{Changed, ClientWriter, ProblemReader, Registry, Write, Written};
use smart::registration::{PendingChange, Problem, RegistrationAccess};
use smart::service::Service;
use web::notes::noted;
use web::{Response, problem, respond};

use crate::Reaches;
use crate::body::{self, JSON, MERGE_PATCH};
use crate::call::{Answer, Call, conflict, located, no_content, not_found, rfc_3339, unavailable};
use crate::client_view::{representation, shown};
use crate::idempotency::Repeatable;
use crate::preconditions::{seen, stale, unless_known};

/// How often disabling is tried while others change the same client.
const TRIES: u8 = 3;

/// `POST /clients`.
///
/// Source: RFC 7591 §3.1 and §3.2.1.
pub(crate) async fn create(call: &Call<'_, impl Reaches>) -> Answer {
    let repeatable = Repeatable::of(call)?;
    if let Some(before) = repeatable.answered(call).await? {
        return Ok(before);
    }
    let asked = Asked::check(body::object(call.request, &JSON)?, "active", &call.ports.service)?;
    let secret = asked.metadata.token_endpoint_auth_method.uses_secret().then(ClientSecret::generate);
    let client = Client {
        secrets: secret.iter().map(|secret| secret.stored(call.now)).collect(),
        owner: asked.owner,
        checked: true,
        ..Client::new(ClientId::generate(), asked.metadata, call.now)
    };
    if call.is_dry_run()? {
        return Ok(shown(StatusCode::OK, &client, None));
    }
    let remembered = repeatable.entry(call, &representation(&client), secret.as_ref());
    let mut writes = vec![Write::CreateClient(&client)];
    writes.extend(remembered.as_ref().map(Write::AddEntry));
    match call.store().write(&writes, call.now).await.map_err(unavailable)? {
        Written::Written => {}
        // Somebody sent the same just now, and their answer is there.
        Written::Refused => {
            let before = repeatable.answered(call).await?;
            return before.ok_or_else(|| unavailable(Unreachable::new("clients", "a fresh id is taken")));
        }
    }
    let response = shown(StatusCode::CREATED, &client, secret.as_ref());
    let response = noted(response, call.of_client(Event::ClientRegistered, None, Some(&client)));
    Ok(located(response, &format!("/clients/{}", client.client_id)))
}

/// `/clients/{client_id}`.
pub(crate) async fn one(call: &Call<'_, impl Reaches>, id: &ClientId) -> Answer {
    let client = current(call, id).await?;
    match *call.method() {
        Method::PUT => replace(call, client).await,
        Method::PATCH => patch(call, client).await,
        Method::DELETE => delete(call, client).await,
        _ => Ok(unless_known(call, client.version, &representation(&client))),
    }
}

/// Source: RFC 7592 §2.2 (what is not sent is no longer there).
async fn replace(call: &Call<'_, impl Reaches>, before: Client) -> Answer {
    seen(call, before.version, || representation(&before))?;
    let members = body::object(call.request, &JSON)?;
    change(call, before, members).await
}

/// Source: RFC 7396.
async fn patch(call: &Call<'_, impl Reaches>, before: Client) -> Answer {
    seen(call, before.version, || representation(&before))?;
    let patch = body::object(call.request, &MERGE_PATCH)?;
    let mut merged = representation(&before);
    body::merge(&mut merged, Value::Object(patch));
    match merged {
        Value::Object(members) => change(call, before, members).await,
        _ => Err(not_found("client_not_found", "there is no client of this id.")),
    }
}

async fn change(call: &Call<'_, impl Reaches>, before: Client, members: Map<String, Value>) -> Answer {
    let asked = Asked::check(members, before.status(), &call.ports.service)?;
    let (next, fresh) = before.with_metadata(asked.metadata, None, call.now);
    let next = Client { owner: asked.owner, checked: true, ..next }.changed_by(ChangedBy::Administrator);
    if call.is_dry_run()? {
        return Ok(shown(StatusCode::OK, &next, None));
    }
    match call.store().replace(&next, before.version).await.map_err(unavailable)? {
        Changed::Changed => {
            let record = call.of_client(Event::ClientChanged, Some(&before), Some(&next));
            Ok(noted(shown(StatusCode::OK, &next, fresh.as_ref()), record))
        }
        Changed::Stale => Err(stale_now(call, &next.client_id).await?),
    }
}

async fn delete(call: &Call<'_, impl Reaches>, before: Client) -> Answer {
    seen(call, before.version, || representation(&before))?;
    if call.is_dry_run()? {
        return Ok(no_content());
    }
    let id = &before.client_id;
    let beside = [RegistrationAccess::entry_key(id), PendingChange::entry_key(id)];
    let mut writes = vec![Write::DeleteClient { id, read_version: before.version }];
    writes.extend(beside.iter().map(|key| Write::ForgetEntry(key)));
    match call.store().write(&writes, call.now).await.map_err(unavailable)? {
        Written::Written => {
            Ok(noted(no_content(), call.of_client(Event::ClientDeleted, Some(&before), None)))
        }
        Written::Refused => Err(stale_now(call, id).await?),
    }
}

/// `POST /clients/{client_id}/disable` and `/enable`: an action of its own and not a member, since whoever stops a client
/// in an emergency has no time to read it first, and no change of a name shall start one again. Twice is once.
pub(crate) async fn set_disabled(call: &Call<'_, impl Reaches>, id: &ClientId, disabled: bool) -> Answer {
    let dry_run = call.is_dry_run()?;
    for _ in 0..TRIES {
        let before = current(call, id).await?;
        if before.awaits_approval {
            let detail = "this client waits to be approved; decide it at /approvals.";
            return Err(conflict("client_awaits_approval", detail));
        }
        if before.disabled == disabled || dry_run {
            return Ok(shown(StatusCode::OK, &before, None));
        }
        let next = before.changed(call.now, |client| client.disabled = disabled);
        let next = next.changed_by(ChangedBy::Administrator);
        if call.store().replace(&next, before.version).await.map_err(unavailable)? == Changed::Changed {
            let event = if disabled { Event::ClientDisabled } else { Event::ClientEnabled };
            let record = call.of_client(event, Some(&before), Some(&next));
            return Ok(noted(shown(StatusCode::OK, &next, None), record));
        }
    }
    Err(unavailable(Unreachable::new("clients", "the client is changed all the time")))
}

/// `GET /clients/{client_id}/events`: its latest refused requests.
pub(crate) async fn events(call: &Call<'_, impl Reaches>, id: &ClientId) -> Answer {
    current(call, id).await?;
    let problems = call.store().problems(id, call.now).await.map_err(unavailable)?;
    let event = |problem: &Problem| {
        json!({
            "at": rfc_3339(problem.at), "endpoint": problem.endpoint, "error": problem.error,
            "reason": problem.reason, "sentence": problem.sentence, "cause": problem.cause,
            "request_id": problem.request_id,
        })
    };
    let items: Vec<Value> = problems.iter().map(event).collect();
    Ok(respond::json(StatusCode::OK, &json!({ "items": items })))
}

/// The client as it is now.
pub(crate) async fn current(call: &Call<'_, impl Reaches>, id: &ClientId) -> Result<Client, Box<Response>> {
    let client = call.store().current(id).await.map_err(unavailable)?;
    client.ok_or_else(|| not_found("client_not_found", "there is no client of this id."))
}

/// Somebody was faster: the client as it is now.
pub(crate) async fn stale_now(
    call: &Call<'_, impl Reaches>,
    id: &ClientId,
) -> Result<Box<Response>, Box<Response>> {
    let client = current(call, id).await?;
    Ok(stale(client.version, &representation(&client)))
}

/// What an administrator says of a client, checked.
pub(crate) struct Asked {
    pub(crate) metadata: ClientMetadata,
    pub(crate) owner: Option<String>,
}

impl Asked {
    /// `status` may be sent back as it was read, but not changed here: to ignore a change would leave a client at work that
    /// somebody thinks stopped.
    pub(crate) fn check(
        mut members: Map<String, Value>,
        status: &str,
        service: &Service,
    ) -> Result<Self, Box<Response>> {
        let mut errors = Vec::new();
        let mut fault = |pointer: &str, message: &str| {
            let (pointer, message) = (pointer.to_owned(), message.to_owned());
            errors.push(FieldError { pointer, message, code: ErrorCode::InvalidClientMetadata });
        };
        if members.get("status").is_some_and(|said| said != status) {
            fault("/status", "is changed by POST to disable or enable.");
        }
        let owner = match members.remove("owner") {
            None | Some(Value::Null) => None,
            Some(Value::String(owner)) if (1..=128).contains(&owner.len()) && owner.is_ascii() => Some(owner),
            Some(_) => {
                fault("/owner", "must be the sub of a user, or null.");
                None
            }
        };
        let metadata = ClientMetadata::check_for(&members, service.assertion_algorithms());
        if let Some(uri) = metadata.as_ref().ok().and_then(|metadata| metadata.jwks_uri.as_ref()) {
            errors.extend(elsewhere_only(uri, service));
        }
        match metadata {
            Ok(metadata) if errors.is_empty() => Ok(Self { metadata, owner }),
            Ok(_) => Err(Box::new(problem::of_fields(&errors))),
            Err(more) => Err(Box::new(problem::of_fields(&[errors, more].concat()))),
        }
    }
}

/// Keys on loopback are for a service that is there itself.
pub(crate) fn elsewhere_only(uri: &JwksUri, service: &Service) -> Option<FieldError> {
    (uri.is_for_development() && !service.is_on_loopback()).then(|| FieldError {
        pointer: "/jwks_uri".to_owned(),
        message: "must be an https URL; http on loopback is for development alone.".to_owned(),
        code: ErrorCode::InvalidClientMetadata,
    })
}
