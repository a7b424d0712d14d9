//! Accounts: made, read, listed, changed, disabled, enabled and deleted; their passwords set by a link and changed.

use std::fmt;

use serde_json::{Map, json};
use smart_verify::time::UnixSeconds;

use super::{Actor, Conflict, Done, Forbidden, Missing, OperationRefused, Operations, Seen, Stale};
use crate::audit::{Event, Record};
use crate::client::FieldError;
use crate::error::{ErrorCode, Unreachable};
use crate::lockout::{Counter, Raised};
use crate::password;
use crate::ports::{
    Changed, Created, Cursor, Lockout, Page, Registry, UserKeeper, UserReader, World, Write, Written,
};
use crate::registration::{
    AccountChange, Entry, NewAccount, Note, SET_PASSWORD_LIFETIME, SetPassword, SetPasswordToken,
};
use crate::upstream::NAME_PREFIX;
use crate::user::User;

/// How often disabling is tried while others change the same account.
const TRIES: u8 = 3;

/// A link by which a user sets their password: valid once.
#[derive(Debug)]
pub struct SetPasswordLink {
    /// The token in it, to be shown once; none in a dry run, where it would open nothing.
    pub token: Option<SetPasswordToken>,
    /// When it ends.
    pub ends_at: UnixSeconds,
}

/// Evidence that users make accounts for themselves here: on a sandbox where they sign in by accounts of ours.
#[derive(Clone, Copy, Debug)]
pub struct OpenAccounts(());

impl OpenAccounts {
    /// Whether they do.
    pub fn on(is_sandbox: bool, has_local_accounts: bool) -> Option<Self> {
        (is_sandbox && has_local_accounts).then_some(Self(()))
    }
}

/// Makes an account for a user, who sets its password by a link.
///
/// # Errors
/// `Forbidden` when the actor is no administrator, `Conflict` when the username is taken.
pub async fn create(
    operations: &Operations<'_, impl World<Store: UserKeeper>>,
    account: NewAccount,
) -> Result<Done<User>, OperationRefused> {
    operations.only_administrators()?;
    add(operations, account.into_user(operations.now)).await
}

/// The account that a user makes for themselves, with its password, checked.
pub struct OwnAccount {
    account: NewAccount,
    chosen: String,
}

impl OwnAccount {
    /// Checks what a user wants to make: an account of a clinician who is no administrator. The name is displayed as it
    /// is, because no user here says who they really are.
    ///
    /// # Errors
    /// Every fault; those of the password at `/password`.
    pub fn check(name: &str, chosen: &str, fhir_user: Option<&str>) -> Result<Self, Vec<FieldError>> {
        let said = json!({ "name": name, "display_name": name, "role": "clinician", "fhirUser": fhir_user });
        let account = NewAccount::check(said.as_object().unwrap_or(&Map::new()));
        match (account, password::fault(chosen)) {
            (Ok(account), None) => Ok(Self { account, chosen: chosen.to_owned() }),
            (account, wrong) => {
                Err(account.err().into_iter().flatten().chain(wrong.map(at_password)).collect())
            }
        }
    }
}

impl fmt::Debug for OwnAccount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("OwnAccount(redacted)")
    }
}

/// Makes the account of a user who has none yet and chooses its password.
///
/// # Errors
/// `Forbidden` when the actor has a name already, `Conflict` when the username is taken.
pub async fn create_own(
    operations: &Operations<'_, impl World<Store: UserKeeper>>,
    account: OwnAccount,
    _open: OpenAccounts,
) -> Result<Done<User>, OperationRefused> {
    let Actor::Anonymous { .. } = operations.actor else { return Err(Forbidden::HasAccount.into()) };
    let OwnAccount { account, chosen } = account;
    let user = User { password_hash: hashed(&chosen)?, ..account.into_user(operations.now) };
    add(operations, user).await
}

async fn add(
    operations: &Operations<'_, impl World<Store: UserKeeper>>,
    user: User,
) -> Result<Done<User>, OperationRefused> {
    if operations.dry_run.writes() && operations.store.create_user(&user).await? == Created::Exists {
        return Err(Conflict::UserExists.into());
    }
    let record = operations.of_user(Event::UserCreated, None, Some(&user));
    operations.done(user, record)
}

/// The user of this name.
///
/// # Errors
/// `Forbidden` when the actor is no administrator, `NotFound` when there is none.
pub async fn read(
    operations: &Operations<'_, impl World<Store: UserReader>>,
    name: &str,
) -> Result<Seen<User>, OperationRefused> {
    operations.only_administrators()?;
    let user = operations.store.user(name).await?;
    user.and_then(|user| Seen::<User>::by(&operations.actor, user)).ok_or_else(|| Missing::User.into())
}

/// Users, the newest first; nothing for an unreadable cursor.
///
/// # Errors
/// `Forbidden` when the actor is no administrator.
pub async fn list(
    operations: &Operations<'_, impl World<Store: UserKeeper>>,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Option<Page<User>>, OperationRefused> {
    operations.only_administrators()?;
    Ok(operations.store.users(after, limit).await?)
}

/// Changes an account. A user who is disabled, or becomes another to the FHIR server, is signed out everywhere.
///
/// # Errors
/// `Forbidden` when the actor is no administrator, `Stale` when the account is not the version that was read any more.
pub async fn change(
    operations: &Operations<'_, impl World<Store: UserKeeper>>,
    read: &Seen<User>,
    wanted: AccountChange,
) -> Result<Done<User>, OperationRefused> {
    operations.only_administrators()?;
    let next = wanted.apply(read, operations.now);
    replace(operations, &next, read.version).await?;
    let record = operations.of_user(Event::UserChanged, Some(read), Some(&next));
    operations.done(next, record)
}

async fn replace(
    operations: &Operations<'_, impl World<Store: UserKeeper>>,
    next: &User,
    read_version: u64,
) -> Result<(), OperationRefused> {
    if operations.dry_run.writes()
        && operations.store.replace_user(next, read_version).await? == Changed::Stale
    {
        return Err(Stale::User.into());
    }
    Ok(())
}

/// Deletes an account.
///
/// # Errors
/// As [`change`].
pub async fn delete(
    operations: &Operations<'_, impl World<Store: UserKeeper>>,
    read: &Seen<User>,
) -> Result<Done<()>, OperationRefused> {
    operations.only_administrators()?;
    if operations.dry_run.writes()
        && operations.store.delete_user(&read.name, read.version).await? == Changed::Stale
    {
        return Err(Stale::User.into());
    }
    operations.done((), operations.of_user(Event::UserDeleted, Some(read), None))
}

/// Disables or enables an account, whichever version it is. Disabling ends every session. Twice is once.
///
/// # Errors
/// `Forbidden` when the actor is no administrator, `NotFound` when there is no such account.
pub async fn set_disabled(
    operations: &Operations<'_, impl World<Store: UserKeeper>>,
    name: &str,
    disabled: bool,
) -> Result<Done<User>, OperationRefused> {
    for _ in 0..TRIES {
        let before = read(operations, name).await?;
        if before.disabled == disabled || !operations.dry_run.writes() {
            return operations.nothing_done(before.into_inner());
        }
        let next = before.with_disabled(disabled, operations.now);
        match replace(operations, &next, before.version).await {
            Err(OperationRefused::Stale(_)) => {}
            kept => {
                kept?;
                let event = if disabled { Event::UserDisabled } else { Event::UserEnabled };
                let record = operations.of_user(event, Some(&before), Some(&next));
                return operations.done(next, record);
            }
        }
    }
    Err(Unreachable::new("users", "the account is changed all the time").into())
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
/// `NotFound` for an account that is not the actor's or has no password, `Invalid` for one that cannot be chosen, `Forbidden` when the current one is
/// wrong or too many were tried, `Stale` when the account was changed since it was read.
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

fn at_password(wrong: &str) -> FieldError {
    let (pointer, message) = ("/password".to_owned(), wrong.to_owned());
    FieldError { pointer, message, code: ErrorCode::InvalidRequest }
}

/// The account with another password. Every session that began before is over.
fn with_password(user: &User, password_hash: String, now: UnixSeconds) -> User {
    User { password_hash, sessions_from: now, version: user.version + 1, ..user.clone() }
}

fn hashed(chosen: &str) -> Result<String, Unreachable> {
    password::hash(chosen).ok_or_else(|| Unreachable::new("argon2", "a password cannot be hashed"))
}
