//! The bearer token of a request: verified here, before anything else happens.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use smart_verify::access::Access;
use smart_verify::access_token::{self, Expected, TokenRefused};
use smart_verify::jws::UnverifiedJws;

use super::Service;
use super::outcome::Refusal;

/// Lets a request in with the [`Access`] of the token that was verified for it, or refuses it.
pub(super) async fn authenticate(
    State(service): State<Arc<Service>>,
    mut request: Request,
    next: Next,
) -> Response {
    match verified(&service, request.headers()).await {
        Ok(access) => {
            request.extensions_mut().insert(Arc::new(access));
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

async fn verified(service: &Service, headers: &HeaderMap) -> Result<Access, Refusal> {
    let token = bearer_token(headers).ok_or_else(Refusal::no_token)?;
    let refused = |why: TokenRefused| Refusal::invalid_token(&why.to_string());
    let jws = UnverifiedJws::parse(token).map_err(|why| refused(why.into()))?;
    let kid = jws.unverified_header.kid.as_deref().ok_or_else(|| refused(TokenRefused::Key))?;
    let now = service.api.clock.now();
    let keys = service.keys.for_kid(kid, &service.upstream, now).await;
    let keys = keys.map_err(|_| Refusal::unreachable("The keys of the authorization server"))?;
    let expected =
        Expected { issuer: service.api.issuer.clone(), audience: service.api.fhir_base_url.clone() };
    access_token::verify(token, &keys, &expected, now).map(Access::from).map_err(refused)
}

/// The token of `Authorization: Bearer ..`; the name of the scheme is read in any case.
///
/// Source: RFC 6750 §2.1; RFC 9110 §11.1.
fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_matches(' '))
}
