//! Whose browser a request comes from.

use http::HeaderMap;
use smart_verify::time::UnixSeconds;
use web::Response;
use web::browser::cookies::{Cookies, PreSession, SessionCookie};
pub(crate) use web::browser::signed_in::{SignedIn, set_cookie, signed_in};

use crate::Ports;

/// The session cookie of a request, if it opens and has not idled too long.
pub(crate) fn session_cookie<S, K, D>(
    headers: &HeaderMap,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Option<SessionCookie> {
    Cookies::of(headers).session(ports.cookies, &ports.seals, now)
}

/// The pre-session that ties a sign-in page to this browser, and whether it must still be set.
pub(crate) fn pre_session<S, K, D>(headers: &HeaderMap, ports: &Ports<S, K, D>) -> (PreSession, bool) {
    web::browser::signed_in::pre_session(headers, ports.cookies, &ports.seals)
}

/// Reissues the session cookie with the time of this request, so that idling is counted from now.
pub(crate) fn seen<S, K, D>(
    mut response: Response,
    who: &SignedIn,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Response {
    set_cookie(&mut response, ports.cookies.set_session(&who.cookie, &ports.seals, now));
    response
}
