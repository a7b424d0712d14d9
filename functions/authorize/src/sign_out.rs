//! Signing out: a button, so that no other page can do it.

use http::StatusCode;
use pages::layout::{Form as PageForm, Page};
use pages::message::{SignOut, SignedOut};
use smart::audit::{Event, Record};
use smart::ports::SessionStore;
use smart::random;
use web::browser::csrf;
use web::browser::headers::FormAction;
use web::browser::seal::PageKeys;
use web::notes::noted;
use web::{Response, body};

use crate::ports::Reaches;
use crate::stop::Stop;
use crate::visit::Visit;

const ACTION: &str = "sign-out";

/// `GET /sign-out`: asks, if a user is signed in.
pub(crate) fn show(visit: &Visit<'_, impl Reaches>) -> Response {
    let Some(cookie) = visit.session_cookie() else {
        return signed_out(visit);
    };
    let form = form(cookie.id(), &visit.ports.seals);
    SignOut { form }.respond(&visit.ports.site, StatusCode::OK, &FormAction::SelfOnly)
}

/// The sign-out button of a page, bound to the session of the user who sees it.
pub(crate) fn form(session: &[u8], seals: &PageKeys) -> PageForm {
    PageForm {
        action: "/sign-out".to_owned(),
        csrf: csrf::token(seals, session, ACTION, b""),
        hidden: Vec::new(),
    }
}

/// `POST /sign-out`: ends the session.
pub(crate) async fn submit(visit: &Visit<'_, impl Reaches>) -> Result<Response, Stop> {
    let Visit { request, ports, .. } = *visit;
    let Some(cookie) = visit.session_cookie() else {
        return Ok(signed_out(visit));
    };
    let form = body::form(request)?;
    let token = form.all("csrf").next().unwrap_or_default();
    if !csrf::check(&ports.seals, token, cookie.id(), ACTION, b"") {
        return Err(Stop::OutOfDate);
    }
    ports.store.end(&random::sha256(cookie.id())).await?;
    let person = ports.audit.person(&cookie.sub);
    Ok(noted(signed_out(visit), Record::of(Event::SignedOut).person(person)))
}

fn signed_out(visit: &Visit<'_, impl Reaches>) -> Response {
    let Visit { ports, .. } = *visit;
    let page = SignedOut { sign_in_url: Some("/manage".to_owned()) };
    let mut response = page.respond(&ports.site, StatusCode::OK, &FormAction::SelfOnly);
    response.headers_mut().append(http::header::SET_COOKIE, ports.cookies.clear_session());
    response
}
