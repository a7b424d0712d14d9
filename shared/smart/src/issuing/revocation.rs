//! Revocation: an app gives back what it was given.

use smart_verify::time::UnixSeconds;

use super::{Minting, Rounds, TokenDesk};
use crate::audit::{AuditHasher, Audited, AuditedResult, Event, Record};
use crate::client::ClientId;
use crate::client_auth::AuthenticatedClient;
use crate::error::{ErrorCode, OAuthError};
use crate::ids::RequestId;
use crate::parameters::Parameters;
use crate::ports::{GrantKeeper, PublicKeys, Replace, ReplayStore, Tombstones, World};
use crate::token::IssuedToken;

/// Ends all that comes from the grant of a token: its code, its refresh tokens, and its access tokens wherever somebody
/// asks. A backend service's token ends alone. What is no token of ours, or has ended, needs no ending.
///
/// Source: RFC 7009 §2.1 and §2.2.
///
/// # Errors
/// `invalid_grant` for the token of another client, which lives on; `temporarily_unavailable` when it may live on.
pub async fn revoke(
    parameters: &Parameters,
    client: AuthenticatedClient,
    desk: &TokenDesk<impl World<Store: GrantKeeper + Tombstones + ReplayStore, Signer: PublicKeys>>,
    minting: &Minting,
    now: UnixSeconds,
) -> AuditedResult<()> {
    let keys = desk.signer.published(now);
    let text = parameters.required("token")?;
    let token = IssuedToken::recognise(text, &keys, desk.service.tokens(), &minting.macs, now);
    if token.as_ref().is_some_and(|token| token.client_id() != client.id().as_str()) {
        let sentence = "the token was issued to another client, and was not revoked.";
        return Err(ErrorCode::InvalidGrant.because("token_of_another_client", sentence).into());
    }
    let by = client.id().clone();
    let spent = client.spend(&desk.store, now);
    let ended = async {
        match &token {
            Some(token) => end(token, &by, &desk.store, &minting.audit, now).await,
            None => Ok(None),
        }
    };
    let (spent, ended) = tokio::join!(spent, ended);
    spent.and(ended).map(|record| Audited::new((), record)).map_err(Into::into)
}

async fn end(
    token: &IssuedToken,
    client_id: &ClientId,
    store: &(impl GrantKeeper + Tombstones),
    audit: &AuditHasher,
    now: UnixSeconds,
) -> Result<Option<Record>, OAuthError> {
    let key = match (token, token.grant()) {
        (_, Some(key)) => key,
        (IssuedToken::Access(token), None) => {
            store.bury(&token.jti, token.expires_at).await?;
            return Ok(Some(Record::of(Event::TokenRevoked).client(client_id)));
        }
        (IssuedToken::Refresh(_), None) => return Ok(None),
    };
    let by = RequestId::draw();
    let mut grant = store.grant(&key).await?;
    for _ in Rounds::all() {
        let Some((version, next)) =
            grant.as_ref().and_then(|grant| Some((grant.version, grant.withdraw(&by, now)?)))
        else {
            return Ok(None);
        };
        match store.replace(version, &next).await? {
            Replace::Replaced => {
                return Ok(Some(audit.of_grant(Event::GrantRevoked, &next).for_reason("by_client")));
            }
            Replace::Refused(current) => grant = current.map(|current| *current),
        }
    }
    Err(Rounds::over())
}
