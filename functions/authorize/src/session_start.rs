//! The start of a session, after a sign-in of whatever kind.

use http::header;
use smart::audit::{Event, Record};
use smart::lockout::Counter;
use smart::ports::SessionStore;
use smart::random;
use smart::session::Session;
use smart::user::User;
use smart_verify::time::UnixSeconds;
use web::browser::cookies::SessionCookie;
use web::browser::signed_in::{OwnPage, set_cookie};
use web::browser::step::{STEP_LIFETIME, Step};
use web::notes::noted;
use web::{Response, respond};

use crate::asked::Asked;
use crate::ports::Reaches;
use crate::visit::Visit;
use crate::{own_query, refusal};

/// What a user signs in for. It is always an address of ours, so that no sign-in leads to an unknown place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way<'a> {
    /// An app's request.
    To(&'a Asked),
    /// A page of ours.
    Own(OwnPage),
}

impl Way<'_> {
    /// What a form is bound to, in addition to the browser.
    pub(crate) fn hash(&self) -> &[u8] {
        match self {
            Self::To(asked) => &asked.hash,
            Self::Own(page) => page.query().as_bytes(),
        }
    }

    /// The address of a path of the sign-in pages that continues this way.
    pub(crate) fn at(&self, path: &str) -> String {
        match self {
            Self::To(asked) => own_query::at(path, &asked.query, &[]),
            Self::Own(page) => page.at(path),
        }
    }

    /// A record of an event. It names the client if this is the request of one.
    pub(crate) fn record(&self, event: Event) -> Record {
        match self {
            Self::To(asked) => Record::of(event).client(&asked.client.client_id),
            Self::Own(_) => Record::of(event),
        }
    }
}

/// How the user authenticated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proof<'a> {
    /// When, as far as it is known.
    pub(crate) auth_time: Option<UnixSeconds>,
    /// Whether it was for this very sign-in.
    pub(crate) is_fresh: bool,
    /// The counts that it went through.
    pub(crate) counters: &'a [Counter],
}

/// Begins a new session, ends the previous one, and continues with the request.
///
/// Source: OWASP ASVS 5.0 §7.2.4 (a new session at sign-in).
pub(crate) async fn begin(
    visit: &Visit<'_, impl Reaches>,
    way: Way<'_>,
    user: &User,
    proof: Proof<'_>,
) -> Response {
    let Visit { ports, now, .. } = *visit;
    let cookie = SessionCookie::new(random::bytes(), user.name.clone(), user.subject.clone());
    let begun = Session::begun(random::sha256(cookie.id()), user, now, ports.session_lifetime);
    let session = Session { auth_time: proof.auth_time, ..begun };
    let before = visit.session_cookie().map(|before| random::sha256(before.id()));
    if let Err(error) = ports.store.begin(&session, before.as_deref(), proof.counters).await {
        return refusal::unavailable(visit, &error.into());
    }
    let step = Step {
        subject: user.subject.clone(),
        auth_time: proof.auth_time.map(|time| time.0),
        patient: None,
        patient_shown: None,
        encounter: None,
        without_encounter: false,
        signed_in_for_this_request: proof.is_fresh,
        ends_at: (now + STEP_LIFETIME).0,
    };
    let mut response = match way {
        Way::To(asked) => asked.advance(&step, cookie.id(), &ports.seals),
        Way::Own(page) => respond::see_other(page.path()),
    };
    set_cookie(&mut response, ports.cookies.set_session(&cookie, &ports.seals, now));
    response.headers_mut().append(header::SET_COOKIE, ports.cookies.clear_pre_session());
    let (person, account) = (ports.audit.person(&user.subject), ports.audit.account(&user.name));
    noted(response, way.record(Event::SignedIn).person(person).account(account))
}
