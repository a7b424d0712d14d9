//! Signing out: a button, so that no other page can do it.

use http::StatusCode;
use pages::layout::{Form as PageForm, Page};
use pages::message::{SignOut, SignedOut};
use smart::audit::{Event, Record};
use smart::ports::SessionStore;
use smart::random;
use smart_verify::time::UnixSeconds;
use web::body;
use web::browser::csrf;
use web::browser::headers::FormAction;
use web::notes::noted;
use web::{Request, Response};

use crate::browser::{self, SignedIn};
use crate::{Ports, refusal};

const ACTION: &str = "sign-out";

/// `GET /sign-out`: asks, if somebody is signed in.
pub(crate) fn show<S, K, D>(request: &Request, ports: &Ports<S, K, D>, now: UnixSeconds) -> Response {
    let Some(cookie) = browser::session_cookie(request.headers(), ports, now) else {
        return signed_out(ports);
    };
    let form = form_of(ports, cookie.id());
    SignOut { form }.respond(&ports.site, StatusCode::OK, &FormAction::SelfOnly)
}

/// The button, for a page that somebody is signed in on.
pub(crate) fn form<S, K, D>(ports: &Ports<S, K, D>, who: &SignedIn) -> PageForm {
    form_of(ports, who.cookie.id())
}

fn form_of<S, K, D>(ports: &Ports<S, K, D>, session: &[u8]) -> PageForm {
    PageForm {
        action: "/sign-out".to_owned(),
        csrf: csrf::token(&ports.seals, session, ACTION, b""),
        hidden: Vec::new(),
    }
}

/// `POST /sign-out`: ends the session.
pub(crate) async fn submit<S: SessionStore, K, D>(
    request: &Request,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Response {
    let Some(cookie) = browser::session_cookie(request.headers(), ports, now) else {
        return signed_out(ports);
    };
    let form = match body::form(request) {
        Ok(form) => form,
        Err(error) => return refusal::page(request, ports, &error),
    };
    let token = form.all("csrf").next().unwrap_or_default();
    if !csrf::check(&ports.seals, token, cookie.id(), ACTION, b"") {
        return refusal::out_of_date(request, ports);
    }
    match ports.store.end(&random::sha256(cookie.id())).await {
        Ok(()) => {
            let person = ports.audit.person(&cookie.sub);
            noted(signed_out(ports), Record::of(Event::SignedOut).person(person))
        }
        Err(error) => refusal::page(request, ports, &error.into()),
    }
}

fn signed_out<S, K, D>(ports: &Ports<S, K, D>) -> Response {
    let page = SignedOut { sign_in_url: Some("/manage".to_owned()) };
    let mut response = page.respond(&ports.site, StatusCode::OK, &FormAction::SelfOnly);
    response.headers_mut().append(http::header::SET_COOKIE, ports.cookies.clear_session());
    response
}
