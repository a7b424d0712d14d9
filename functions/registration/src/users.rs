//! Accounts: made, read, listed, patched, disabled, enabled, deleted by an administrator. Of passwords nothing is ever
//! sent, in either direction: a link lets their person set one.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use smart::audit::Event;
use smart::error::Unreachable;
use smart::ports::{Changed, Created, Cursor, Registry, UserKeeper, UserReader, Write, Written};
use smart::registration::{AccountChange, NewAccount, SET_PASSWORD_LIFETIME, SetPassword, SetPasswordToken};
use smart::user::User;
use web::notes::noted;
use web::{Response, problem, respond};

use crate::Reaches;
use crate::body::{self, JSON, MERGE_PATCH};
use crate::call::{Answer, Call, bad_query, conflict, located, no_content, not_found, rfc_3339, unavailable};
use crate::gather::Gather;
use crate::preconditions::{seen, stale, tagged, unless_known};

/// How often disabling is tried while others change the same account.
const TRIES: u8 = 3;

/// `POST /users`.
pub(crate) async fn create(call: &Call<'_, impl Reaches>) -> Answer {
    let account = NewAccount::check(&body::object(call.request, &JSON)?);
    let account = account.map_err(|errors| Box::new(problem::of_fields(&errors)))?;
    let user = account.into_user(call.now);
    if call.is_dry_run()? {
        return Ok(shown(StatusCode::OK, &user));
    }
    match call.store().create_user(&user).await.map_err(unavailable)? {
        Created::Created => {
            let response = located(shown(StatusCode::CREATED, &user), &format!("/users/{}", user.name));
            Ok(noted(response, call.of_user(Event::UserCreated, None, Some(&user))))
        }
        Created::Exists => Err(conflict("user_exists", "somebody has this name.")),
    }
}

/// `GET /users`.
pub(crate) async fn list(call: &Call<'_, impl Reaches>) -> Answer {
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
    let mut gather = Gather::asked(&query, role.is_some() || words.is_some())?;
    while let Some((cursor, size)) = gather.wanted() {
        let page = call.store().users(cursor, size).await.map_err(unavailable)?;
        gather.take(page, keeps, |user: &User| Cursor::behind(user.created_at, &user.name))?;
    }
    Ok(gather.answer("/users", &query, representation))
}

/// `/users/{name}`.
pub(crate) async fn one(call: &Call<'_, impl Reaches>, name: &str) -> Answer {
    let user = current(call, name).await?;
    match *call.method() {
        Method::PATCH => patch(call, user).await,
        Method::DELETE => delete(call, user).await,
        _ => Ok(unless_known(call, user.version, &representation(&user))),
    }
}

async fn patch(call: &Call<'_, impl Reaches>, before: User) -> Answer {
    seen(call, before.version, || representation(&before))?;
    let patch = body::object(call.request, &MERGE_PATCH)?;
    let mut merged = before.shown();
    body::merge(&mut merged, Value::Object(patch));
    let members = merged.as_object().cloned().unwrap_or_default();
    let change = AccountChange::check(&members, &before.name);
    let change = change.map_err(|errors| Box::new(problem::of_fields(&errors)))?;
    let next = change.apply(&before, call.now);
    if call.is_dry_run()? {
        return Ok(shown(StatusCode::OK, &next));
    }
    match call.store().replace_user(&next, before.version).await.map_err(unavailable)? {
        Changed::Changed => {
            let record = call.of_user(Event::UserChanged, Some(&before), Some(&next));
            Ok(noted(shown(StatusCode::OK, &next), record))
        }
        Changed::Stale => Err(stale_now(call, &next.name).await?),
    }
}

async fn delete(call: &Call<'_, impl Reaches>, before: User) -> Answer {
    seen(call, before.version, || representation(&before))?;
    if call.is_dry_run()? {
        return Ok(no_content());
    }
    match call.store().delete_user(&before.name, before.version).await.map_err(unavailable)? {
        Changed::Changed => Ok(noted(no_content(), call.of_user(Event::UserDeleted, Some(&before), None))),
        Changed::Stale => Err(stale_now(call, &before.name).await?),
    }
}

/// `POST /users/{name}/disable` and `/enable`. Disabling ends every session. Twice is once.
pub(crate) async fn set_disabled(call: &Call<'_, impl Reaches>, name: &str, disabled: bool) -> Answer {
    let dry_run = call.is_dry_run()?;
    for _ in 0..TRIES {
        let before = current(call, name).await?;
        if before.disabled == disabled || dry_run {
            return Ok(shown(StatusCode::OK, &before));
        }
        let next = before.with_disabled(disabled, call.now);
        if call.store().replace_user(&next, before.version).await.map_err(unavailable)? == Changed::Changed {
            let event = if disabled { Event::UserDisabled } else { Event::UserEnabled };
            let record = call.of_user(event, Some(&before), Some(&next));
            return Ok(noted(shown(StatusCode::OK, &next), record));
        }
    }
    Err(unavailable(Unreachable::new("users", "the account is changed all the time")))
}

/// `POST /users/{name}/set-password-link`: a link for its person, good once and for a day.
pub(crate) async fn set_password_link(call: &Call<'_, impl Reaches>, name: &str) -> Answer {
    let user = current(call, name).await?;
    if user.disabled {
        return Err(conflict("user_disabled", "the account is disabled; enable it first."));
    }
    if name.starts_with(smart::upstream::NAME_PREFIX) {
        let detail = "this person signs in at the upstream provider and has no password here.";
        return Err(conflict("user_upstream", detail));
    }
    let token = SetPasswordToken::generate();
    let entry = SetPassword::entry(&user, &token, call.now);
    match call.store().write(&[Write::AddEntry(&entry)], call.now).await.map_err(unavailable)? {
        Written::Written => {}
        Written::Refused => return Err(unavailable(Unreachable::new("registry", "a fresh token is taken"))),
    }
    let link = format!("{}/account/set-password?token={}", call.ports.service.issuer(), token.reveal());
    let ends = rfc_3339(call.now + SET_PASSWORD_LIFETIME);
    let person = call.ports.audit.person(&user.subject);
    let record =
        call.record(Event::SetPasswordLinkMade).person(person).account(call.ports.audit.account(name));
    Ok(noted(respond::json(StatusCode::CREATED, &json!({ "link": link, "expires_at": ends })), record))
}

async fn current(call: &Call<'_, impl Reaches>, name: &str) -> Result<User, Box<Response>> {
    let user = call.store().user(name).await.map_err(unavailable)?;
    user.ok_or_else(|| not_found("user_not_found", "there is no user of this name."))
}

async fn stale_now(call: &Call<'_, impl Reaches>, name: &str) -> Result<Box<Response>, Box<Response>> {
    let user = current(call, name).await?;
    Ok(stale(user.version, &representation(&user)))
}

fn shown(status: StatusCode, user: &User) -> Response {
    tagged(status, user.version, &representation(user))
}

fn representation(user: &User) -> Value {
    let mut body = user.shown();
    body["created_at"] = json!(rfc_3339(user.created_at));
    body
}
