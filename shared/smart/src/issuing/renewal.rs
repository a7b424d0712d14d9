//! The refresh token grant: read, sign, and only then replace.

use smart_verify::time::UnixSeconds;

use super::mint::Giving;
use super::{Minting, Rounds, TokenDesk, TokenResponse};
use crate::audit::{Audited, AuditedResult, Event, Record, Refusal};
use crate::client::GrantType;
use crate::client_auth::AuthenticatedClient;
use crate::error::{ErrorCode, OAuthError};
use crate::grant::{Grant, RefreshProof, Renewal};
use crate::ids::RequestId;
use crate::narrowing::GrantedScopes;
use crate::parameters::Parameters;
use crate::ports::{GrantKeeper, Replace, ReplayStore, SessionReader, Signer, UserReader, World};
use crate::token::RefreshToken;

/// Gives an app that comes back another access token, and a new refresh token for the one it showed.
///
/// Tokens are signed before the grant is changed: when signing fails, the refresh token is as good as before.
///
/// Source: RFC 6749 §6; SMART App Launch 2.2, app-launch#refresh-access-token.
///
/// # Errors
/// The OAuth error to answer. Only a token that was replaced before changes the grant, by ending it.
pub async fn renew(
    parameters: &Parameters,
    client: AuthenticatedClient,
    desk: &TokenDesk<
        impl World<Store: GrantKeeper + UserReader + SessionReader + ReplayStore, Signer: Signer>,
    >,
    minting: &Minting,
    now: UnixSeconds,
) -> AuditedResult<TokenResponse> {
    client.may_use(GrantType::AuthorizationCode)?;
    let token = RefreshToken::read(parameters.required("refresh_token")?, &minting.macs)?;
    let key = token.grant().key();
    let (client, grant) = tokio::join!(client.spend(&desk.store, now), desk.store.grant(&key));
    let client = client?;
    let mut grant = grant?.ok_or_else(unknown)?;
    let proof = RefreshProof { token: &token, client_id: client.id(), idle: minting.refresh_idle };
    let by = RequestId::draw();
    for _ in Rounds::all() {
        let (next, successor) = match grant.renew(&proof, &minting.macs, &by, now) {
            Renewal::Refused(error) => return Err(error.into()),
            Renewal::Renewed(next, successor) => (Some(next), Some(successor)),
            Renewal::Repeated(successor) => (None, Some(successor)),
            Renewal::Stale(next) => (Some(next), None),
        };
        let response = match successor {
            Some(successor) => {
                let scope = narrowed(&grant, parameters)?;
                let given = Giving { grant: &grant, scope: &scope, nonce: None };
                let response = given.sign(&client, desk, now).await?;
                let record = minting.audit.of_grant(Event::TokenByRefresh, &grant).scope(scope.set());
                let response = response.with_refresh_token(Some(successor.write(&minting.macs)?));
                Some(Audited::new(response, record))
            }
            None => None,
        };
        let replaced = match next {
            Some(next) => desk.store.replace(grant.version, &next).await?,
            None => Replace::Replaced,
        };
        match (replaced, response) {
            (Replace::Replaced, Some(response)) => return Ok(response),
            (Replace::Replaced, None) => {
                return Err(stale(minting.audit.of_grant(Event::GrantRevoked, &grant)));
            }
            (Replace::Refused(Some(current)), _) => grant = *current,
            (Replace::Refused(None), _) => return Err(unknown().into()),
        }
    }
    Err(Rounds::over().into())
}

/// What this access token is to allow. It is narrowed alone: the refresh token keeps all that was granted.
fn narrowed(grant: &Grant, parameters: &Parameters) -> Result<GrantedScopes, OAuthError> {
    match parameters.get("scope")? {
        Some(asked) => grant.scope.narrowed(asked),
        None => Ok(grant.scope.clone()),
    }
}

fn unknown() -> OAuthError {
    let sentence = "the refresh token is not one that was issued to this client.";
    ErrorCode::InvalidGrant.because("refresh_token_unknown", sentence)
}

fn stale(revoked: Record) -> Refusal {
    let sentence =
        "this refresh token was replaced before; the connection was ended, the person must be asked again.";
    let reason = "refresh_token_replayed";
    Refusal::recorded(ErrorCode::InvalidGrant.because(reason, sentence), revoked.for_reason(reason))
}
