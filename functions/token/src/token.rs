//! `/token`: a code, a refresh token or a client's own proof becomes an access token.

use smart::audit::{AuditedResult, about};
use smart::issuing::{TokenGrant, TokenResponse, client_credentials, exchange, renewal};
use smart::token::RefreshToken;
use web::authorization_header::credentials;
use web::{Response, body};

use crate::{Reaches, Visit};

/// `POST /token`: answers with a token or with one OAuth error, and neither may be cached.
///
/// Source: RFC 6749 §5; SMART App Launch 2.2, app-launch#obtain-access-token.
pub(crate) async fn handle(visit: &Visit<'_, impl Reaches>) -> Response {
    visit.answer(&issue(visit).await).await
}

async fn issue(visit: &Visit<'_, impl Reaches>) -> AuditedResult<TokenResponse> {
    let Visit { request, desk, minting, now } = *visit;
    let parameters = body::parameters(request)?;
    let grant = TokenGrant::asked(&parameters)?;
    // A public client need not name itself when it comes back: its refresh token does.
    let shown = match grant {
        TokenGrant::RefreshToken => parameters.get("refresh_token")?,
        _ => None,
    };
    let shown = shown.and_then(|text| RefreshToken::read(text, &minting.macs).ok());
    let otherwise = shown.as_ref().map(RefreshToken::client_id);
    let client = desk.authenticate(&parameters, credentials(request.headers()), otherwise, now).await?;
    let named = client.named();
    let answer = match grant {
        TokenGrant::AuthorizationCode => exchange::redeem(&parameters, client, desk, minting, now).await,
        TokenGrant::RefreshToken => renewal::renew(&parameters, client, desk, minting, now).await,
        TokenGrant::ClientCredentials => client_credentials::issue(&parameters, client, desk, now).await,
    };
    about(Some(named), answer)
}
