//! `/token`: a code, a refresh token or a client's own proof becomes an access token.

use std::sync::Arc;

use smart::client::Client;
use smart::error::OAuthError;
use smart::grant::{TokenGrant, authorization_code, client_credentials, refresh_token};
use smart::http::{Request, Response};
use smart::ports::{JwksSource, Signer};
use smart::token::{RefreshToken, TokenResponse};
use smart_verify::time::UnixSeconds;

use crate::{Ports, Store};

/// `POST /token`: answers with a token or with one OAuth error, and neither may be cached.
///
/// Source: RFC 6749 §5; SMART App Launch 2.2, app-launch#obtain-access-token.
pub(crate) async fn handle<S: Store, K: Signer, J: JwksSource>(
    request: &Request,
    ports: &Ports<S, K, J>,
    now: UnixSeconds,
) -> Response {
    let mut named = None;
    let answer = issue(request, ports, &mut named, now).await;
    ports.desk.answer(request, named.as_deref(), &answer, now).await
}

async fn issue<S: Store, K: Signer, J: JwksSource>(
    request: &Request,
    Ports { desk, minting }: &Ports<S, K, J>,
    named: &mut Option<Arc<Client>>,
    now: UnixSeconds,
) -> Result<TokenResponse, OAuthError> {
    let (form, grant) = TokenGrant::read(request)?;
    // A public client need not name itself when it comes back: its refresh token does.
    let shown = match grant {
        TokenGrant::RefreshToken => form.get("refresh_token")?,
        _ => None,
    };
    let shown = shown.and_then(|text| RefreshToken::read(text, &minting.macs).ok());
    let otherwise = shown.as_ref().map(RefreshToken::client_id);
    let client = desk.authenticate(&form, request.headers(), otherwise, named, now).await?;
    match grant {
        TokenGrant::AuthorizationCode => authorization_code::redeem(&form, client, desk, minting, now).await,
        TokenGrant::RefreshToken => refresh_token::renew(&form, client, desk, minting, now).await,
        TokenGrant::ClientCredentials => client_credentials::issue(&form, client, desk, now).await,
    }
}
