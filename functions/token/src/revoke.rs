//! `/revoke`: an app gives back what it was given.

use smart::audit::{AuditedResult, about};
use smart::issuing::revocation;
use smart::token::RefreshToken;
use web::authorization_header::credentials;
use web::{Response, body, respond};

use crate::{ABOUT_A_TOKEN, Reaches, Visit};

/// `POST /revoke`: 200 with nothing in it, also for what was no token or is over already.
///
/// Source: RFC 7009 §2.
pub(crate) async fn handle(visit: &Visit<'_, impl Reaches>) -> Response {
    let answer = revoke(visit).await;
    let response = visit.answer(&answer).await;
    if answer.is_ok() { respond::emptied(response) } else { response }
}

async fn revoke(visit: &Visit<'_, impl Reaches>) -> AuditedResult<()> {
    let Visit { request, desk, minting, now } = *visit;
    let parameters = body::parameters(request)?;
    parameters.each_once(&ABOUT_A_TOKEN)?;
    let shown = parameters.get("token")?.and_then(|text| RefreshToken::read(text, &minting.macs).ok());
    let otherwise = shown.as_ref().map(RefreshToken::client_id);
    let client = desk.authenticate(&parameters, credentials(request.headers()), otherwise, now).await?;
    let named = client.named();
    about(Some(named), revocation::revoke(&parameters, client, desk, minting, now).await)
}
