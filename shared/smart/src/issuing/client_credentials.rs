//! The client credentials grant: a backend service acts for itself.

use smart_verify::access_token;
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;

use super::mint::sign;
use super::{TokenDesk, TokenResponse};
use crate::audit::{Audited, AuditedResult, Event, Record};
use crate::client::GrantType;
use crate::client_auth::AuthenticatedClient;
use crate::error::OAuthError;
use crate::launch::Context;
use crate::narrowing::{GrantedScopes, RequestedScopes};
use crate::parameters::Parameters;
use crate::ports::{ReplayStore, Signer, SystemAccountReader, World};
use crate::token::{Bearer, claims};
use crate::user::{SystemAccount, backend_ceiling};

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
pub async fn issue(
    parameters: &Parameters,
    client: AuthenticatedClient,
    desk: &TokenDesk<impl World<Store: ReplayStore + SystemAccountReader, Signer: Signer>>,
    now: UnixSeconds,
) -> AuditedResult<TokenResponse> {
    client.may_use(GrantType::ClientCredentials)?;
    let account = account(&client, &desk.store, now).await?;
    let ceiling = account.as_ref().map_or_else(backend_ceiling, SystemAccount::ceiling);
    let scope = scopes(parameters, &client, &ceiling)?;
    let client_id = client.id().as_str();
    let subject = account.as_ref().map_or(client_id, SystemAccount::subject);
    let bearer = Bearer { subject, client_id, scope: &scope };
    let mut claims = claims(desk.service.tokens(), bearer, access_token::BACKEND_LIFETIME, now);
    claims.fhir_user =
        account.as_ref().and_then(|account| account.fhir_user_url(desk.service.fhir_base_url()));
    let signed = sign(&desk.signer, access_token::TYPE, &claims, now);
    let record = Record::of(Event::TokenByBackend).client(client.id()).scope(scope.set());
    let (client, signed) = tokio::join!(client.spend(&desk.store, now), signed);
    let response = TokenResponse::new(&client?, &claims, signed?, None, Context::default());
    Ok(Audited::new(response, record))
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
    parameters: &Parameters,
    client: &AuthenticatedClient,
    ceiling: &ScopeSet,
) -> Result<GrantedScopes, OAuthError> {
    let registered = &client.client().metadata.scope;
    let asked = match parameters.get("scope")? {
        Some(text) => RequestedScopes::parse(text)?,
        None => RequestedScopes::all_registered(registered),
    };
    asked.narrow_to(registered, ceiling).or_refuse().map(|narrowed| narrowed.granted)
}
