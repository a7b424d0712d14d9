//! Who sits in front of this browser, as far as its cookies and our stores agree.

use http::{HeaderMap, HeaderValue, header};
use pages::session_cookie::{Cookies, PreSession, SessionCookie};
use smart::error::Unreachable;
use smart::http::Response;
use smart::ports::{SessionStore, UserReader};
use smart::random;
use smart::session::Session;
use smart::time::UnixSeconds;
use smart::user::User;

use crate::Ports;

/// A person who is signed in in this browser, still the same and still enabled.
#[derive(Debug)]
pub(crate) struct SignedIn {
    pub(crate) cookie: SessionCookie,
    pub(crate) session: Session,
    pub(crate) user: User,
}

/// The session cookie of a request, if it opens and has not idled too long.
pub(crate) fn session_cookie<S, K, D>(
    headers: &HeaderMap,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Option<SessionCookie> {
    Cookies::of(headers).session(ports.cookies, &ports.seals, now)
}

/// Reads session and user side by side; whoever is gone, disabled or somebody else by now is not signed in.
pub(crate) async fn signed_in<S: SessionStore + UserReader>(
    cookie: Option<SessionCookie>,
    store: &S,
    now: UnixSeconds,
) -> Result<Option<SignedIn>, Unreachable> {
    let Some(cookie) = cookie else {
        return Ok(None);
    };
    let id = random::sha256(cookie.id());
    let (session, user) = tokio::try_join!(store.session(&id), store.user(&cookie.user))?;
    let live = |session: &Session, user: &User| session.subject == cookie.sub && session.is_of(user, now);
    Ok(match (session, user) {
        (Some(session), Some(user)) if live(&session, &user) => Some(SignedIn { cookie, session, user }),
        _ => None,
    })
}

/// The pre-session that ties a sign-in page to this browser, and whether it must still be set.
pub(crate) fn pre_session<S, K, D>(headers: &HeaderMap, ports: &Ports<S, K, D>) -> (PreSession, bool) {
    match Cookies::of(headers).pre_session(ports.cookies, &ports.seals) {
        Some(known) => (known, false),
        None => (PreSession::new(random::bytes()), true),
    }
}

/// Adds a cookie to an answer; one that cannot be sealed is not set, and the next page asks to sign in again.
pub(crate) fn set_cookie<E>(response: &mut Response, cookie: Result<HeaderValue, E>) {
    if let Ok(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
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
