//! `/account/clients/new`: a client is registered.

use pages::account::{AppKind, ClientValues};
use smart::operations::clients::{self, Kept, Wanted};
use smart::operations::{Done, OperationRefused, approvals};
use smart::registration::{Entry, State};
use web::notes;

use crate::client::{both, told_all};
use crate::client_form::values_of;
use crate::desk::Reaches;
use crate::refusal::{PageResult, Refusal};
use crate::visit::{Visit, field};
use crate::{client_keys, typed_secret};

pub(crate) async fn show(visit: &Visit<'_, impl Reaches>) -> PageResult {
    let kind = visit.query("kind").map(|kind| AppKind::of(&kind)).unwrap_or_default();
    let mut page = visit.client_page(None, ClientValues { kind, ..ClientValues::default() }).await?;
    page.frame.notice = match visit.notice("") {
        Some(notice) => Some(notice),
        None => declined(&approvals::own(&visit.operations, 20).await?),
    };
    Ok(visit.page(&page))
}

/// What became of new clients that are not there any more: nothing else tells those who asked for them.
fn declined(entries: &[Entry]) -> Option<String> {
    let said = entries.iter().filter_map(|entry| {
        let change = entry.pending_change().filter(|change| change.before.is_none())?;
        match &change.state {
            State::Declined { reason, .. } => {
                Some(format!("Your request for “{}” was declined: {reason}", change.requested.client_name))
            }
            _ => None,
        }
    });
    let said: Vec<String> = said.take(3).collect();
    (!said.is_empty()).then(|| said.join(" "))
}

pub(crate) async fn submit(visit: &Visit<'_, impl Reaches>) -> PageResult {
    let form = visit.sent()?;
    let operations = &visit.operations;
    if !clients::may_register(operations) {
        return Err(Refusal::NotFound);
    }
    let values = values_of(&form);
    if field(&form, "do") == "check" {
        return client_keys::show(visit, None, values).await;
    }
    let checked = visit.checked(&values, None).and_then(|metadata| {
        let judged = clients::judge(operations, metadata.clone());
        judged.map(|_| metadata).map_err(|errors| told_all(&errors))
    });
    let (metadata, chosen) = match both(checked, typed_secret::typed_for(&form, &values, None)) {
        Ok(both) => both,
        Err(faults) => return visit.client_page_again(None, values, faults).await,
    };
    let wanted = Wanted { metadata, owner: None, chosen };
    let Done { body: Kept { client, secret, .. }, record, .. } =
        match clients::register(operations, wanted, |_, _| None).await {
            Err(OperationRefused::Invalid(errors)) => {
                return visit.client_page_again(None, values, told_all(&errors)).await;
            }
            done => done?,
        };
    let path = format!("/account/clients/{}", client.client_id);
    Ok(notes::with(record, visit.done(&path, "registered", secret).await))
}
