//! `/authorize`, `/sign-in`, `/sign-out`, `/manage` and `/launch`: a user signs in, chooses a patient, and allows or denies
//! an app.
//!
//! What is settled between the steps is written nowhere: the request stays in the URL, and each step answers its POST
//! with a 303 back to it, plus one sealed `step` that says how far the person has come.

mod connected_apps;
mod consent;
mod directory;
mod encounter;
mod journey;
mod journey_page;
mod launch;
mod long_request;
mod open_request;
mod patient;
mod ports;
mod session_start;
mod sign_in;
mod sign_out;
mod stop;
mod ui_params;
mod upstream;
mod visit;

use http::Method;
use smart_verify::time::UnixSeconds;
use web::browser::signed_in::OwnPage;
use web::{Request, Response, respond};

pub use ports::{Ports, REACHES, Reaches};
use stop::Stop;
use visit::Visit;

/// The pages that answer a form. A user who reloads one continues where the request is.
const STEPS: [&str; 5] =
    ["/sign-in", "/sign-in/upstream", "/authorize/patient", "/authorize/encounter", "/authorize/consent"];

/// Shows the page that a request has come to, or takes the answer to it.
///
/// Source: SMART App Launch 2.2, app-launch#obtain-authorization-code; RFC 6749 §4.1.1.
pub async fn handle(request: Request, ports: &Ports<impl Reaches>, now: UnixSeconds) -> Response {
    let visit = &Visit { request: &request, ports, now };
    route(visit).await.unwrap_or_else(|stop| stop.answer(visit))
}

async fn route(visit: &Visit<'_, impl Reaches>) -> Result<Response, Stop> {
    let path = visit.request.uri().path();
    let method = visit.request.method();
    let is_get = [Method::GET, Method::HEAD].contains(method);
    match (path, is_get, method == Method::POST) {
        ("/launch", ..) => launch::handle(visit).await,
        ("/authorize", true, _) => journey::show(visit).await,
        ("/authorize", _, true) => journey::submit(visit).await,
        ("/sign-in", true, _) => sign_in::show(visit).await,
        ("/sign-in", _, true) => sign_in::submit(visit).await,
        ("/authorize/patient", _, true) => patient::submit(visit).await,
        ("/authorize/encounter", _, true) => encounter::submit(visit).await,
        ("/authorize/consent", _, true) => consent::submit(visit).await,
        (step, true, _) if STEPS.contains(&step) => Err(Stop::Restart(reloaded(visit))),
        ("/sign-in/upstream", _, true) => upstream::leave(visit).await,
        ("/sign-in/callback", true, _) => upstream::arrive(visit).await,
        ("/sign-out", true, _) => Ok(sign_out::show(visit)),
        ("/sign-out", _, true) => sign_out::submit(visit).await,
        (known, ..) if STEPS.contains(&known) || ["/authorize", "/sign-out"].contains(&known) => {
            Ok(respond::method_not_allowed("GET, HEAD, POST"))
        }
        ("/sign-in/callback", ..) => Ok(respond::method_not_allowed("GET, HEAD")),
        (path, ..) if path == "/manage" || path.starts_with("/manage/") => {
            connected_apps::handle(visit).await
        }
        _ => Err(Stop::NotFound),
    }
}

/// The redirect target when a user reloads a page that answered a form.
fn reloaded(visit: &Visit<'_, impl Reaches>) -> String {
    let query = visit.query();
    OwnPage::of_query(query).map_or_else(|| ui_params::address(query, &[]), |page| page.path().to_owned())
}
