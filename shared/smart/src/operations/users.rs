//! What is done with accounts.

use smart_verify::time::UnixSeconds;

use crate::error::{ErrorCode, OAuthError};
use crate::ports::{Registry, UserReader, Write, Written};
use crate::registration::{Entry, Note, SetPasswordToken};
use crate::user::User;

/// Whose password this token sets now, with the entry behind it.
///
/// # Errors
/// `invalid_request` when the link is invalid, for whatever reason; `temporarily_unavailable`.
pub async fn redeemable<S: Registry + UserReader>(
    token: &SetPasswordToken,
    store: &S,
    now: UnixSeconds,
) -> Result<(User, Entry), OAuthError> {
    let entry = store.entry(&token.entry_key()).await?.filter(|entry| entry.is_live(now));
    let entry = entry.ok_or_else(not_good)?;
    let Note::SetPassword(link) = &entry.note else {
        return Err(not_good());
    };
    let user = store.user(link.user_name()).await?.filter(|user| link.is_of(user));
    Ok((user.ok_or_else(not_good)?, entry))
}

/// Sets the password behind a link, and ends every session of its person. Of any number of requests with one link one
/// succeeds.
///
/// # Errors
/// As [`redeemable`].
pub async fn redeem<S: Registry + UserReader>(
    token: &SetPasswordToken,
    password_hash: String,
    store: &S,
    now: UnixSeconds,
) -> Result<User, OAuthError> {
    let (user, entry) = redeemable(token, store, now).await?;
    let next = User { password_hash, sessions_from: now, version: user.version + 1, ..user.clone() };
    let writes = [
        Write::ReplaceUser { next: &next, read_version: user.version },
        Write::RemoveEntry { key: &entry.key, read_version: entry.version },
    ];
    match store.write(&writes, now).await? {
        Written::Written => Ok(next),
        Written::Refused => Err(not_good()),
    }
}

fn not_good() -> OAuthError {
    let sentence = "this link has been used or has ended; ask your administrator for a new one.";
    ErrorCode::InvalidRequest.because("set_password_link", sentence)
}
