//! Errors that a person sees, as answers.

use http::{HeaderValue, StatusCode, header};
use smart::error::{ErrorCode, OAuthError};
use web::browser::headers::FormAction;
use web::notes::RefusalNote;
use web::{Request, Response, TraceId};

use crate::layout::{Page, Site};
use crate::message::{ErrorPage, ForTheDeveloper, Heading};

/// A page for an error, under a heading that fits.
pub fn page(
    request: &Request,
    site: &Site,
    error: &OAuthError,
    heading: Heading,
    status: StatusCode,
) -> Response {
    let developer = ForTheDeveloper {
        error: error.code().wire().0.to_owned(),
        reason: error.sentence().to_owned(),
        details: vec![("Reason code".to_owned(), error.reason().to_owned())],
        request_id: request.extensions().get::<TraceId>().map(|id| id.0.clone()).unwrap_or_default(),
    };
    let page = ErrorPage::new(heading).with_developer(developer);
    let mut response = page.respond(site, status, &FormAction::SelfOnly);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    }
    response.extensions_mut().insert(RefusalNote::from(error));
    response
}

/// A form that was not made for this browser, session and request, or not any more. Nothing was done.
pub fn out_of_date(request: &Request, site: &Site) -> Response {
    let error = ErrorCode::AccessDenied
        .because("form_out_of_date", "the form is not of the session and request it comes with.");
    page(request, site, &error, Heading::OutOfDate, StatusCode::FORBIDDEN)
}

/// There is no such page.
pub fn not_found(site: &Site) -> Response {
    ErrorPage::new(Heading::NotFound).respond(site, StatusCode::NOT_FOUND, &FormAction::SelfOnly)
}
