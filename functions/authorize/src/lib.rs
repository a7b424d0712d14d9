//! `/authorize`, `/sign-in`, `/sign-out`, `/manage` and `/launch`: a user signs in, chooses a patient, and allows or denies
//! an app.
//!
//! What is settled between the steps is written nowhere: the request stays in the URL, and each step answers its POST
//! with a 303 back to it, plus one sealed `step` that says how far the person has come.

mod asked;
mod consent;
mod encounter;
mod journey;
mod kept;
mod launch;
mod manage;
mod own_query;
mod picker;
mod ports;
mod refusal;
mod session_start;
mod sign_in;
mod sign_out;
mod steps;
mod upstream;
mod visit;

use http::Method;
use smart_verify::time::UnixSeconds;
use web::browser::signed_in::OwnPage;
use web::{Request, Response, body, respond};

pub use ports::{Ports, REACHES, Reaches, wire};
use visit::Visit;

/// The pages that answer a form. A user who reloads one continues where the request is.
const STEPS: [&str; 5] =
    ["/sign-in", "/sign-in/upstream", "/authorize/patient", "/authorize/encounter", "/authorize/consent"];

/// Shows the page that a request has come to, or takes the answer to it.
///
/// Source: SMART App Launch 2.2, app-launch#obtain-authorization-code; RFC 6749 §4.1.1.
pub async fn handle(request: Request, ports: &Ports<impl Reaches>, now: UnixSeconds) -> Response {
    let visit = &Visit { request: &request, ports, now };
    let path = request.uri().path();
    if path == "/launch" {
        return launch::handle(visit).await;
    }
    if path == "/manage" || path.starts_with("/manage/") {
        return manage::handle(visit).await;
    }
    let is_get = [Method::GET, Method::HEAD].contains(request.method());
    match (path, is_get, request.method() == Method::POST) {
        ("/authorize", true, _) => steps::show(visit).await,
        ("/authorize", _, true) => posted(visit).await,
        ("/sign-in", true, _) => sign_in::show(visit).await,
        ("/sign-in", _, true) => sign_in::submit(visit).await,
        ("/authorize/patient", _, true) => picker::submit(visit).await,
        ("/authorize/encounter", _, true) => encounter::submit(visit).await,
        ("/authorize/consent", _, true) => consent::submit(visit).await,
        (step, true, _) if STEPS.contains(&step) => respond::see_other(&reloaded(visit)),
        ("/sign-in/upstream", _, true) => upstream::leave(visit).await,
        ("/sign-in/callback", true, _) => upstream::arrive(visit).await,
        ("/sign-out", true, _) => sign_out::show(visit),
        ("/sign-out", _, true) => sign_out::submit(visit).await,
        (known, ..) if STEPS.contains(&known) || ["/authorize", "/sign-out"].contains(&known) => {
            respond::method_not_allowed("GET, HEAD, POST")
        }
        ("/sign-in/callback", ..) => respond::method_not_allowed("GET, HEAD"),
        _ => refusal::not_found(visit),
    }
}

/// The redirect target when a user reloads a page that answered a form.
fn reloaded(visit: &Visit<'_, impl Reaches>) -> String {
    let query = visit.query();
    OwnPage::of_query(query).map_or_else(|| own_query::address(query, &[]), |page| page.path().to_owned())
}

/// An authorization request that comes as a form means the same as one in the URL, and continues there; one that is too
/// long for a URL is kept.
///
/// Source: SMART App Launch 2.2, app-launch#obtain-authorization-code (GET and POST).
async fn posted(visit: &Visit<'_, impl Reaches>) -> Response {
    let form = match body::form(visit.request) {
        Ok(form) => form,
        Err(error) => return refusal::page(visit, &error),
    };
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(form.pairs()).finish();
    if own_query::fits(&query) {
        return respond::see_other(&own_query::address(&query, &[]));
    }
    match asked::open_form(visit, query, form).await {
        Err(answer) => *answer,
        Ok(opened) => kept::keep(visit, &opened.asked).await,
    }
}
