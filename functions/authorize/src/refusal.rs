//! Errors that a person sees, because there is nowhere else to send them.

use http::StatusCode;
use pages::headers::FormAction;
use pages::layout::Page;
use pages::message::{ErrorPage, ForTheDeveloper, Heading};
use smart::error::{ErrorCode, OAuthError};
use smart::http::respond::Refusal;
use smart::http::{Request, RequestId, Response};

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
    let developer = ForTheDeveloper {
        error: error.code().wire().0.to_owned(),
        reason: error.sentence().to_owned(),
        details: vec![("Reason code".to_owned(), error.reason().to_owned())],
        request_id: request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
    };
    let page = ErrorPage::new(heading).with_developer(developer);
    let mut response = page.respond(&ports.site, status, &FormAction::SelfOnly);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(http::header::RETRY_AFTER, http::HeaderValue::from_static("2"));
    }
    response.extensions_mut().insert(Refusal::from(error));
    response
}

/// A form that was not made for this browser, session and request, or not any more. Nothing was done.
pub(crate) fn out_of_date<S, K, D>(request: &Request, ports: &Ports<S, K, D>) -> Response {
    let error = ErrorCode::AccessDenied
        .because("form_out_of_date", "the form is not of the session and request it comes with.");
    with_heading(request, ports, &error, Heading::OutOfDate, StatusCode::FORBIDDEN)
}

/// A request that was kept, and not for so long.
pub(crate) fn expired<S, K, D>(request: &Request, ports: &Ports<S, K, D>) -> Response {
    let error = ErrorCode::InvalidRequest
        .because("flow_expired", "the authorization request was kept for 15 minutes, and is gone.");
    with_heading(request, ports, &error, Heading::SignInExpired, StatusCode::GONE)
}

/// There is no such page.
pub(crate) fn not_found<S, K, D>(ports: &Ports<S, K, D>) -> Response {
    ErrorPage::new(Heading::NotFound).respond(&ports.site, StatusCode::NOT_FOUND, &FormAction::SelfOnly)
}
