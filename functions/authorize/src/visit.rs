//! One request to this function, and whose browser it comes from.

use http::header;
use smart::error::Unreachable;
use smart::ports::World;
use smart_verify::time::UnixSeconds;
use web::browser::cookies::{Cookies, PreSession, SessionCookie};
use web::browser::signed_in::{self, SignedIn, set_cookie};
use web::{Request, Response};

use crate::ports::{Ports, Reaches};

/// One request to this function, what the function works with, and the time.
pub(crate) struct Visit<'a, W: World> {
    pub(crate) request: &'a Request,
    pub(crate) ports: &'a Ports<W>,
    pub(crate) now: UnixSeconds,
}

impl<'a, W: Reaches> Visit<'a, W> {
    /// The query of the request, empty if there is none.
    pub(crate) fn query(&self) -> &'a str {
        self.request.uri().query().unwrap_or_default()
    }

    /// The session cookie, if it opens and has not idled too long.
    pub(crate) fn session_cookie(&self) -> Option<SessionCookie> {
        let Visit { request, ports, now } = *self;
        Cookies::of(request.headers()).session(ports.cookies, &ports.seals, now)
    }

    /// The user who is signed in in this browser.
    pub(crate) async fn signed_in(&self) -> Result<Option<SignedIn>, Unreachable> {
        signed_in::signed_in(self.session_cookie(), &self.ports.store, self.now).await
    }

    /// The pre-session that ties a sign-in page to this browser, and whether it must still be set.
    pub(crate) fn pre_session(&self) -> (PreSession, bool) {
        signed_in::pre_session(self.request.headers(), self.ports.cookies, &self.ports.seals)
    }

    /// Whether the page is shown in a frame in which the browser sends no cookie.
    pub(crate) fn is_framed_without_cookie(&self) -> bool {
        let headers = self.request.headers();
        let framed = headers.get("sec-fetch-dest").is_some_and(|dest| dest == "iframe" || dest == "frame");
        framed && !headers.contains_key(header::COOKIE)
    }

    /// Reissues the session cookie with the time of this request, so that idling is counted from now.
    pub(crate) fn seen(&self, mut response: Response, who: &SignedIn) -> Response {
        let Visit { ports, now, .. } = *self;
        set_cookie(&mut response, ports.cookies.set_session(&who.cookie, &ports.seals, now));
        response
    }
}
