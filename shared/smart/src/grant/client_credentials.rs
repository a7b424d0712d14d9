//! The client credentials grant: a backend service acts for itself.

use smart_verify::access_token::{self};
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;

use super::TokenDesk;
use crate::audit::{Event, Record};
use crate::client::GrantType;
use crate::client_auth::AuthenticatedClient;
use crate::error::OAuthError;
use crate::http::Form;
use crate::launch::Context;
use crate::narrowing::{GrantedScopes, RequestedScopes};
use crate::ports::{ReplayStore, Signer, SystemAccountReader};
use crate::system_account::SystemAccount;
use crate::token::{self, TokenResponse};
use crate::user::backend_ceiling;

/// Gives a backend service a short token.
///
/// Where an admin has given it a system account, the token says so and stays within what that account may have.
///
/// Its assertion is spent while the token is signed, and the token is released only if the assertion was new.
///
/// Source: SMART App Launch 2.2, backend-services#obtain-access-token; RFC 6749 §4.4.
///
/// # Errors
/// The OAuth error to answer.
pub async fn issue<S: ReplayStore + SystemAccountReader, K: Signer, J>(
    form: &Form,
    client: AuthenticatedClient,
    desk: &TokenDesk<S, K, J>,
    now: UnixSeconds,
) -> Result<TokenResponse, OAuthError> {
    client.may_use(GrantType::ClientCredentials)?;
    let account = account(&client, &desk.store, now).await?;
    let ceiling = account.as_ref().map_or_else(backend_ceiling, SystemAccount::ceiling);
    let scope = scopes(form, &client, &ceiling)?;
    let client_id = client.id().as_str();
    let subject = account.as_ref().map_or(client_id, SystemAccount::subject);
    let lifetime = access_token::BACKEND_LIFETIME;
    let mut claims = token::claims(desk.service.tokens(), subject, client_id, &scope, now, lifetime);
    claims.fhir_user =
        account.as_ref().and_then(|account| account.fhir_user_url(desk.service.fhir_base_url()));
    let signed = token::sign(&desk.signer, access_token::TYPE, &claims, now);
    let record = Record::of(Event::TokenByBackend).client(client.id()).scope(scope.set());
    let (client, signed) = tokio::join!(client.spend(&desk.store, now), signed);
    Ok(TokenResponse::new(&client?, &claims, signed?, None, Context::default()).recording(record))
}

/// The system account of a client, if it has one.
async fn account(
    client: &AuthenticatedClient,
    store: &impl SystemAccountReader,
    now: UnixSeconds,
) -> Result<Option<SystemAccount>, OAuthError> {
    match &client.client().metadata.system_account {
        None => Ok(None),
        Some(name) => SystemAccount::of(store.system_account(name, now).await?).map(Some),
    }
}

/// What was asked, or else all that the client is registered for, as far as its ceiling goes.
fn scopes(
    form: &Form,
    client: &AuthenticatedClient,
    ceiling: &ScopeSet,
) -> Result<GrantedScopes, OAuthError> {
    let registered = &client.client().metadata.scope;
    let asked = match form.get("scope")? {
        Some(text) => RequestedScopes::parse(text)?,
        None => RequestedScopes::all_registered(registered),
    };
    asked.narrow_to(registered, ceiling).or_refuse().map(|narrowed| narrowed.granted)
}
