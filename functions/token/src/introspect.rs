//! `/introspect`: whether a token is good at this moment, for who may ask.

use http::header;
use smart::api_caller::ApiCaller;
use smart::audit::{Audited, AuditedResult, about};
use smart::client::ClientId;
use smart::error::{ErrorCode, OAuthError};
use smart::issuing::introspection::{self, Asker, Introspection};
use smart::parameters::Parameters;
use smart::ports::ClientReader;
use smart_verify::scope::ExtensionScope;
use smart_verify::time::UnixSeconds;
use web::authorization_header::{bearer, credentials};
use web::{Request, Response, body, own_api, respond};

use crate::{ABOUT_A_TOKEN, Reaches, Visit};

/// `POST /introspect`: a client asks about its own tokens by its own proof, a FHIR server about any by the bearer of a
/// token with the scope `__introspect`.
///
/// Source: RFC 7662 §2; SMART App Launch 2.2, token-introspection.
pub(crate) async fn handle(visit: &Visit<'_, impl Reaches>) -> Response {
    let request = visit.request;
    if matches!(bearer(request.headers()), Some(Some(_))) || !proves_itself(request) {
        return by_bearer(visit).await;
    }
    visit.answer(&by_client(visit).await).await
}

/// Whether there is anything in a request by which a client could prove itself. Who sends nothing is told of the bearer
/// token, as RFC 7662 §2.1 has it.
fn proves_itself(request: &Request) -> bool {
    let in_form = |form: Parameters| {
        let has = |name| !matches!(form.get(name), Ok(None));
        ["client_id", "client_assertion", "client_assertion_type"].into_iter().any(has)
    };
    request.headers().contains_key(header::AUTHORIZATION) || body::parameters(request).map_or(true, in_form)
}

async fn by_client(visit: &Visit<'_, impl Reaches>) -> AuditedResult<Introspection> {
    let Visit { request, desk, minting, now } = *visit;
    let parameters = body::parameters(request)?;
    parameters.each_once(&ABOUT_A_TOKEN)?;
    let client = desk.authenticate(&parameters, credentials(request.headers()), None, now).await?;
    let named = client.named();
    let answer = async {
        if !client.is_confidential() {
            let sentence =
                "a client without a secret or key cannot ask; use a token with the scope __introspect.";
            return Err(ErrorCode::InvalidClient.because("introspection_public_client", sentence));
        }
        let text = parameters.required("token")?;
        let id = client.id().clone();
        let asked = introspection::introspect(text, Asker::Client(&id), desk, minting, now);
        let (spent, answer) = tokio::join!(client.spend(&desk.store, now), asked);
        spent.and(answer).map(|answer| asked_by(&id, answer))
    };
    about(Some(named), answer.await.map_err(Into::into))
}

async fn by_bearer(visit: &Visit<'_, impl Reaches>) -> Response {
    let Visit { request, desk, now, .. } = *visit;
    let api = ExtensionScope::Introspect;
    match own_api::caller(request.headers(), api, &desk.signer, desk.service.tokens(), now) {
        Err(refused) => *refused,
        Ok(caller) => {
            let answer = about_any(visit, &caller).await;
            respond::to_client(request, &desk.service, &answer.map_err(Into::into))
        }
    }
}

async fn about_any(
    visit: &Visit<'_, impl Reaches>,
    caller: &ApiCaller,
) -> Result<Audited<Introspection>, OAuthError> {
    let Visit { request, desk, minting, now } = *visit;
    let parameters = body::parameters(request)?;
    parameters.each_once(&ABOUT_A_TOKEN)?;
    let text = parameters.required("token")?;
    let asked = introspection::introspect(text, Asker::AnyToken, desk, minting, now);
    let (asked, asker) = tokio::join!(asked, may_still_ask(caller, &desk.store, now));
    let asker = asker?;
    asked.map(|answer| asked_by(&asker, answer))
}

/// The same answer, its record saying who has asked.
fn asked_by(client_id: &ClientId, answer: Audited<Introspection>) -> Audited<Introspection> {
    answer.recording(|record| record.by(client_id))
}

/// Whoever was given a token may have been stopped since.
async fn may_still_ask(
    caller: &ApiCaller,
    store: &impl ClientReader,
    now: UnixSeconds,
) -> Result<ClientId, OAuthError> {
    let client = store.client(caller.client_id(), now).await?;
    if let Some(client) = client.filter(|client| !client.disabled) {
        return Ok(client.client_id.clone());
    }
    let sentence = "the client of the access token may not act any more.";
    Err(ErrorCode::InvalidToken.because("token_client_stopped", sentence))
}
