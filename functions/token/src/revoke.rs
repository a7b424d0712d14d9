//! `/revoke`: an app gives back what it was given.

use std::sync::Arc;

use smart::client::Client;
use smart::error::OAuthError;
use smart::grant::revocation::{self, Revocation};
use smart::http::{Form, Request, Response, respond};
use smart::ports::{JwksSource, Signer};
use smart::token::RefreshToken;
use smart_verify::time::UnixSeconds;

use crate::{ABOUT_A_TOKEN, Ports, Store};

/// `POST /revoke`: 200 with nothing in it, also for what was no token or is over already.
///
/// Source: RFC 7009 §2.
pub(crate) async fn handle<S: Store, K: Signer, J: JwksSource>(
    request: &Request,
    ports: &Ports<S, K, J>,
    now: UnixSeconds,
) -> Response {
    let mut named = None;
    let answer = revoke(request, ports, &mut named, now).await;
    let mut response = ports.desk.answer(request, named.as_deref(), &answer, now).await;
    if answer.is_ok() {
        response = respond::emptied(response);
    }
    response
}

async fn revoke<S: Store, K: Signer, J: JwksSource>(
    request: &Request,
    Ports { desk, minting }: &Ports<S, K, J>,
    named: &mut Option<Arc<Client>>,
    now: UnixSeconds,
) -> Result<Revocation, OAuthError> {
    let form = Form::parse(request)?;
    form.each_once(&ABOUT_A_TOKEN)?;
    let shown = form.get("token")?.and_then(|text| RefreshToken::read(text, &minting.macs).ok());
    let otherwise = shown.as_ref().map(RefreshToken::client_id);
    let client = desk.authenticate(&form, request.headers(), otherwise, named, now).await?;
    revocation::revoke(&form, client, desk, minting, now).await
}
