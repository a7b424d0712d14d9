//! Accounts: made, read, listed, changed, disabled, enabled and deleted.

mod passwords;

use std::fmt;

use serde_json::{Map, json};

use super::{Actor, Conflict, Done, Forbidden, Missing, OperationRefused, Operations, Seen, Stale};
use crate::audit::Event;
use crate::client::FieldError;
use crate::error::Unreachable;
use crate::password;
use crate::ports::{Changed, Created, Cursor, Page, UserKeeper, UserReader, World};
use crate::registration::{AccountChange, NewAccount};
use crate::user::User;

pub use passwords::{PasswordChange, SetPasswordLink, by_link, change_password, make_link, redeem_link};

use passwords::{at_password, hashed};

/// How often disabling is tried while others change the same account.
const TRIES: u8 = 3;

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
