//! `/register/{client_id}`: a registered client reads, replaces and ends its own registration.
//!
//! Source: RFC 7592.

use http::{Method, StatusCode};
use smart::client::ClientId;
use smart::operations::clients::{self, Kept, Wanted};
use smart::operations::{Actor, Done, Forbidden, OperationRefused, Operations, OwnRegistration};
use smart::registration::{Limit, RegistrationToken};
use smart_verify::time::UnixSeconds;
use web::authorization_header::bearer;
use web::cors::allow_origin_of;
use web::notes;
use web::{Request, Response, respond};

use crate::admin_auth::{Quota, address};
use crate::body::{self, JSON};
use crate::call::{ApiResult, no_content, with};
use crate::register::{fields, not_registered, plain, shown, unauthorized, unavailable};
use crate::{Ports, Reaches};

const TOKEN_NEEDED: &str = "send the registration access token of this client.";

/// Answers `/register/{client_id}`.
pub(crate) async fn answer(
    request: &Request,
    id: &ClientId,
    ports: &Ports<impl Reaches>,
    now: UnixSeconds,
) -> Response {
    let quota = match Quota::take(Limit::MANAGEMENT, &address(request), ports, now).await {
        Ok(quota) => quota,
        Err(refused) => return plain(*refused),
    };
    quota.told(manage(request, id, ports, now).await.unwrap_or_else(|refused| plain(*refused)))
}

async fn manage(
    request: &Request,
    id: &ClientId,
    ports: &Ports<impl Reaches>,
    now: UnixSeconds,
) -> ApiResult {
    let token = presented(request)?;
    let own = OwnRegistration::opened(id, &token, &ports.store, now).await.map_err(|why| match why {
        OperationRefused::Unreachable(error) => unavailable(error),
        _ => not_opened(),
    })?;
    let operations = ports.operations(Actor::Itself(&own), now);
    let mut response = match *request.method() {
        Method::PUT => replace(request, &own, &operations, ports).await,
        Method::DELETE => delete(&own, &operations).await,
        _ => Ok(respond::json(StatusCode::OK, &shown(&own.client, None, Some(&token), ports))),
    }
    .unwrap_or_else(|refused| plain(*refused));
    allow_origin_of(Some(&own.client), request.headers(), &mut response);
    notes::about(&mut response, &own.client.client_id);
    Ok(response)
}

/// The registration access token of a request.
fn presented(request: &Request) -> Result<RegistrationToken, Box<Response>> {
    let Some(presented) = bearer(request.headers()) else {
        return Err(unauthorized("registration_token_missing", TOKEN_NEEDED, "Bearer"));
    };
    presented.and_then(RegistrationToken::presented).ok_or_else(not_opened)
}

fn not_opened() -> Box<Response> {
    unauthorized("registration_token_refused", TOKEN_NEEDED, "Bearer error=\"invalid_token\"")
}

/// Source: RFC 7592 §2.2.
async fn replace<W: Reaches>(
    request: &Request,
    own: &OwnRegistration,
    operations: &Operations<'_, W>,
    ports: &Ports<W>,
) -> ApiResult {
    if !clients::may_change(operations, &own.client) {
        return Err(not_registered(Forbidden::RegistrationClosed.into()));
    }
    let members = body::object(request, &JSON)?;
    let metadata = operations.check_metadata(&members).map_err(|errors| fields(&errors))?;
    let wanted = Wanted { metadata, owner: None, chosen: None };
    let done = clients::change(operations, &own.client, wanted).await.map_err(not_registered)?;
    let Done { body: Kept { client, secret, token, .. }, record, .. } = done;
    Ok(with(record, respond::json(StatusCode::OK, &shown(&client, secret.as_ref(), token.as_ref(), ports))))
}

async fn delete(own: &OwnRegistration, operations: &Operations<'_, impl Reaches>) -> ApiResult {
    let done = clients::delete(operations, &own.client).await.map_err(not_registered)?;
    Ok(with(done.record, no_content()))
}
