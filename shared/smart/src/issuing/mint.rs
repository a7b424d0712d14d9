//! What a grant gives: tokens, signed while everybody it depends on is looked up.

use serde::Serialize;
use smart_verify::access_token::{self, AccessToken};
use smart_verify::time::UnixSeconds;
use smart_verify::{base64url, jws};

use super::{TokenDesk, TokenResponse};
use crate::client::TEST_TOKEN_TOOL;
use crate::client_auth::ProvenClient;
use crate::error::{ErrorCode, OAuthError, Unreachable};
use crate::grant::Grant;
use crate::narrowing::GrantedScopes;
use crate::ports::{SessionReader, Signer, UserReader, World};
use crate::service::Service;
use crate::signing_keys::SigningAlgorithm;
use crate::token::id_token::{self, IdToken, Person};
use crate::token::{Bearer, claims};

/// Signs claims by the key whose turn it is.
///
/// # Errors
/// When no key signs at this moment, or its keeper cannot be reached. Nothing has happened then.
pub async fn sign(
    signer: &impl Signer,
    typ: &str,
    claims: &(impl Serialize + Sync),
    now: UnixSeconds,
) -> Result<String, OAuthError> {
    let none = || Unreachable::new("signing keys", "no key of the schedule signs at this moment");
    let key = signer.keys().signing(SigningAlgorithm::RS256, now).ok_or_else(none)?;
    let mut token = jws::signing_input(typ, key.schedule().algorithm.name(), key.kid(), claims);
    let signature = signer.sign(key.kid(), &token).await?;
    token.push('.');
    token.push_str(&base64url::encode(&signature));
    Ok(token)
}

/// What is to be given of a grant.
#[derive(Debug)]
pub(super) struct Giving<'a> {
    /// The grant.
    pub(super) grant: &'a Grant,
    /// What this access token allows: all of the grant, or less.
    pub(super) scope: &'a GrantedScopes,
    /// What the id_token must echo: only the first one does.
    pub(super) nonce: Option<&'a str>,
}

impl Giving<'_> {
    /// Signs what is given, while its person and, if it hangs on one, their session are looked up: somebody who is gone
    /// or disabled gets nothing, nor does an app whose person has signed out.
    ///
    /// # Errors
    /// `invalid_grant`, or `temporarily_unavailable`. Nothing has changed then.
    pub(super) async fn sign(
        &self,
        client: &ProvenClient,
        desk: &TokenDesk<impl World<Store: UserReader + SessionReader, Signer: Signer>>,
        now: UnixSeconds,
    ) -> Result<TokenResponse, OAuthError> {
        let access_token = self.access_token(&desk.service, now);
        let id_token = self.scope.set().wants_id_token().then(|| self.id_token(&desk.service, now));
        let signed_id_token = async {
            match &id_token {
                Some(claims) => sign(&desk.signer, id_token::TYPE, claims, now).await.map(Some),
                None => Ok(None),
            }
        };
        let signed_access_token = sign(&desk.signer, access_token::TYPE, &access_token, now);
        let allowed = self.is_still_allowed(&desk.store, now);
        let ((), signed, id_token) = tokio::try_join!(allowed, signed_access_token, signed_id_token)?;
        Ok(TokenResponse::new(client, &access_token, signed, id_token, self.grant.context.launch.clone()))
    }

    async fn is_still_allowed(
        &self,
        store: &(impl UserReader + SessionReader),
        now: UnixSeconds,
    ) -> Result<(), OAuthError> {
        let grant = self.grant;
        let needed_session = async {
            match grant.needed_session() {
                Some(id) => store.session(id).await,
                None => Ok(None),
            }
        };
        let (user, session) = tokio::try_join!(store.user(&grant.person.user_name), needed_session)?;
        let gone = "the person who allowed this may not act any more.";
        let user = user
            .filter(|user| user.is_still(&grant.person.subject))
            .ok_or_else(|| ErrorCode::InvalidGrant.because("user_gone", gone))?;
        grant.check_session(session.as_ref(), &user, now)
    }

    /// An access token lives no longer than what it comes from.
    fn access_token(&self, service: &Service, now: UnixSeconds) -> AccessToken {
        let grant = self.grant;
        let left = grant.stage.lasting().map(|lasting| lasting.until().since(now));
        let client_id = grant.client_id.as_str();
        let is_a_test = client_id == TEST_TOKEN_TOOL;
        let most = if is_a_test { access_token::TEST_LIFETIME } else { access_token::APP_LIFETIME };
        let lifetime = left.map_or(most, |left| left.min(most));
        let bearer = Bearer { subject: &grant.person.subject, client_id, scope: self.scope };
        let bare = claims(service.tokens(), bearer, lifetime, now);
        AccessToken {
            patient: grant.context.patient.clone(),
            encounter: grant.context.encounter.clone(),
            fhir_user: grant.person.fhir_user.clone(),
            grant: Some(grant.key.0.clone()),
            ..bare
        }
    }

    fn id_token<'a>(&'a self, service: &'a Service, now: UnixSeconds) -> IdToken<'a> {
        let grant = self.grant;
        let scope = self.scope.set();
        let person = Person {
            subject: &grant.person.subject,
            auth_time: grant.person.auth_time,
            fhir_user: grant.person.fhir_user.as_deref().filter(|_| scope.wants_fhir_user()),
        };
        IdToken::new(service.issuer(), grant.client_id.as_str(), person, self.nonce, now)
    }
}
