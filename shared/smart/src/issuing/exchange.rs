//! The authorization code grant: read, sign, and only then replace.

use smart_verify::time::UnixSeconds;

use super::mint::Giving;
use super::{Minting, Rounds, TokenDesk, TokenResponse};
use crate::audit::{Audited, AuditedResult, Event, Record, Refusal};
use crate::client::GrantType;
use crate::client_auth::AuthenticatedClient;
use crate::error::ErrorCode;
use crate::grant::{CodeProof, Redemption};
use crate::ids::RequestId;
use crate::parameters::Parameters;
use crate::pkce::CodeVerifier;
use crate::ports::{GrantKeeper, Replace, ReplayStore, SessionReader, Signer, UserReader, World};
use crate::token::AuthorizationCode;

/// Exchanges a code for tokens.
///
/// Tokens are signed before the grant is changed: when signing fails, the code is as good as before. A token that was
/// signed and lost the race is never released.
///
/// Source: RFC 6749 §4.1.3; RFC 7636 §4.5; SMART App Launch 2.2, app-launch#obtain-access-token.
///
/// # Errors
/// The OAuth error to answer. Only a replay with every proof right changes the grant.
pub async fn redeem(
    parameters: &Parameters,
    client: AuthenticatedClient,
    desk: &TokenDesk<
        impl World<Store: GrantKeeper + UserReader + SessionReader + ReplayStore, Signer: Signer>,
    >,
    minting: &Minting,
    now: UnixSeconds,
) -> AuditedResult<TokenResponse> {
    client.may_use(GrantType::AuthorizationCode)?;
    let redirect_uri = parameters.required("redirect_uri")?;
    // Every authorization request has a code_challenge, so a request without a verifier is refused before any read.
    let verifier: CodeVerifier = parameters.required(CodeVerifier::PARAMETER)?.parse()?;
    let code = AuthorizationCode::read(parameters.required("code")?, &minting.macs)?;
    let key = code.grant().key();
    let (client, grant) = tokio::join!(client.spend(&desk.store, now), desk.store.grant(&key));
    let client = client?;
    let unknown = || {
        ErrorCode::InvalidGrant.because("code_unknown", "the code is not one that was issued to this client.")
    };
    let mut grant = grant?.ok_or_else(unknown)?;
    let idle = minting.refresh_idle;
    let verifier = Some(&verifier);
    let proof = CodeProof { code: &code, client_id: client.id(), redirect_uri, verifier, idle };
    let by = RequestId::draw();
    for _ in Rounds::all() {
        let (next, response) = match grant.redeem(&proof, &minting.macs, &by, now) {
            Redemption::Refused(error) => return Err(error.into()),
            Redemption::Redeemed(next, first) => {
                let given = Giving { grant: &next, scope: &next.scope, nonce: next.code.nonce.as_deref() };
                let response = given.sign(&client, desk, now).await?;
                let first = first.map(|first| first.write(&minting.macs)).transpose()?;
                (next, Some(response.with_refresh_token(first)))
            }
            Redemption::Replayed(next) => (next, None),
        };
        match (desk.store.replace(grant.version, &next).await?, response) {
            (Replace::Replaced, Some(response)) => {
                return Ok(Audited::new(response, minting.audit.of_grant(Event::TokenByCode, &next)));
            }
            (Replace::Replaced, None) => {
                return Err(replayed(minting.audit.of_grant(Event::GrantRevoked, &next)));
            }
            (Replace::Refused(Some(current)), _) => grant = *current,
            (Replace::Refused(None), _) => return Err(unknown().into()),
        }
    }
    Err(Rounds::over().into())
}

fn replayed(revoked: Record) -> Refusal {
    let sentence = "the code was already used; what was issued for it has been ended.";
    let reason = "code_replayed";
    Refusal::recorded(ErrorCode::InvalidGrant.because(reason, sentence), revoked.for_reason(reason))
}
