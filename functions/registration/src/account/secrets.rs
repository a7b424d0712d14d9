//! The secrets of a client: two at most, so that one takes over from the other.

use std::time::Duration;

use http::StatusCode;
use pages::account::{ClientPart, Fault, Known, SecretLine, Secrets, Section};
use pages::dates;
use smart::audit::Event;
use smart::client::{Client, ClientId, ClientSecret, StoredSecret};
use smart::parameters::Parameters;
use smart::ports::{Changed, ClientWriter};
use smart::registration::{LIVE_SECRETS, SecretRefused};
use web::notes::noted;

use super::typed_secret;
use super::visit::{Visit, fault};
use crate::Reaches;
use crate::call::Answer;

/// How long the page lets a secret go on, in seconds.
const ENDS_IN: [&str; 3] = ["0", "3600", "604800"];

pub(super) async fn show(visit: &Visit<'_, impl Reaches>, id: &ClientId) -> Answer {
    let client = visit.client(id).await?;
    let mut page = page(visit, &client).await?;
    page.frame.notice = visit.notice(&client.metadata.client_name);
    page.known = Known { secret: visit.take_once::<String>().await?, ..page.known };
    Ok(visit.respond(&page, StatusCode::OK))
}

async fn page(visit: &Visit<'_, impl Reaches>, client: &Client) -> Result<Secrets, Box<web::Response>> {
    let known = visit.known(client, ClientPart::Secrets);
    if !known.has_secrets {
        return Err(visit.not_found());
    }
    let live: Vec<&StoredSecret> = client.secrets.iter().filter(|secret| secret.is_live(visit.now)).collect();
    let path = format!("/account/clients/{}/secrets", client.client_id);
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
    let is_drawn = typed.is_none();
    let secret = typed.unwrap_or_else(ClientSecret::generate);
    match client.with_secret(&secret, None, None, visit.now) {
        Ok(next) => {
            let shown = is_drawn.then_some(secret);
            keep(visit, &client, &next, (Event::SecretMade, "secret-added"), shown).await
        }
        Err(SecretRefused::LiveAlready) => {
            let same = typed_secret::refused("this one works already; type another.");
            refuse_typed(visit, &client, &form, same).await
        }
        Err(why) => again(visit, &client, why).await,
    }
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
    match client.without_secret(secret, after, visit.now) {
        Ok(next) => keep(visit, &client, &next, (Event::SecretRevoked, "secret-ended"), None).await,
        Err(why) => again(visit, &client, why).await,
    }
}

async fn keep(
    visit: &Visit<'_, impl Reaches>,
    before: &Client,
    next: &Client,
    (event, done): (Event, &str),
    secret: Option<ClientSecret>,
) -> Answer {
    let next = &next.clone().changed_by(visit.as_changed_by());
    let kept = visit.store().replace(next, before.version).await.map_err(|error| visit.unreachable(error))?;
    if kept == Changed::Stale {
        let mut page = page(visit, &visit.client(&before.client_id).await?).await?;
        page.frame.faults = vec![fault("secrets", "Somebody changed this client meanwhile. Try again.")];
        return Ok(visit.respond(&page, StatusCode::CONFLICT));
    }
    let answer = visit.done(&format!("/account/clients/{}/secrets", next.client_id), done, secret).await;
    Ok(noted(answer, visit.of_client(event, Some(before), Some(next))))
}

async fn again(visit: &Visit<'_, impl Reaches>, client: &Client, why: SecretRefused) -> Answer {
    let mut page = page(visit, client).await?;
    let said = match why {
        SecretRefused::TwoAreLive => "Two secrets work already. End one of them first.",
        SecretRefused::TheOnlyOne => "This is the only secret. Add another before you end it.",
        SecretRefused::Unknown | SecretRefused::UsesNone | SecretRefused::LiveAlready => {
            "There is no such secret any more."
        }
    };
    page.frame.faults = vec![fault("secrets", said)];
    Ok(visit.respond(&page, StatusCode::CONFLICT))
}
