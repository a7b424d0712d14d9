//! Clients: registered, read, replaced, patched, disabled, enabled, deleted by an administrator.

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use smart::client::{Client, ClientId};
use smart::error::Unreachable;
use smart::operations::clients::{self, Kept, Wanted};
use smart::operations::{Done, DryRun, OperationRefused, Operations, Seen, problems};
use smart::ports::World;
use smart::registration::Problem;
use web::{Response, problem, respond};

use crate::Reaches;
use crate::body::{self, JSON, MERGE_PATCH};
use crate::call::{ApiResult, Call, located, no_content, not_done, not_found, rfc_3339, unavailable, with};
use crate::client_view::{representation, shown};
use crate::idempotency::Repeatable;
use crate::preconditions::{seen, stale, unless_known};

/// `POST /clients`.
///
/// Source: RFC 7591 §3.1 and §3.2.1.
pub(crate) async fn create(call: &Call<'_, impl Reaches>) -> ApiResult {
    let repeatable = Repeatable::of(call)?;
    if let Some(before) = repeatable.answered(call).await? {
        return Ok(before);
    }
    let operations = call.operations_or_dry_run();
    let wanted = wanted(&operations, body::object(call.request, &JSON)?, "active")?;
    let remember =
        |client: &Client, secret: Option<&_>| repeatable.entry(call, &representation(client), secret);
    let Done { body: Kept { client, secret, .. }, record, .. } =
        match clients::register(&operations, wanted, remember).await {
            // Another request sent the same at the same time, and its answer is there.
            Err(OperationRefused::Stale(_)) => {
                let before = repeatable.answered(call).await?;
                return before.ok_or_else(|| unavailable(Unreachable::new("clients", "a fresh id is taken")));
            }
            done => done.map_err(not_done)?,
        };
    if operations.dry_run == DryRun::Yes {
        return Ok(shown(StatusCode::OK, &client, None));
    }
    let response = with(record, shown(StatusCode::CREATED, &client, secret.as_ref()));
    Ok(located(response, &format!("/clients/{}", client.client_id)))
}

/// What an administrator wants of a client of this status.
fn wanted(
    operations: &Operations<'_, impl World>,
    members: Map<String, Value>,
    status: &str,
) -> Result<Wanted, Box<Response>> {
    let asked = operations.check_asked(members, status);
    let asked = asked.map_err(|errors| Box::new(problem::of_fields(&errors)))?;
    Ok(Wanted { metadata: asked.metadata, owner: asked.owner, chosen: None })
}

/// `/clients/{client_id}`.
pub(crate) async fn one(call: &Call<'_, impl Reaches>, id: &ClientId) -> ApiResult {
    let client = current(call, id).await?;
    match *call.method() {
        Method::PUT => replace(call, client).await,
        Method::PATCH => patch(call, client).await,
        Method::DELETE => delete(call, client).await,
        _ => Ok(unless_known(call, client.version, &representation(&client))),
    }
}

/// Source: RFC 7592 §2.2 (what is not sent is no longer there).
async fn replace(call: &Call<'_, impl Reaches>, before: Seen<Client>) -> ApiResult {
    seen(call, before.version, || representation(&before))?;
    let members = body::object(call.request, &JSON)?;
    change(call, before, members).await
}

/// Source: RFC 7396.
async fn patch(call: &Call<'_, impl Reaches>, before: Seen<Client>) -> ApiResult {
    seen(call, before.version, || representation(&before))?;
    let patch = body::object(call.request, &MERGE_PATCH)?;
    let mut merged = representation(&before);
    body::merge(&mut merged, Value::Object(patch));
    match merged {
        Value::Object(members) => change(call, before, members).await,
        _ => Err(not_found("client_not_found", "there is no client of this id.")),
    }
}

async fn change(
    call: &Call<'_, impl Reaches>,
    before: Seen<Client>,
    members: Map<String, Value>,
) -> ApiResult {
    let operations = call.operations_or_dry_run();
    let wanted = wanted(&operations, members, before.status())?;
    let done = clients::change(&operations, &before, wanted).await;
    let Done { body: Kept { client, secret, .. }, record, .. } =
        unless_stale(call, &before.client_id, done).await?;
    Ok(with(record, shown(StatusCode::OK, &client, secret.as_ref())))
}

async fn delete(call: &Call<'_, impl Reaches>, before: Seen<Client>) -> ApiResult {
    seen(call, before.version, || representation(&before))?;
    let operations = call.clear_operations_or_dry_run()?;
    let done = clients::delete(&operations, &before).await;
    let Done { record, .. } = unless_stale(call, &before.client_id, done).await?;
    Ok(with(record, no_content()))
}

/// `POST /clients/{client_id}/disable` and `/enable`: an action of its own and not a member, since whoever stops a client
/// in an emergency has no time to read it first, and no change of a name shall start one again. Twice is once.
pub(crate) async fn set_disabled(call: &Call<'_, impl Reaches>, id: &ClientId, disabled: bool) -> ApiResult {
    let operations = call.clear_operations_or_dry_run()?;
    let done = clients::set_disabled(&operations, id, disabled).await;
    let Done { body: client, record, .. } = done.map_err(not_done)?;
    Ok(with(record, shown(StatusCode::OK, &client, None)))
}

/// `GET /clients/{client_id}/events`: its latest refused requests.
pub(crate) async fn events(call: &Call<'_, impl Reaches>, id: &ClientId) -> ApiResult {
    let (_, problems) = problems::latest(&call.operations(), id).await.map_err(not_done)?;
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
pub(crate) async fn current(
    call: &Call<'_, impl Reaches>,
    id: &ClientId,
) -> Result<Seen<Client>, Box<Response>> {
    clients::read(&call.operations(), id).await.map_err(not_done)
}

/// What was done to a client. When another caller was faster: 412, with the client as it is now.
pub(crate) async fn unless_stale<T>(
    call: &Call<'_, impl Reaches>,
    id: &ClientId,
    done: Result<Done<T>, OperationRefused>,
) -> Result<Done<T>, Box<Response>> {
    match done {
        Err(OperationRefused::Stale(_)) => {
            let client = current(call, id).await?;
            Err(stale(client.version, &representation(&client)))
        }
        done => done.map_err(not_done),
    }
}
