//! The authorization code grant: read, sign, and only then replace.

use smart_verify::time::UnixSeconds;

use super::giving::Giving;
use super::{CodeProof, Minting, Redemption, RequestId, Rounds, TokenDesk};
use crate::audit::{Event, Record};
use crate::authorization::{AuthorizationCode, CodeVerifier};
use crate::client::GrantType;
use crate::client_auth::AuthenticatedClient;
use crate::error::{ErrorCode, OAuthError};
use crate::http::Form;
use crate::ports::{GrantKeeper, Replace, ReplayStore, SessionReader, Signer, UserReader};
use crate::token::TokenResponse;

/// Exchanges a code for tokens.
///
/// Tokens are signed before the grant is changed: when signing fails, the code is as good as before. A token that was
/// signed and lost the race is never released.
///
/// Source: RFC 6749 §4.1.3; RFC 7636 §4.5; SMART App Launch 2.2, app-launch#obtain-access-token.
///
/// # Errors
/// The OAuth error to answer. Only a replay with every proof right changes the grant.
pub async fn redeem<S, K, J>(
    form: &Form,
    client: AuthenticatedClient,
    desk: &TokenDesk<S, K, J>,
    minting: &Minting,
    now: UnixSeconds,
) -> Result<TokenResponse, OAuthError>
where
    S: GrantKeeper + UserReader + SessionReader + ReplayStore,
    K: Signer,
{
    client.may_use(GrantType::AuthorizationCode)?;
    let redirect_uri = form.required("redirect_uri")?;
    let verifier: CodeVerifier = form.required("code_verifier")?.parse()?;
    let code = AuthorizationCode::read(form.required("code")?, &minting.macs)?;
    let key = code.grant().key();
    let (client, grant) = tokio::join!(client.spend(&desk.store, now), desk.store.grant(&key));
    let client = client?;
    let unknown = || {
        ErrorCode::InvalidGrant.because("code_unknown", "the code is not one that was issued to this client.")
    };
    let mut grant = grant?.ok_or_else(unknown)?;
    let idle = minting.refresh_idle;
    let proof = CodeProof { code: &code, client_id: client.id(), redirect_uri, verifier: &verifier, idle };
    let by = RequestId::draw();
    for _ in Rounds::all() {
        let (next, response) = match grant.redeem(&proof, &minting.macs, &by, now) {
            Redemption::Refused(error) => return Err(error),
            Redemption::Redeemed(next, first) => {
                let given = Giving { grant: &next, scope: &next.scope, nonce: next.nonce.as_deref() };
                let response = given.sign(&client, desk, now).await?;
                let first = first.map(|first| first.write(&minting.macs)).transpose()?;
                (next, Some(response.with_refresh_token(first)))
            }
            Redemption::Replayed(next) => (next, None),
        };
        match (desk.store.replace(grant.version, &next).await?, response) {
            (Replace::Replaced, Some(response)) => {
                return Ok(response.recording(minting.audit.of_grant(Event::TokenByCode, &next)));
            }
            (Replace::Replaced, None) => {
                return Err(replayed(minting.audit.of_grant(Event::GrantRevoked, &next)));
            }
            (Replace::Refused(Some(current)), _) => grant = *current,
            (Replace::Refused(None), _) => return Err(unknown()),
        }
    }
    Err(Rounds::over())
}

fn replayed(revoked: Record) -> OAuthError {
    let sentence = "the code was already used; what was issued for it has been ended.";
    let reason = "code_replayed";
    ErrorCode::InvalidGrant.because(reason, sentence).recording(revoked.for_reason(reason))
}
