//! Accounts: made, read, listed, patched, disabled, enabled, deleted by an administrator. Of passwords nothing is ever
//! sent, in either direction: a link lets their person set one.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use smart::operations::users::{self, SetPasswordLink};
use smart::operations::{Done, DryRun, OperationRefused, Seen};
use smart::ports::Cursor;
use smart::registration::{AccountChange, NewAccount};
use smart::user::User;
use web::{Response, problem, respond};

use crate::Reaches;
use crate::body::{self, JSON, MERGE_PATCH};
use crate::call::{ApiResult, Call, bad_query, located, no_content, not_done, rfc_3339, with};
use crate::pagination::PageBuilder;
use crate::preconditions::{seen, stale, tagged, unless_known};

/// `POST /users`.
pub(crate) async fn create(call: &Call<'_, impl Reaches>) -> ApiResult {
    let account = NewAccount::check(&body::object(call.request, &JSON)?);
    let account = account.map_err(|errors| Box::new(problem::of_fields(&errors)))?;
    let operations = call.operations_or_dry_run();
    let done = users::create(&operations, account).await.map_err(not_done)?;
    let Done { body: user, record, .. } = done;
    if operations.dry_run == DryRun::Yes {
        return Ok(shown(StatusCode::OK, &user));
    }
    let response = located(shown(StatusCode::CREATED, &user), &format!("/users/{}", user.name));
    Ok(with(record, response))
}

/// `GET /users`.
pub(crate) async fn list(call: &Call<'_, impl Reaches>) -> ApiResult {
    let query = call.query()?;
    let get = |name| query.get(name).map_err(|error| bad_query(error.sentence()));
    let role = get("role")?.map(|role| serde_json::from_value::<smart::user::Role>(Value::from(role)));
    let role = role.transpose().map_err(|_| bad_query("role must be one that users have."))?;
    let words = get("q")?.map(str::to_lowercase);
    let keeps = |user: &User| {
        let has = |words: &String| {
            user.name.to_lowercase().contains(words) || user.display_name.to_lowercase().contains(words)
        };
        role.is_none_or(|role| role == user.role) && words.as_ref().is_none_or(has)
    };
    let operations = call.operations();
    let mut builder = PageBuilder::from_query(&query, role.is_some() || words.is_some())?;
    while let Some((cursor, size)) = builder.wanted() {
        let page = users::list(&operations, cursor, size).await.map_err(not_done)?;
        builder.take(page, keeps, |user: &User| Cursor::behind(user.created_at, &user.name))?;
    }
    Ok(builder.answer("/users", &query, representation))
}

/// `/users/{name}`.
pub(crate) async fn one(call: &Call<'_, impl Reaches>, name: &str) -> ApiResult {
    let user = current(call, name).await?;
    match *call.method() {
        Method::PATCH => patch(call, user).await,
        Method::DELETE => delete(call, user).await,
        _ => Ok(unless_known(call, user.version, &representation(&user))),
    }
}

async fn patch(call: &Call<'_, impl Reaches>, before: Seen<User>) -> ApiResult {
    seen(call, before.version, || representation(&before))?;
    let patch = body::object(call.request, &MERGE_PATCH)?;
    let mut merged = before.shown();
    body::merge(&mut merged, Value::Object(patch));
    let members = merged.as_object().cloned().unwrap_or_default();
    let change = AccountChange::check(&members, &before.name);
    let change = change.map_err(|errors| Box::new(problem::of_fields(&errors)))?;
    let done = users::change(&call.operations_or_dry_run(), &before, change).await;
    let Done { body: user, record, .. } = unless_stale(call, &before.name, done).await?;
    Ok(with(record, shown(StatusCode::OK, &user)))
}

async fn delete(call: &Call<'_, impl Reaches>, before: Seen<User>) -> ApiResult {
    seen(call, before.version, || representation(&before))?;
    let operations = call.clear_operations_or_dry_run()?;
    let done = users::delete(&operations, &before).await;
    let Done { record, .. } = unless_stale(call, &before.name, done).await?;
    Ok(with(record, no_content()))
}

/// `POST /users/{name}/disable` and `/enable`. Disabling ends every session. Twice is once.
pub(crate) async fn set_disabled(call: &Call<'_, impl Reaches>, name: &str, disabled: bool) -> ApiResult {
    let operations = call.clear_operations_or_dry_run()?;
    let done = users::set_disabled(&operations, name, disabled).await;
    let Done { body: user, record, .. } = done.map_err(not_done)?;
    Ok(with(record, shown(StatusCode::OK, &user)))
}

/// `POST /users/{name}/set-password-link`: a link for its user, valid once and for a day.
pub(crate) async fn set_password_link(call: &Call<'_, impl Reaches>, name: &str) -> ApiResult {
    let done = users::make_link(&call.operations(), name).await.map_err(not_done)?;
    let Done { body: SetPasswordLink { token, ends_at }, record, .. } = done;
    let link = token.map(|token| {
        format!("{}/account/set-password?token={}", call.ports.service.issuer(), token.reveal())
    });
    let body = json!({ "link": link, "expires_at": rfc_3339(ends_at) });
    Ok(with(record, respond::json(StatusCode::CREATED, &body)))
}

async fn current(call: &Call<'_, impl Reaches>, name: &str) -> Result<Seen<User>, Box<Response>> {
    users::read(&call.operations(), name).await.map_err(not_done)
}

/// What was done to an account. When another caller was faster: 412, with the account as it is now.
async fn unless_stale<T>(
    call: &Call<'_, impl Reaches>,
    name: &str,
    done: Result<Done<T>, OperationRefused>,
) -> Result<Done<T>, Box<Response>> {
    match done {
        Err(OperationRefused::Stale(_)) => {
            let user = current(call, name).await?;
            Err(stale(user.version, &representation(&user)))
        }
        done => done.map_err(not_done),
    }
}

fn shown(status: StatusCode, user: &User) -> Response {
    tagged(status, user.version, &representation(user))
}

fn representation(user: &User) -> Value {
    let mut body = user.shown();
    body["created_at"] = json!(rfc_3339(user.created_at));
    body
}
