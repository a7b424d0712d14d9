//! The apps that a user has connected: listed, and disconnected.

mod connection;

use std::iter;

use futures_util::future::try_join_all;

use super::{Acting, Done, OperationRefused};
use crate::audit::{Event, Record};
use crate::client::ClientId;
use crate::consent::{Decided, ScopeReport};
use crate::error::Unreachable;
use crate::grant::Grant;
use crate::ids::RequestId;
use crate::ports::{ConsentStore, Cursor, GrantKeeper, Page, Replace};

pub use connection::{Connection, Ends};

/// How often a grant is read again that another request changes at the same time.
const ROUNDS: usize = 5;

/// Some of the apps that a user has connected, in the order of their ids. The list continues behind a cursor, and may
/// name an app on two pages.
///
/// # Errors
/// `Forbidden` when the actor is neither this user nor an administrator.
pub async fn list(
    acting: &Acting<'_, impl ConsentStore + GrantKeeper>,
    subject: &str,
    after: Option<&Cursor>,
) -> Result<Page<Connection>, OperationRefused> {
    acting.only_themselves_or_administrators(subject)?;
    let Page { items, next } = acting.store.decided_by(subject, None, after).await?;
    let (mut consents, mut reports) = (Vec::new(), Vec::new());
    for decided in items {
        match decided {
            Decided::Consent(consent) => consents.push(consent),
            Decided::Report(report) => reports.push(report),
        }
    }
    let grants = try_join_all(reports.iter().map(|report| acting.store.grant(&report.key))).await?;
    let items = Connection::all(consents, reports.into_iter().zip(grants), acting.now);
    Ok(Page { items, next })
}

/// Whether anything is remembered that a user has decided about a client, even if none of it counts any more.
///
/// # Errors
/// As [`list`].
pub async fn has_decided(
    acting: &Acting<'_, impl ConsentStore>,
    subject: &str,
    client_id: &ClientId,
) -> Result<bool, OperationRefused> {
    acting.only_themselves_or_administrators(subject)?;
    Ok(!acting.store.decided_by(subject, Some(client_id), None).await?.items.is_empty())
}

/// Ends every grant of a client for a user, and forgets what the user need not be asked again. The result is the grants
/// that were ended now, and the record of the decision with one more for each of them. Twice is once.
///
/// # Errors
/// As [`list`]. If the store cannot be reached, or others change a grant all the time, some grants may be ended. What
/// could not be ended stays on the list.
pub async fn disconnect(
    acting: &Acting<'_, impl ConsentStore + GrantKeeper>,
    subject: &str,
    client_id: &ClientId,
) -> Result<Done<Vec<Grant>, Vec<Record>>, OperationRefused> {
    acting.only_themselves_or_administrators(subject)?;
    let ended = end_all(acting, subject, client_id).await?;
    let is_own = acting.actor.is_person(subject);
    let reason = if is_own { "by_person" } else { "by_administrator" };
    let withdrawn =
        Record::of(Event::ConsentWithdrawn).client(client_id).person(acting.audit.person(subject));
    let revoked =
        ended.iter().map(|grant| acting.audit.of_grant(Event::GrantRevoked, grant).for_reason(reason));
    let records = iter::once(withdrawn).chain(revoked);
    let records = records.map(|record| if is_own { record } else { acting.signed(record) }).collect();
    acting.recorded(ended, records)
}

/// Ends the grants of each page before it forgets their reports: a grant that could not be ended stays on the list.
async fn end_all(
    acting: &Acting<'_, impl ConsentStore + GrantKeeper>,
    subject: &str,
    client_id: &ClientId,
) -> Result<Vec<Grant>, Unreachable> {
    let (mut after, mut ended) = (None, Vec::new());
    loop {
        let page = acting.store.decided_by(subject, Some(client_id), after.as_ref()).await?;
        let reports = page.items.iter().filter_map(|decided| match decided {
            Decided::Report(report) => Some(report),
            Decided::Consent(_) => None,
        });
        ended.extend(try_join_all(reports.map(|report| end(acting, report))).await?.into_iter().flatten());
        if acting.dry_run.writes() {
            let keys: Vec<String> = page.items.iter().map(|decided| decided.key().to_owned()).collect();
            acting.store.forget(&keys).await?;
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(ended),
        }
    }
}

/// The grant of a report, if it was ended by this request. One that another request changes at the same time is read
/// again, so that no code exchange or refresh outlives it.
async fn end(
    acting: &Acting<'_, impl GrantKeeper>,
    report: &ScopeReport,
) -> Result<Option<Grant>, Unreachable> {
    let by = RequestId::draw();
    let mut current = acting.store.grant(&report.key).await?.map(Box::new);
    for _ in 0..ROUNDS {
        let Some(grant) = current else { return Ok(None) };
        let Some(next) = grant.withdraw(&by, acting.now) else { return Ok(None) };
        if !acting.dry_run.writes() {
            return Ok(Some(next));
        }
        match acting.store.replace(grant.version, &next).await? {
            Replace::Replaced => return Ok(Some(next)),
            Replace::Refused(changed) => current = changed,
        }
    }
    Err(Unreachable::new("grants", "a grant is changed again and again while it is to be ended"))
}
