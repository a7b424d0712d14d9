//! The passwords of accounts: set by a link, and changed by their user.

use std::fmt;

use smart_verify::time::UnixSeconds;

use super::{read, replace};
use crate::audit::{Event, Record};
use crate::client::FieldError;
use crate::error::{ErrorCode, Unreachable};
use crate::lockout::{Counter, Raised};
use crate::operations::{Conflict, Done, Forbidden, Missing, OperationRefused, Operations};
use crate::password;
use crate::ports::{Lockout, Registry, UserKeeper, UserReader, World, Write, Written};
use crate::registration::{Entry, Note, SET_PASSWORD_LIFETIME, SetPassword, SetPasswordToken};
use crate::upstream::NAME_PREFIX;
use crate::user::User;

/// A link by which a user sets their password: valid once.
#[derive(Debug)]
pub struct SetPasswordLink {
    /// The token in it, to be shown once; none in a dry run, where it would open nothing.
    pub token: Option<SetPasswordToken>,
    /// When it ends.
    pub ends_at: UnixSeconds,
}

/// Makes a link by which a user sets their password.
///
/// # Errors
/// `Forbidden` when the actor is no administrator, `NotFound` when there is no such account, `Conflict` when it is disabled
/// or its user signs in at the upstream provider.
pub async fn make_link(
    operations: &Operations<'_, impl World<Store: UserReader + Registry>>,
    name: &str,
) -> Result<Done<SetPasswordLink>, OperationRefused> {
    let user = read(operations, name).await?;
    if user.disabled {
        return Err(Conflict::UserDisabled.into());
    }
    if name.starts_with(NAME_PREFIX) {
        return Err(Conflict::UserUpstream.into());
    }
    let token = SetPasswordToken::generate();
    let entry = SetPassword::entry(&user, &token, operations.now);
    operations.add(&entry).await?;
    let (person, account) = (operations.audit.person(&user.subject), operations.audit.account(name));
    let record = operations.signed(Record::of(Event::SetPasswordLinkMade)).person(person).account(account);
    let token = operations.dry_run.writes().then_some(token);
    let link = SetPasswordLink { token, ends_at: operations.now + SET_PASSWORD_LIFETIME };
    operations.done(link, record)
}

/// Whose password a link sets now. Any actor who has the link may set it.
///
/// # Errors
/// `NotFound` when it was used, has ended, or the password was changed since.
pub async fn by_link(
    operations: &Operations<'_, impl World<Store: UserReader + Registry>>,
    token: &SetPasswordToken,
) -> Result<User, OperationRefused> {
    Ok(behind(operations, token).await?.0)
}

/// The user of a link, with the entry.
async fn behind(
    operations: &Operations<'_, impl World<Store: UserReader + Registry>>,
    token: &SetPasswordToken,
) -> Result<(User, Entry), OperationRefused> {
    let entry = operations.store.entry(&token.entry_key()).await?;
    let entry = entry.filter(|entry| entry.is_live(operations.now)).ok_or(Missing::SetPasswordLink)?;
    let Note::SetPassword(link) = &entry.note else {
        return Err(Missing::SetPasswordLink.into());
    };
    let user = operations.store.user(link.user_name()).await?.filter(|user| link.is_of(user));
    Ok((user.ok_or(Missing::SetPasswordLink)?, entry))
}

/// Sets the password behind a link, and ends every session of its user. Of any number of requests with one link one
/// succeeds.
///
/// # Errors
/// As [`by_link`], and `Invalid` for a password that cannot be chosen.
pub async fn redeem_link(
    operations: &Operations<'_, impl World<Store: UserReader + Registry>>,
    token: &SetPasswordToken,
    chosen: &str,
) -> Result<Done<User>, OperationRefused> {
    check_chosen(chosen)?;
    let password_hash = hashed(chosen)?;
    let (user, entry) = behind(operations, token).await?;
    let next = with_password(&user, password_hash, operations.now);
    let writes = [
        Write::ReplaceUser { next: &next, read_version: user.version },
        Write::RemoveEntry { key: &entry.key, read_version: entry.version },
    ];
    if operations.write(&writes).await? == Written::Refused {
        return Err(Missing::SetPasswordLink.into());
    }
    let record = operations.of_user(Event::PasswordChanged, Some(&user), Some(&next)).for_reason("by_link");
    operations.done(next, record)
}

/// A password that its user wants to change.
pub struct PasswordChange<'a> {
    /// What they say it is now.
    pub current: &'a str,
    /// What it is to be.
    pub chosen: &'a str,
}

impl fmt::Debug for PasswordChange<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PasswordChange(redacted)")
    }
}

/// Changes the password of the actor's own account, and ends every session of it.
///
/// # Errors
/// `NotFound` for an account that is not the actor's or has no password, `Invalid` for a password that cannot be chosen,
/// `Forbidden` when the current one is wrong or too many were tried, `Stale` when the account was changed since it was
/// read.
pub async fn change_password(
    operations: &Operations<'_, impl World<Store: UserKeeper + Lockout>>,
    user: &User,
    PasswordChange { current, chosen }: PasswordChange<'_>,
    counters: &[Counter],
) -> Result<Done<User>, OperationRefused> {
    if !operations.actor.is_person(&user.subject) {
        return Err(Missing::User.into());
    }
    if user.password_hash.is_empty() {
        return Err(Missing::Password.into());
    }
    check_chosen(chosen)?;
    if operations.store.raise(counters).await? == Raised::Full {
        return Err(Forbidden::LockedOut.into());
    }
    if !password::is_possible(current) || !password::is_right(current, Some(&user.password_hash)) {
        return Err(Forbidden::WrongPassword.into());
    }
    let next = with_password(user, hashed(chosen)?, operations.now);
    replace(operations, &next, user.version).await?;
    let record = operations.of_user(Event::PasswordChanged, Some(user), Some(&next)).for_reason("by_person");
    operations.done(next, record)
}

fn check_chosen(chosen: &str) -> Result<(), OperationRefused> {
    match password::fault(chosen) {
        Some(wrong) => Err(OperationRefused::Invalid(vec![at_password(wrong)])),
        None => Ok(()),
    }
}

pub(super) fn at_password(wrong: &str) -> FieldError {
    let (pointer, message) = ("/password".to_owned(), wrong.to_owned());
    FieldError { pointer, message, code: ErrorCode::InvalidRequest }
}

/// The account with another password. Every session that began before is over.
fn with_password(user: &User, password_hash: String, now: UnixSeconds) -> User {
    User { password_hash, sessions_from: now, version: user.version + 1, ..user.clone() }
}

pub(super) fn hashed(chosen: &str) -> Result<String, Unreachable> {
    password::hash(chosen).ok_or_else(|| Unreachable::new("argon2", "a password cannot be hashed"))
}
