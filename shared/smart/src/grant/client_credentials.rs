//! The client credentials grant: a backend service acts for itself.

use super::TokenDesk;
use crate::audit::{Event, Record};
use crate::client::GrantType;
use crate::client_auth::AuthenticatedClient;
use crate::error::OAuthError;
use crate::http::Form;
use crate::launch::Context;
use crate::ports::{ReplayStore, Signer};
use crate::scope::{GrantedScopes, RequestedScopes};
use crate::time::UnixSeconds;
use crate::token::{self, AccessToken, TokenResponse, access_token};
use crate::user::backend_ceiling;

/// Gives a backend service a short token.
///
/// Its assertion is spent while the token is signed, and the token is released only if the assertion was new.
///
/// Source: SMART App Launch 2.2, backend-services#obtain-access-token; RFC 6749 §4.4.
///
/// # Errors
/// The OAuth error to answer.
pub async fn issue<S: ReplayStore, K: Signer, J>(
    form: &Form,
    client: AuthenticatedClient,
    desk: &TokenDesk<S, K, J>,
    now: UnixSeconds,
) -> Result<TokenResponse, OAuthError> {
    client.may_use(GrantType::ClientCredentials)?;
    let scope = scopes(form, &client)?;
    let client_id = client.id().as_str();
    let lifetime = access_token::BACKEND_LIFETIME;
    let claims = AccessToken::new(desk.service.tokens(), client_id, client_id, &scope, now, lifetime);
    let signed = token::sign(&desk.signer, access_token::TYPE, &claims, now);
    let record = Record::of(Event::TokenByBackend).client(client.id()).scope(scope.set());
    let (client, signed) = tokio::join!(client.spend(&desk.store, now), signed);
    Ok(TokenResponse::new(&client?, &claims, signed?, None, Context::default()).recording(record))
}

/// What was asked, or else all that the client is registered for.
fn scopes(form: &Form, client: &AuthenticatedClient) -> Result<GrantedScopes, OAuthError> {
    let registered = &client.client().metadata.scope;
    let asked = match form.get("scope")? {
        Some(text) => RequestedScopes::parse(text)?,
        None => RequestedScopes::all_registered(registered),
    };
    asked.narrow_to(registered, &backend_ceiling()).or_refuse().map(|narrowed| narrowed.granted)
}
