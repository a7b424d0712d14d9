//! The secrets of a client: two at most, so that one takes over from the other.

use std::time::Duration;

use http::StatusCode;
use pages::account::{ClientFacts, ClientPart, Fault, SecretLine, Secrets};
use pages::dates;
use smart::client::{Client, ClientId, StoredSecret};
use smart::operations::secrets::{self, Added, NewSecret};
use smart::operations::{Conflict, Done, OperationRefused};
use smart::registration::{LIVE_SECRETS, SecretRefused};
use web::{Response, notes};

use crate::desk::Reaches;
use crate::refusal::{PageResult, Refusal};
use crate::typed_secret;
use crate::visit::{Visit, fault, field};

/// How long the page lets a secret work before it ends, in seconds.
const ENDS_IN: [&str; 3] = ["0", "3600", "604800"];

pub(crate) async fn show(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> PageResult {
    let client = visit.client(id).await?;
    let mut page = page(visit, &client).await?;
    page.frame.notice = visit.notice(&client.metadata.client_name);
    page.known = ClientFacts { secret: visit.take_flash::<String>().await?, ..page.known };
    Ok(visit.page(&page))
}

async fn page(visit: &Visit<'_, impl Reaches>, client: &Client) -> Result<Secrets, Refusal> {
    let known = visit.known(client, ClientPart::Secrets);
    if !known.has_secrets {
        return Err(Refusal::NotFound);
    }
    let live: Vec<&StoredSecret> = secrets::live(client, visit.operations.now).collect();
    let path = path_of(&client.client_id);
    let line = |secret: &&StoredSecret| SecretLine {
        last_four: secret.last_four.clone(),
        made: dates::day_in_words(secret.created_at).unwrap_or_default(),
        ends: secret.expires_at.and_then(dates::moment_in_words).unwrap_or_else(|| "does not end".to_owned()),
        end: (live.len() > 1).then(|| visit.form_to(&format!("{path}/{}", secret.id()))),
    };
    Ok(Secrets {
        frame: visit.frame_of_clients(Some(client)).await?,
        known,
        secrets: live.iter().map(line).collect(),
        typed: false,
        add: (live.len() < LIVE_SECRETS).then(|| visit.form_to(&path)),
    })
}

fn path_of(id: &ClientId) -> String {
    format!("/account/clients/{id}/secrets")
}

/// Adds a secret.
pub(crate) async fn submit(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> PageResult {
    let form = visit.sent()?;
    let client = visit.client(id).await?;
    let refuse_typed = async |fault: Fault| {
        let page = Secrets { typed: typed_secret::is_typed(&form), ..page(visit, &client).await? };
        Ok(again(visit, page, StatusCode::BAD_REQUEST, fault))
    };
    let chosen = match typed_secret::typed(&form) {
        Ok(chosen) => chosen,
        Err(fault) => return refuse_typed(fault).await,
    };
    match secrets::add(&visit.operations, &client, NewSecret { chosen, ..NewSecret::default() }).await {
        Ok(Done { body: Added { secret, .. }, record, .. }) => {
            Ok(notes::with(record, visit.done(&path_of(id), "secret-added", secret).await))
        }
        Err(OperationRefused::Conflict(Conflict::Secret(SecretRefused::LiveAlready))) => {
            refuse_typed(typed_secret::refused("this one works already; type another.")).await
        }
        Err(why) => refuse(visit, &client, why).await,
    }
}

/// `POST /account/clients/{client_id}/secrets/{secret}`: ends a secret.
pub(crate) async fn submit_end(visit: &Visit<'_, impl Reaches>, id: &ClientId, secret: &str) -> PageResult {
    let form = visit.sent()?;
    let client = visit.client(id).await?;
    let after = Some(field(&form, "in")).filter(|after| ENDS_IN.contains(after));
    let after = Duration::from_secs(after.and_then(|after| after.parse().ok()).unwrap_or_default());
    match secrets::end(&visit.operations, &client, secret, after).await {
        Ok(done) => Ok(notes::with(done.record, visit.done(&path_of(id), "secret-ended", None).await)),
        Err(why) => refuse(visit, &client, why).await,
    }
}

/// Why the secrets of a client stay as they are, on their page.
async fn refuse(visit: &Visit<'_, impl Reaches>, client: &Client, why: OperationRefused) -> PageResult {
    let said = match why {
        OperationRefused::Stale(_) => {
            let said = fault("secrets", "Somebody changed this client meanwhile. Try again.");
            let now = visit.client(&client.client_id).await?;
            let page = page(visit, &now).await?;
            return Ok(again(visit, page, StatusCode::CONFLICT, said));
        }
        OperationRefused::Conflict(Conflict::Secret(SecretRefused::TwoAreLive)) => {
            "Two secrets work already. End one of them first."
        }
        OperationRefused::Conflict(Conflict::Secret(SecretRefused::TheOnlyOne)) => {
            "This is the only secret. Add another before you end it."
        }
        OperationRefused::Conflict(_) | OperationRefused::NotFound(_) => "There is no such secret any more.",
        why => return Err(why.into()),
    };
    let page = page(visit, client).await?;
    Ok(again(visit, page, StatusCode::CONFLICT, fault("secrets", said)))
}

fn again(visit: &Visit<'_, impl Reaches>, mut page: Secrets, status: StatusCode, fault: Fault) -> Response {
    page.frame.faults = vec![fault];
    visit.page_with(status, &page)
}
