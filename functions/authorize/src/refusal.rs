//! Errors that a user sees, because there is nowhere else to send them.

use http::StatusCode;
use pages::message::Heading;
use smart::error::{ErrorCode, OAuthError};
use web::Response;

use crate::ports::Reaches;
use crate::visit::Visit;

/// A page for an error that may not go to an app: who asks, or where the answer would go, is not proven.
pub(crate) fn page(visit: &Visit<'_, impl Reaches>, error: &OAuthError) -> Response {
    let unavailable = error.code() == ErrorCode::TemporarilyUnavailable;
    let heading = if unavailable { Heading::WentWrong } else { Heading::CannotSignYouIn };
    with_heading(visit, error, heading, error.code().wire().1)
}

/// A page under a heading that fits better than the error's own.
pub(crate) fn with_heading(
    visit: &Visit<'_, impl Reaches>,
    error: &OAuthError,
    heading: Heading,
    status: StatusCode,
) -> Response {
    pages::refusal::page(visit.request, &visit.ports.site, error, heading, status)
}

/// A page that says to try again shortly: something that the request needs does not answer.
pub(crate) fn unavailable(visit: &Visit<'_, impl Reaches>, error: &OAuthError) -> Response {
    with_heading(visit, error, Heading::WentWrong, StatusCode::SERVICE_UNAVAILABLE)
}

/// A form that was not made for this browser, session and request, or not any more. Nothing was done.
pub(crate) fn out_of_date(visit: &Visit<'_, impl Reaches>) -> Response {
    pages::refusal::out_of_date(visit.request, &visit.ports.site)
}

/// A request that was kept, and not for so long.
pub(crate) fn expired(visit: &Visit<'_, impl Reaches>) -> Response {
    let error = ErrorCode::InvalidRequest
        .because("flow_expired", "the authorization request was kept for 15 minutes, and is gone.");
    with_heading(visit, &error, Heading::SignInExpired, StatusCode::GONE)
}

/// There is no such page.
pub(crate) fn not_found(visit: &Visit<'_, impl Reaches>) -> Response {
    pages::refusal::not_found(&visit.ports.site)
}
