//! *Check an assertion*: the doctor's rows on a page. No token is given, and nothing is kept.

use http::StatusCode;
use pages::account::{CheckAssertion, Rule, RuleOutcome, Section};
use serde_json::Value;
use smart::client::{Client, ClientId, KeySet};
use smart::client_auth::ExpectedAssertion;
use smart::client_auth::doctor::{self, Case, CheckOutcome, Diagnosis, Row};

use crate::desk::Reaches;
use crate::refusal::{PageResult, Refusal};
use crate::visit::{Visit, fault, field, link};

/// The longest text that is looked at, as at the token endpoint: 8 KiB.
const MAX_LENGTH: usize = 8 * 1024;

pub(crate) async fn show(visit: &Visit<'_, impl Reaches>) -> PageResult {
    Ok(visit.page(&page(visit, None).await?))
}

async fn page(visit: &Visit<'_, impl Reaches>, chosen: Option<&ClientId>) -> Result<CheckAssertion, Refusal> {
    let (owned, _) = visit.own_clients(50).await?;
    let with_keys = owned.iter().filter(|client| !client.metadata.token_endpoint_auth_method.uses_secret());
    let with_keys =
        with_keys.filter(|client| client.metadata.jwks.is_some() || client.metadata.jwks_uri.is_some());
    Ok(CheckAssertion {
        frame: visit.frame(Section::Backend),
        form: visit.form_to("/account/assertion"),
        clients: with_keys.map(|client| link(client, chosen == Some(&client.client_id))).collect(),
        rules: Vec::new(),
        clock: None,
        private_key_sent: false,
    })
}

pub(crate) async fn submit(visit: &Visit<'_, impl Reaches>) -> PageResult {
    let form = visit.sent()?;
    let assertion = field(&form, "assertion").trim();
    let id = field(&form, "client").parse::<ClientId>().ok();
    let mut page = page(visit, id.as_ref()).await?;
    if is_private_key(assertion) {
        page.private_key_sent = true;
        return Ok(visit.page_with(StatusCode::BAD_REQUEST, &page));
    }
    if assertion.is_empty() || assertion.len() > MAX_LENGTH {
        page.frame.faults = vec![fault("assertion", "Paste the signed JWT, at most 8 KiB.")];
        return Ok(visit.page_with(StatusCode::BAD_REQUEST, &page));
    }
    let client = match &id {
        Some(id) => Some(visit.client(id).await?),
        None => None,
    };
    let keys = match &client {
        Some(client) => keys(visit, client).await,
        None => None,
    };
    let diagnosis = doctor::examine(&Case {
        assertion,
        expected: ExpectedAssertion::by(visit.operations.service, visit.operations.now),
        client_id: id.as_ref(),
        keys: keys.as_ref(),
        jwks_uri: client
            .as_ref()
            .and_then(|client| client.metadata.jwks_uri.as_ref())
            .map(|uri| uri.as_str()),
    });
    page.clock = clock(&diagnosis);
    page.rules = diagnosis.rows.into_iter().map(rule).collect();
    Ok(visit.page(&page))
}

/// The keys that are registered, or those that are at the registered address now.
async fn keys(visit: &Visit<'_, impl Reaches>, client: &Client) -> Option<KeySet> {
    if let Some(keys) = &client.metadata.jwks {
        return Some(keys.clone());
    }
    let uri = client.metadata.jwks_uri.as_ref()?;
    let read = visit.operations.keys_at(uri.as_str()).await;
    read.ok().map(|keys| KeySet::clone(&keys))
}

/// A PEM file, or a JWK with a private member.
fn is_private_key(text: &str) -> bool {
    let jwk: Option<Value> = serde_json::from_str(text).ok();
    let has_secret = |key: &Value| key.get("d").is_some() || key.get("k").is_some();
    let keys = |set: &Value| set["keys"].as_array().is_some_and(|keys| keys.iter().any(has_secret));
    text.contains("PRIVATE KEY-----") || jwk.is_some_and(|jwk| has_secret(&jwk) || keys(&jwk))
}

fn rule(row: Row) -> Rule {
    Rule {
        name: row.rule.to_owned(),
        outcome: match row.outcome {
            CheckOutcome::Pass => RuleOutcome::Holds,
            CheckOutcome::Fail => RuleOutcome::Fails,
            CheckOutcome::NotReached => RuleOutcome::NotReached,
        },
        found: row.found,
        expected: row.expected,
        says: row.says,
        remedy: row.remedy.map(str::to_owned),
    }
}

fn clock(diagnosis: &Diagnosis) -> Option<String> {
    Some(match diagnosis.clock_ahead? {
        ahead @ 1.. => format!("By iat your clock was {ahead} seconds ahead of ours."),
        0 => "By iat your clock and ours agree.".to_owned(),
        behind => format!("By iat it was made {} seconds ago.", behind.unsigned_abs()),
    })
}
