//! `/authorize`: where an app's request is, as the rules say.

use http::StatusCode;
use pages::message::OpenInNewWindow;
use smart::authorization::Next;
use web::{Response, body, respond};

use crate::journey_page::JourneyPage;
use crate::open_request::{self, OpenRequest, Opened, Present, Reads};
use crate::ports::Reaches;
use crate::stop::Stop;
use crate::ui_params;
use crate::visit::Visit;
use crate::{consent, encounter, long_request, patient, sign_in};

/// `GET /authorize`: the page that the request has come to.
///
/// Source: SMART App Launch 2.2, app-launch#obtain-authorization-code; RFC 6749 §4.1.1.
pub(crate) async fn show(visit: &Visit<'_, impl Reaches>) -> Result<Response, Stop> {
    let Opened { open, present, before } =
        open_request::open(visit, visit.query(), Reads::UserAndConsent).await?;
    let next = open.journey(visit, present.as_ref(), before.as_ref()).next();
    let is_attended = next.is_attended();
    let answer = follow(visit, &open, present.as_ref(), next).await;
    match present.filter(|_| is_attended) {
        Some(present) => Ok(visit.seen(answer.unwrap_or_else(|stop| stop.answer(visit)), &present.who)),
        None => answer,
    }
}

/// Does what the rules say. Only a journey whose user is present comes to a page that needs one.
async fn follow(
    visit: &Visit<'_, impl Reaches>,
    open: &OpenRequest,
    present: Option<&Present>,
    next: Next<'_>,
) -> Result<Response, Stop> {
    let page = present.map(|present| JourneyPage { visit, open, present });
    match (next, &page) {
        (Next::Keep, _) => long_request::keep(visit, open).await,
        (Next::OpenInNewWindow, _) => {
            let page = OpenInNewWindow { app: Some(open.app()), url: open.params.address(&[]) };
            Ok(open.respond(&page, StatusCode::OK, &visit.ports.site))
        }
        (Next::SignIn(why), _) => sign_in::show_for_app(visit, open, why).await,
        (Next::Patient(from), Some(page)) => patient::show(page, from).await,
        (Next::Encounter(from), Some(page)) => encounter::show(page, from).await,
        (Next::AskConsent(offer), Some(page)) => consent::show(page, &offer),
        (Next::Issue(allowed), Some(page)) => consent::issue_remembered(page, allowed).await,
        (Next::Refuse(error) | Next::Back(error), _) => Err(open.back(error)),
        (Next::OutOfDate, _) | (_, None) => Err(Stop::OutOfDate),
    }
}

/// `POST /authorize`: an authorization request that comes as a form means the same as one in the URL, and continues
/// there. One that is too long for a URL is kept.
///
/// Source: SMART App Launch 2.2, app-launch#obtain-authorization-code (GET and POST).
pub(crate) async fn submit(visit: &Visit<'_, impl Reaches>) -> Result<Response, Stop> {
    let form = body::form(visit.request)?;
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(form.pairs()).finish();
    if ui_params::fits(&query) {
        return Ok(respond::see_other(&ui_params::address(&query, &[])));
    }
    let Opened { open, .. } = open_request::open_form(visit, query, form).await?;
    let next = open.journey(visit, None, None).next();
    follow(visit, &open, None, next).await
}
