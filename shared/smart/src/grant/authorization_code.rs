//! The authorization code grant: read, sign, and only then replace.

use super::{CodeProof, Grant, Redemption, RequestId, TokenDesk};
use crate::authorization::{AuthorizationCode, CodeVerifier};
use crate::client::GrantType;
use crate::client_auth::{AuthenticatedClient, ProvenClient};
use crate::discovery::Service;
use crate::error::{ErrorCode, OAuthError};
use crate::http::Form;
use crate::mac::TokenMacs;
use crate::ports::{GrantKeeper, Replace, ReplayStore, Signer, UserReader};
use crate::time::UnixSeconds;
use crate::token::id_token::{self, IdToken};
use crate::token::{self, AccessToken, TokenResponse, access_token};

/// How often a race that was lost is decided again before the caller is asked to come back.
const ROUNDS: usize = 3;

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
    macs: &TokenMacs,
    now: UnixSeconds,
) -> Result<TokenResponse, OAuthError>
where
    S: GrantKeeper + UserReader + ReplayStore,
    K: Signer,
{
    client.may_use(GrantType::AuthorizationCode)?;
    let redirect_uri = form.required("redirect_uri")?;
    let verifier: CodeVerifier = form.required("code_verifier")?.parse()?;
    let code = AuthorizationCode::read(form.required("code")?, macs)?;
    let key = code.grant().key();
    let (client, grant) = tokio::join!(client.spend(&desk.store, now), desk.store.grant(&key));
    let client = client?;
    let unknown = || {
        ErrorCode::InvalidGrant.because("code_unknown", "the code is not one that was issued to this client.")
    };
    let mut grant = grant?.ok_or_else(unknown)?;
    let proof = CodeProof { code: &code, client_id: client.id(), redirect_uri, verifier: &verifier };
    let by = RequestId::draw();
    for _ in 0..ROUNDS {
        let (next, tokens) = match grant.redeem(&proof, &by, now) {
            Redemption::Refused(error) => return Err(error),
            Redemption::Redeemed(next) => {
                let tokens = sign(&next, &client, desk, now).await?;
                (next, Some(tokens))
            }
            Redemption::Replayed(next) => (next, None),
        };
        match (desk.store.replace(grant.version, &next).await?, tokens) {
            (Replace::Replaced, Some(tokens)) => return Ok(tokens),
            (Replace::Replaced, None) => return Err(replayed()),
            (Replace::Refused(Some(current)), _) => grant = *current,
            (Replace::Refused(None), _) => return Err(unknown()),
        }
    }
    Err(ErrorCode::TemporarilyUnavailable
        .because("grant_contended", "many requests use this code at once; try again."))
}

fn replayed() -> OAuthError {
    let sentence = "the code was already used; what was issued for it has been ended.";
    ErrorCode::InvalidGrant.because("code_replayed", sentence)
}

/// Signs what the grant gives, while its person is looked up: somebody who is gone or disabled gets nothing.
async fn sign<S: UserReader, K: Signer, J>(
    grant: &Grant,
    client: &ProvenClient,
    desk: &TokenDesk<S, K, J>,
    now: UnixSeconds,
) -> Result<TokenResponse, OAuthError> {
    let access_token = access_token_of(grant, &desk.service, now);
    let id_token = grant.scope.set().wants_id_token().then(|| IdToken::of(grant, &desk.service, now));
    let signed_id_token = async {
        match &id_token {
            Some(claims) => token::sign(&desk.signer, id_token::TYPE, claims, now).await.map(Some),
            None => Ok(None),
        }
    };
    let user = async { desk.store.user(&grant.user_name).await.map_err(OAuthError::from) };
    let signed_access_token = token::sign(&desk.signer, access_token::TYPE, &access_token, now);
    let (user, signed, id_token) = tokio::try_join!(user, signed_access_token, signed_id_token)?;
    if !user.is_some_and(|user| user.is_still(&grant.subject)) {
        return Err(
            ErrorCode::InvalidGrant.because("user_gone", "the person who allowed this may not act any more.")
        );
    }
    Ok(TokenResponse::new(client, &access_token, signed, id_token, grant.context.clone()))
}

fn access_token_of(grant: &Grant, service: &Service, now: UnixSeconds) -> AccessToken {
    let client_id = grant.client_id.as_str();
    let lifetime = access_token::APP_LIFETIME;
    let bare = AccessToken::new(service.tokens(), &grant.subject, client_id, &grant.scope, now, lifetime);
    AccessToken {
        patient: grant.patient.clone(),
        encounter: grant.encounter.clone(),
        fhir_user: grant.fhir_user.clone(),
        grant: Some(grant.key.0.clone()),
        ..bare
    }
}
