//! `/introspect`: whether a token is good at this moment, for who may ask.

use std::sync::Arc;

use http::header;
use smart::client::{Client, ClientId};
use smart::error::{ErrorCode, OAuthError};
use smart::grant::introspection::{self, Asker, Introspection};
use smart::http::own_api::Caller;
use smart::http::{Form, Request, Response, bearer, respond};
use smart::ports::{ClientReader, JwksSource, Signer};
use smart_verify::scope::ExtensionScope;
use smart_verify::time::UnixSeconds;

use crate::{ABOUT_A_TOKEN, Ports, Store};

/// `POST /introspect`: a client asks about its own tokens by its own proof, a FHIR server about any by the bearer of a
/// token with the scope `__introspect`.
///
/// Source: RFC 7662 §2; SMART App Launch 2.2, token-introspection.
pub(crate) async fn handle<S: Store, K: Signer, J: JwksSource>(
    request: &Request,
    ports: &Ports<S, K, J>,
    now: UnixSeconds,
) -> Response {
    if matches!(bearer(request.headers()), Some(Some(_))) || !proves_itself(request) {
        return by_bearer(request, ports, now).await;
    }
    let mut named = None;
    let answer = by_client(request, ports, &mut named, now).await;
    ports.desk.answer(request, named.as_deref(), &answer, now).await
}

/// Whether there is anything in a request by which a client could prove itself. Who sends nothing is told of the bearer
/// token, as RFC 7662 §2.1 has it.
fn proves_itself(request: &Request) -> bool {
    let in_form = |form: Form| {
        let has = |name| !matches!(form.get(name), Ok(None));
        ["client_id", "client_assertion", "client_assertion_type"].into_iter().any(has)
    };
    request.headers().contains_key(header::AUTHORIZATION) || Form::parse(request).map_or(true, in_form)
}

async fn by_client<S: Store, K: Signer, J: JwksSource>(
    request: &Request,
    Ports { desk, minting }: &Ports<S, K, J>,
    named: &mut Option<Arc<Client>>,
    now: UnixSeconds,
) -> Result<Introspection, OAuthError> {
    let form = Form::parse(request)?;
    form.each_once(&ABOUT_A_TOKEN)?;
    let client = desk.authenticate(&form, request.headers(), None, named, now).await?;
    if !client.is_confidential() {
        let sentence =
            "a client without a secret or key cannot ask; use a token with the scope __introspect.";
        return Err(ErrorCode::InvalidClient.because("introspection_public_client", sentence));
    }
    let text = form.required("token")?;
    let id = client.id().clone();
    let asked = introspection::introspect(text, Asker::Client(&id), desk, minting, now);
    let (spent, answer) = tokio::join!(client.spend(&desk.store, now), asked);
    spent.and(answer).map(|answer| answer.asked_by(&id))
}

async fn by_bearer<S: Store, K: Signer, J: JwksSource>(
    request: &Request,
    ports: &Ports<S, K, J>,
    now: UnixSeconds,
) -> Response {
    let Ports { desk, .. } = ports;
    let api = ExtensionScope::Introspect;
    match Caller::of(request.headers(), api, &desk.signer, desk.service.tokens(), now) {
        Err(refused) => *refused,
        Ok(caller) => {
            let answer = about_any(request, &caller, ports, now).await;
            respond::to_client(request, &desk.service, None, &answer)
        }
    }
}

async fn about_any<S: Store, K: Signer, J: JwksSource>(
    request: &Request,
    caller: &Caller,
    Ports { desk, minting }: &Ports<S, K, J>,
    now: UnixSeconds,
) -> Result<Introspection, OAuthError> {
    let form = Form::parse(request)?;
    form.each_once(&ABOUT_A_TOKEN)?;
    let text = form.required("token")?;
    let asked = introspection::introspect(text, Asker::AnyToken, desk, minting, now);
    let (asked, asker) = tokio::join!(asked, may_still_ask(caller, &desk.store, now));
    let asker = asker?;
    asked.map(|answer| answer.asked_by(&asker))
}

/// Whoever was given a token may have been stopped since.
async fn may_still_ask(
    caller: &Caller,
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
