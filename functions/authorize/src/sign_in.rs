//! Signing in: name and password, from the page that this browser was shown for this request.

use http::{HeaderValue, StatusCode, header};
use pages::account::TestPerson;
use pages::layout::{Form as PageForm, Page};
use pages::message::Heading;
use pages::sign_in::{SignIn, SignInError, TestAccount};
use smart::audit::{Event, Record};
use smart::error::{ErrorCode, OAuthError};
use smart::lockout::{self, Counter, Raised};
use smart::session::Session;
use smart::user::User;
use smart::{password, random};
use smart_verify::time::UnixSeconds;
use url::Url;
use web::body;
use web::browser::cookies::SessionCookie;
use web::browser::csrf;
use web::browser::headers::{FormAction, Framing};
use web::browser::signed_in::OwnPage;
use web::browser::step::{STEP_LIFETIME, Step};
use web::notes::noted;
use web::{Request, Response, Sender, respond};

use crate::asked::{self, Asked, Reads};
use crate::browser::{self, set_cookie};
use crate::{Ports, Store, own_query, refusal, upstream};

const ACTION: &str = "sign-in";

/// An invented person as the page lists them; without script, a link fills the name in.
fn shown(person: &TestPerson, way: Way<'_>) -> TestAccount {
    let use_url = match way {
        Way::To(asked) => own_query::address(&asked.query, &[("username", &person.name)]),
        Way::Own(page) => page.path().to_owned(),
    };
    let TestPerson { name, about, password, .. } = person.clone();
    TestAccount { name, about, password, use_url }
}

/// Where somebody signs in, and goes on to: always one of ours.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way<'a> {
    /// To an app's request.
    To(&'a Asked),
    /// To a page of ours.
    Own(OwnPage),
}

impl Way<'_> {
    /// What a form is bound to besides the browser.
    pub(crate) fn hash(&self) -> &[u8] {
        match self {
            Self::To(asked) => &asked.hash,
            Self::Own(page) => page.query().as_bytes(),
        }
    }

    /// A record, of the client whose request it is, if it is one's.
    fn record(&self, event: Event) -> Record {
        match self {
            Self::To(asked) => Record::of(event).client(&asked.client.client_id),
            Self::Own(_) => Record::of(event),
        }
    }

    /// `provider` is where the button of the upstream provider leads, which the page's forms may lead to as well.
    fn respond<S, K, D>(
        &self,
        page: &SignIn,
        status: StatusCode,
        provider: Option<&Url>,
        ports: &Ports<S, K, D>,
    ) -> Response {
        let (own, framing) = match self {
            Self::To(asked) => (asked.form_action(), asked.framing()),
            Self::Own(_) => (FormAction::SelfOnly, Framing::Nobody),
        };
        let form_action = match provider {
            Some(provider) => own.and_also(provider),
            None => own,
        };
        page.respond_framed(&ports.site, status, &form_action, &framing)
    }
}

/// The sign-in page, or the app's answer when no page may be shown.
pub(crate) async fn page_or_refuse<S, K, D>(
    request: &Request,
    asked: &Asked,
    error: Option<SignInError>,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Response {
    if asked.request.prompt.none {
        let error =
            ErrorCode::LoginRequired.because("login_required", "nobody is signed in, and prompt is none.");
        return asked::back(&asked.target, &error);
    }
    let username = asked.own("username").or(asked.request.login_hint.as_deref()).unwrap_or_default();
    page(request, Way::To(asked), username, error, StatusCode::OK, ports, now).await
}

/// The sign-in page.
pub(crate) async fn page<S, K, D>(
    request: &Request,
    way: Way<'_>,
    username: &str,
    error: Option<SignInError>,
    status: StatusCode,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Response {
    let (pre, is_new) = browser::pre_session(request.headers(), ports);
    // While the provider does not answer, local accounts are all there is.
    let provider = match upstream::leads_to(ports, now).await {
        Ok(provider) => provider,
        Err(_) if ports.local_accounts => None,
        Err(error) => return upstream::unavailable(request, ports, &error.into()),
    };
    let action = match way {
        Way::To(asked) => own_query::at("/sign-in", &asked.query, &[]),
        Way::Own(page) => page.at("/sign-in"),
    };
    let page = SignIn {
        app: match way {
            Way::To(asked) => Some(asked.app()),
            Way::Own(_) => None,
        },
        purpose: match way {
            Way::To(_) => "",
            Way::Own(page) => page.purpose(),
        },
        create_account_url: creates_accounts(way, ports).then_some("/account/create"),
        form: PageForm {
            action,
            csrf: csrf::token(&ports.seals, pre.id(), ACTION, way.hash()),
            hidden: Vec::new(),
        },
        local: ports.local_accounts,
        upstream: provider.is_some().then(|| upstream::door(way, pre.id(), ports)).flatten(),
        username: username.chars().take(100).collect(),
        error,
        cancel_url: match way {
            Way::To(asked) => Some(asked.cancel_url()),
            Way::Own(_) => None,
        },
        test_accounts: ports.test_accounts.iter().map(|person| shown(person, way)).collect(),
    };
    let mut response = way.respond(&page, status, provider.as_ref(), ports);
    if is_new {
        set_cookie(&mut response, ports.cookies.set_pre_session(&pre, &ports.seals));
    }
    response
}

/// Whether people make accounts here: on a sandbox, and not in the middle of an app's request.
fn creates_accounts<S, K, D>(way: Way<'_>, ports: &Ports<S, K, D>) -> bool {
    matches!(way, Way::Own(_)) && ports.site.sandbox && ports.local_accounts
}

/// `GET /sign-in`: on the way to a page of ours. Whoever reloads the answer to the form goes on where the request is.
pub(crate) async fn show<S: Store, K, D>(
    request: &Request,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let Some(page_of_ours) = OwnPage::of_query(query) else {
        return respond::see_other(&own_query::address(query, &[]));
    };
    let cookie = browser::session_cookie(request.headers(), ports, now);
    match browser::signed_in(cookie, &ports.store, now).await {
        Ok(Some(_)) => respond::see_other(page_of_ours.path()),
        Ok(None) => page(request, Way::Own(page_of_ours), "", None, StatusCode::OK, ports, now).await,
        Err(error) => refusal::page(request, ports, &error.into()),
    }
}

/// `POST /sign-in`, on the way to an app's request or to a page of ours.
pub(crate) async fn submit<S: Store, K, D>(
    request: &Request,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Response {
    if let Some(page) = OwnPage::of_query(request.uri().query().unwrap_or_default()) {
        return try_password(request, Way::Own(page), ports, now).await;
    }
    match asked::open(request, ports, Reads::Nothing, now).await {
        Ok(opened) => try_password(request, Way::To(&opened.asked), ports, now).await,
        Err(answer) => *answer,
    }
}

async fn try_password<S: Store, K, D>(
    request: &Request,
    way: Way<'_>,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Response {
    let form = match body::form(request) {
        Ok(form) => form,
        Err(error) => return refusal::page(request, ports, &error),
    };
    let (pre, is_new) = browser::pre_session(request.headers(), ports);
    let token = form.all("csrf").next().unwrap_or_default();
    if is_new || !csrf::check(&ports.seals, token, pre.id(), ACTION, way.hash()) {
        return refusal::out_of_date(request, ports);
    }
    let name = form.all("username").next().unwrap_or_default().trim();
    let typed = form.all("password").next().unwrap_or_default();
    let again = |status, error| page(request, way, name, Some(error), status, ports, now);
    if !ports.local_accounts {
        return refusal::not_found(ports);
    }
    if name.is_empty() || name.len() > 100 || !password::is_possible(typed) {
        return again(StatusCode::BAD_REQUEST, SignInError::Wrong).await;
    }
    let counters = counters(request, name, ports, now);
    match ports.store.raise(&counters).await {
        Ok(Raised::Raised) => {}
        Ok(Raised::Full) => {
            let minutes = lockout::minutes_left(&counters, now);
            let mut response =
                again(StatusCode::TOO_MANY_REQUESTS, SignInError::TooManyTries { minutes }).await;
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(minutes * 60));
            return noted(response, way.record(Event::SignInLockedOut).account(ports.audit.account(name)));
        }
        Err(error) => return refusal::page(request, ports, &error.into()),
    }
    let user = match ports.store.user(name).await {
        Ok(user) => user,
        Err(error) => return refusal::page(request, ports, &error.into()),
    };
    // The same work whether or not there is such a person.
    let right = password::is_right(typed, user.as_ref().map(|user| user.password_hash.as_str()));
    match user.filter(|user| right && user.may_sign_in()) {
        Some(user) => {
            let proof = Proof { auth_time: Some(now), is_fresh: true, counters: &counters };
            begin(request, way, &user, proof, ports, now).await
        }
        None => {
            let response = again(StatusCode::UNAUTHORIZED, SignInError::Wrong).await;
            noted(response, way.record(Event::SignInFailed).account(ports.audit.account(name)))
        }
    }
}

/// What this try counts towards.
fn counters<S, K, D>(
    request: &Request,
    name: &str,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> [Counter; 3] {
    let address =
        request.extensions().get::<Sender>().map(|Sender(address)| lockout::neighbourhood(*address));
    lockout::counters(name, &address.unwrap_or_default(), |parts| ports.seals.keyed_hash(parts), now)
}

/// How somebody proved who they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proof<'a> {
    /// When, as far as it is known.
    pub(crate) auth_time: Option<UnixSeconds>,
    /// Whether it was for this very sign-in.
    pub(crate) is_fresh: bool,
    /// The counts that it went through.
    pub(crate) counters: &'a [Counter],
}

/// Begins a new session, ends the one before, and goes on with the request.
///
/// Source: OWASP ASVS 5.0 §7.2.4 (a new session at sign-in).
pub(crate) async fn begin<S: Store, K, D>(
    request: &Request,
    way: Way<'_>,
    user: &User,
    proof: Proof<'_>,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Response {
    let cookie = SessionCookie::new(random::bytes(), user.name.clone(), user.subject.clone());
    let begun = Session::begun(random::sha256(cookie.id()), user, now, ports.session_lifetime);
    let session = Session { auth_time: proof.auth_time, ..begun };
    let before = browser::session_cookie(request.headers(), ports, now);
    let before = before.map(|before| random::sha256(before.id()));
    if let Err(error) = ports.store.begin(&session, before.as_deref(), proof.counters).await {
        let (error, heading) = (OAuthError::from(error), Heading::WentWrong);
        return refusal::with_heading(request, ports, &error, heading, StatusCode::SERVICE_UNAVAILABLE);
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
        Way::To(asked) => asked.go_on(&step, cookie.id(), ports),
        Way::Own(page) => respond::see_other(page.path()),
    };
    set_cookie(&mut response, ports.cookies.set_session(&cookie, &ports.seals, now));
    response.headers_mut().append(header::SET_COOKIE, ports.cookies.clear_pre_session());
    let (person, account) = (ports.audit.person(&user.subject), ports.audit.account(&user.name));
    noted(response, way.record(Event::SignedIn).person(person).account(account))
}
