//! `/userinfo`: who the person is, for an app that was given `openid`.

use http::{HeaderValue, Method, StatusCode, header};
use serde::Serialize;
use smart::audit::{Audited, AuditedResult, Event, Record, Refusal, about};
use smart::client::ClientId;
use smart::error::{ErrorCode, OAuthError};
use smart::ids::GrantKey;
use smart::ports::{ClientReader, GrantKeeper, PublicKeys};
use smart_verify::access_token::{self, AccessToken};
use web::authorization_header::bearer;
use web::{Response, respond};

use crate::{Reaches, Visit};

/// What is said of a person: who they are here, and the resource that stands for them.
///
/// Source: OpenID Connect Core 1.0 §5.3.2.
#[derive(Serialize)]
struct UserInfo {
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none", rename = "fhirUser")]
    fhir_user: Option<String>,
}

/// `GET` or `POST /userinfo` with an access token in the Authorization header.
///
/// Source: OpenID Connect Core 1.0 §5.3.
pub(crate) async fn handle(visit: &Visit<'_, impl Reaches>) -> Response {
    let Visit { request, desk, .. } = *visit;
    if ![Method::GET, Method::POST].contains(request.method()) {
        return respond::method_not_allowed("GET, POST, OPTIONS");
    }
    let answer = of_the_bearer(visit).await;
    let mut response = respond::to_client(request, &desk.service, &answer);
    if let Err(Refusal { error, .. }) = &answer
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

async fn of_the_bearer(visit: &Visit<'_, impl Reaches>) -> AuditedResult<UserInfo> {
    let Visit { request, desk, minting, now } = *visit;
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
    let lives = grant.is_some_and(|grant| grant.stage.is_redeemed());
    let may_act = client.as_ref().is_some_and(|client| !client.disabled);
    let record = Record::of(Event::PersonTold).client(&id).grant(&key);
    let person = minting.audit.person(&token.subject);
    let info = if lives && may_act { of_person(token) } else { Err(refused()) };
    about(client, info.map(|info| Audited::new(info, record.person(person))).map_err(Into::into))
}

fn refused() -> OAuthError {
    let sentence = "the access token is not one of ours, not a person's, or has ended.";
    ErrorCode::InvalidToken.because("token_refused", sentence)
}

fn of_person(token: AccessToken) -> Result<UserInfo, OAuthError> {
    if !token.scope.wants_id_token() {
        let sentence = "the access token lacks the scope openid.";
        return Err(ErrorCode::InsufficientScope.because("scope_missing", sentence));
    }
    let fhir_user = token.fhir_user.filter(|_| token.scope.wants_fhir_user());
    Ok(UserInfo { sub: token.subject, fhir_user })
}
