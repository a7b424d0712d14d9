//! The start of a session, after a sign-in of whatever kind.

use http::header;
use smart::audit::{Event, Record};
use smart::authorization::Progress;
use smart::lockout::Counter;
use smart::parameters::Parameters;
use smart::ports::SessionStore;
use smart::random;
use smart::session::Session;
use smart::user::User;
use smart_verify::time::UnixSeconds;
use web::browser::cookies::SessionCookie;
use web::browser::csrf;
use web::browser::signed_in::{OwnPage, set_cookie};
use web::notes::noted;
use web::{Response, body, respond};

use crate::open_request::OpenRequest;
use crate::ports::Reaches;
use crate::stop::Stop;
use crate::visit::Visit;

/// What a user signs in for. It is always an address of ours, so that no sign-in leads to an unknown place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way<'a> {
    /// An app's request.
    App(&'a OpenRequest),
    /// A page of ours.
    Own(OwnPage),
}

impl Way<'_> {
    /// What a form is bound to, in addition to the browser.
    pub(crate) fn hash(&self) -> &[u8] {
        match self {
            Self::App(open) => &open.params.hash,
            Self::Own(page) => page.query().as_bytes(),
        }
    }

    /// The address of a path of the sign-in pages that continues this way.
    pub(crate) fn at(&self, path: &str) -> String {
        match self {
            Self::App(open) => open.params.at(path),
            Self::Own(page) => page.at(path),
        }
    }

    /// A record of an event. It names the client if this is the request of one.
    pub(crate) fn record(&self, event: Event) -> Record {
        match self {
            Self::App(open) => Record::of(event).client(&open.request.client().client_id),
            Self::Own(_) => Record::of(event),
        }
    }

    /// The form that a sign-in page of this way sends with this action.
    ///
    /// # Errors
    /// [`Stop::OutOfDate`] for a form that was not made for this browser and this way, or what is wrong with the body.
    pub(crate) fn form(&self, visit: &Visit<'_, impl Reaches>, action: &str) -> Result<Parameters, Stop> {
        let form = body::form(visit.request)?;
        let (pre, is_new) = visit.pre_session();
        let token = form.all("csrf").next().unwrap_or_default();
        if is_new || !csrf::check(&visit.ports.seals, token, pre.id(), action, self.hash()) {
            return Err(Stop::OutOfDate);
        }
        Ok(form)
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
) -> Result<Response, Stop> {
    let Visit { ports, now, .. } = *visit;
    let cookie = SessionCookie::new(random::bytes(), user.name.clone(), user.subject.clone());
    let begun = Session::begun(random::sha256(cookie.id()), user, now, ports.session_lifetime);
    let session = Session { auth_time: proof.auth_time, ..begun };
    let before = visit.session_cookie().map(|before| random::sha256(before.id()));
    ports.store.begin(&session, before.as_deref(), proof.counters).await?;
    let mut response = match way {
        Way::App(open) => {
            let progress = Progress::begun(user.subject.clone(), proof.auth_time, proof.is_fresh, now);
            // Without a step the user is where they were before, and signed in.
            let step = open.step_binding(cookie.id()).seal(&progress, &ports.seals).unwrap_or_default();
            respond::see_other(&open.params.address(&[("step", &step)]))
        }
        Way::Own(page) => respond::see_other(page.path()),
    };
    set_cookie(&mut response, ports.cookies.set_session(&cookie, &ports.seals, now));
    response.headers_mut().append(header::SET_COOKIE, ports.cookies.clear_pre_session());
    let (person, account) = (ports.audit.person(&user.subject), ports.audit.account(&user.name));
    Ok(noted(response, way.record(Event::SignedIn).person(person).account(account)))
}
