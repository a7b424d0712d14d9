//! `/userinfo`: who the person is, for an app that was given `openid`.

use std::sync::Arc;

use http::{HeaderValue, Method, StatusCode, header};
use serde::Serialize;
use smart::audit::{Audited, Event, Record};
use smart::client::{Client, ClientId};
use smart::error::{ErrorCode, OAuthError};
use smart::grant::{GrantKey, Stage};
use smart::http::{Request, Response, bearer, respond};
use smart::ports::{ClientReader, GrantKeeper, PublicKeys};
use smart_verify::access_token::{self, AccessToken};
use smart_verify::time::UnixSeconds;

use crate::Ports;

/// What is said of a person: who they are here, and the resource that stands for them.
///
/// Source: OpenID Connect Core 1.0 §5.3.2.
#[derive(Serialize)]
struct UserInfo {
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none", rename = "fhirUser")]
    fhir_user: Option<String>,
    #[serde(skip)]
    record: Record,
}

impl Audited for UserInfo {
    fn record(&self) -> Option<&Record> {
        Some(&self.record)
    }
}

/// `GET` or `POST /userinfo` with an access token in the Authorization header.
///
/// Source: OpenID Connect Core 1.0 §5.3.
pub(crate) async fn handle<S, K, J>(request: &Request, ports: &Ports<S, K, J>, now: UnixSeconds) -> Response
where
    S: ClientReader + GrantKeeper,
    K: PublicKeys,
{
    if ![Method::GET, Method::POST].contains(request.method()) {
        return respond::method_not_allowed("GET, POST, OPTIONS");
    }
    let mut named = None;
    let answer = about(request, ports, &mut named, now).await;
    let mut response = respond::to_client(request, &ports.desk.service, named.as_deref(), &answer);
    if let Err(error) = &answer
        && let Some(challenge) = challenge(error)
    {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// Source: RFC 6750 §3.
fn challenge(error: &OAuthError) -> Option<HeaderValue> {
    let (code, status) = error.code().wire();
    match status {
        StatusCode::UNAUTHORIZED if error.reason() == "token_missing" => {
            Some(HeaderValue::from_static("Bearer"))
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            HeaderValue::from_str(&format!("Bearer error=\"{code}\"")).ok()
        }
        _ => None,
    }
}

async fn about<S, K, J>(
    request: &Request,
    Ports { desk, minting }: &Ports<S, K, J>,
    named: &mut Option<Arc<Client>>,
    now: UnixSeconds,
) -> Result<UserInfo, OAuthError>
where
    S: ClientReader + GrantKeeper,
    K: PublicKeys,
{
    let refused = || {
        let sentence = "the access token is not one of ours, not a person's, or has ended.";
        ErrorCode::InvalidToken.because("token_refused", sentence)
    };
    let shown = bearer(request.headers()).ok_or_else(|| {
        let sentence = "send an access token in the Authorization header.";
        ErrorCode::InvalidToken.because("token_missing", sentence)
    })?;
    let keys = desk.signer.published(now);
    let token = access_token::verify(shown.ok_or_else(refused)?, &keys, desk.service.tokens(), now)
        .map_err(|cause| refused().logging(cause))?;
    let key = GrantKey(token.grant.clone().ok_or_else(refused)?);
    let id: ClientId = token.client_id.parse().map_err(|_| refused())?;
    let (client, grant) = tokio::try_join!(desk.store.client(&id, now), desk.store.grant(&key))?;
    named.clone_from(&client);
    let lives = grant.is_some_and(|grant| grant.stage == Stage::Redeemed);
    if !lives || client.is_none_or(|client| client.disabled) {
        return Err(refused());
    }
    let record = Record::of(Event::PersonTold).client(&id).grant(&key);
    let person = minting.audit.person(&token.subject);
    of_person(token, record.person(person))
}

fn of_person(token: AccessToken, record: Record) -> Result<UserInfo, OAuthError> {
    if !token.scope.wants_id_token() {
        let sentence = "the access token lacks the scope openid.";
        return Err(ErrorCode::InsufficientScope.because("scope_missing", sentence));
    }
    let fhir_user = token.fhir_user.filter(|_| token.scope.wants_fhir_user());
    Ok(UserInfo { sub: token.subject, fhir_user, record })
}
