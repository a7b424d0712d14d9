//! The secrets of a client: two at most, so that one takes over from the other.

use std::time::Duration;

use http::StatusCode;
use pages::account::{ClientFacts, ClientPart, Fault, SecretLine, Secrets, Section};
use pages::dates;
use smart::client::{Client, ClientId, StoredSecret};
use smart::operations::secrets::{self, Added, NewSecret};
use smart::operations::{Conflict, Done, OperationRefused};
use smart::parameters::Parameters;
use smart::registration::{LIVE_SECRETS, SecretRefused};

use super::typed_secret;
use super::visit::{Visit, fault};
use crate::Reaches;
use crate::call::{Answer, with};

/// How long the page lets a secret go on, in seconds.
const ENDS_IN: [&str; 3] = ["0", "3600", "604800"];

pub(super) async fn show(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> Answer {
    let client = visit.client(id).await?;
    let mut page = page(visit, &client).await?;
    page.frame.notice = visit.notice(&client.metadata.client_name);
    page.known = ClientFacts { secret: visit.take_once::<String>().await?, ..page.known };
    Ok(visit.respond(&page, StatusCode::OK))
}

async fn page(visit: &Visit<'_, impl Reaches>, client: &Client) -> Result<Secrets, Box<web::Response>> {
    let known = visit.known(client, ClientPart::Secrets);
    if !known.has_secrets {
        return Err(visit.not_found());
    }
    let live: Vec<&StoredSecret> = secrets::live(client, visit.now).collect();
    let path = path_of(&client.client_id);
    let line = |secret: &&StoredSecret| SecretLine {
        last_four: secret.last_four.clone(),
        made: dates::day_in_words(secret.created_at).unwrap_or_default(),
        ends: secret.expires_at.and_then(dates::moment_in_words).unwrap_or_else(|| "does not end".to_owned()),
        end: (live.len() > 1).then(|| visit.form_to(&format!("{path}/{}", secret.id()))),
    };
    Ok(Secrets {
        frame: visit.frame(Section::Clients, Some(client)).await?,
        known,
        secrets: live.iter().map(line).collect(),
        typed: false,
        add: (live.len() < LIVE_SECRETS).then(|| visit.form_to(&path)),
    })
}

pub(super) async fn add(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> Answer {
    let form = visit.sent()?;
    let client = visit.client(id).await?;
    let typed = match typed_secret::typed(&form) {
        Ok(typed) => typed,
        Err(fault) => return refuse_typed(visit, &client, &form, fault).await,
    };
    let wanted = NewSecret { chosen: typed, ..NewSecret::default() };
    match secrets::add(&visit.operations(), &client, wanted).await {
        Ok(Done { body: Added { secret, .. }, record, .. }) => {
            Ok(with(record, visit.done(&path_of(id), "secret-added", secret).await))
        }
        Err(OperationRefused::Conflict(Conflict::Secret(SecretRefused::LiveAlready))) => {
            let same = typed_secret::refused("this one works already; type another.");
            refuse_typed(visit, &client, &form, same).await
        }
        Err(why) => again(visit, &client, why).await,
    }
}

fn path_of(id: &ClientId) -> String {
    format!("/account/clients/{id}/secrets")
}

async fn refuse_typed(
    visit: &Visit<'_, impl Reaches>,
    client: &Client,
    form: &Parameters,
    fault: Fault,
) -> Answer {
    let mut page = page(visit, client).await?;
    page.typed = typed_secret::is_typed(form);
    page.frame.faults = vec![fault];
    Ok(visit.respond(&page, StatusCode::BAD_REQUEST))
}

pub(super) async fn end(visit: &Visit<'_, impl Reaches>, id: &ClientId, secret: &str) -> Answer {
    let form = visit.sent()?;
    let client = visit.client(id).await?;
    let after = form.all("in").next().filter(|after| ENDS_IN.contains(after));
    let after = Duration::from_secs(after.and_then(|after| after.parse().ok()).unwrap_or_default());
    match secrets::end(&visit.operations(), &client, secret, after).await {
        Ok(done) => Ok(with(done.record, visit.done(&path_of(id), "secret-ended", None).await)),
        Err(why) => again(visit, &client, why).await,
    }
}

/// Why the secrets of a client stay as they are, on their page.
async fn again(visit: &Visit<'_, impl Reaches>, client: &Client, why: OperationRefused) -> Answer {
    let said = match why {
        OperationRefused::Stale(_) => {
            let now = visit.client(&client.client_id).await?;
            let mut page = page(visit, &now).await?;
            page.frame.faults = vec![fault("secrets", "Somebody changed this client meanwhile. Try again.")];
            return Ok(visit.respond(&page, StatusCode::CONFLICT));
        }
        OperationRefused::Conflict(Conflict::Secret(SecretRefused::TwoAreLive)) => {
            "Two secrets work already. End one of them first."
        }
        OperationRefused::Conflict(Conflict::Secret(SecretRefused::TheOnlyOne)) => {
            "This is the only secret. Add another before you end it."
        }
        OperationRefused::Conflict(_) | OperationRefused::NotFound(_) => "There is no such secret any more.",
        why => return Err(visit.not_done(why)),
    };
    let mut page = page(visit, client).await?;
    page.frame.faults = vec![fault("secrets", said)];
    Ok(visit.respond(&page, StatusCode::CONFLICT))
}
