//! Errors that a person sees, because there is nowhere else to send them.

use http::StatusCode;
use pages::message::Heading;
use smart::error::{ErrorCode, OAuthError};
use web::{Request, Response};

use crate::Ports;

/// A page for an error that may not go to an app: who asks, or where the answer would go, is not proven.
pub(crate) fn page<S, K, D>(request: &Request, ports: &Ports<S, K, D>, error: &OAuthError) -> Response {
    let unavailable = error.code() == ErrorCode::TemporarilyUnavailable;
    let heading = if unavailable { Heading::WentWrong } else { Heading::CannotSignYouIn };
    with_heading(request, ports, error, heading, error.code().wire().1)
}

/// A page under a heading that fits better than the error's own.
pub(crate) fn with_heading<S, K, D>(
    request: &Request,
    ports: &Ports<S, K, D>,
    error: &OAuthError,
    heading: Heading,
    status: StatusCode,
) -> Response {
    pages::refusal::page(request, &ports.site, error, heading, status)
}

/// A page that says to try again shortly: something that the request needs does not answer.
pub(crate) fn unavailable<S, K, D>(
    request: &Request,
    ports: &Ports<S, K, D>,
    error: &OAuthError,
) -> Response {
    with_heading(request, ports, error, Heading::WentWrong, StatusCode::SERVICE_UNAVAILABLE)
}

/// A form that was not made for this browser, session and request, or not any more. Nothing was done.
pub(crate) fn out_of_date<S, K, D>(request: &Request, ports: &Ports<S, K, D>) -> Response {
    pages::refusal::out_of_date(request, &ports.site)
}

/// A request that was kept, and not for so long.
pub(crate) fn expired<S, K, D>(request: &Request, ports: &Ports<S, K, D>) -> Response {
    let error = ErrorCode::InvalidRequest
        .because("flow_expired", "the authorization request was kept for 15 minutes, and is gone.");
    with_heading(request, ports, &error, Heading::SignInExpired, StatusCode::GONE)
}

/// There is no such page.
pub(crate) fn not_found<S, K, D>(ports: &Ports<S, K, D>) -> Response {
    pages::refusal::not_found(&ports.site)
}
