//! Signing in: name and password, from the page that this browser was shown for this request.

use http::{HeaderValue, StatusCode, header};
use pages::account::TestPerson;
use pages::layout::{Form as PageForm, Page};
use pages::sign_in::{SignIn, SignInError, TestAccount};
use smart::audit::Event;
use smart::authorization::WhySignIn;
use smart::lockout::{self, Counter, Raised};
use smart::password;
use smart::ports::{Lockout, UserReader};
use web::browser::csrf;
use web::browser::headers::{FormAction, Framing};
use web::browser::signed_in::{OwnPage, set_cookie};
use web::notes::noted;
use web::{Response, Sender, respond};

use crate::open_request::{self, OpenRequest, Reads};
use crate::ports::Reaches;
use crate::session_start::{self, Proof, Way};
use crate::stop::Stop;
use crate::visit::Visit;
use crate::{ui_params, upstream};

const ACTION: &str = "sign-in";

/// An invented person as the page lists them; without script, a link fills the name in.
fn shown(person: &TestPerson, way: Way<'_>) -> TestAccount {
    let use_url = match way {
        Way::App(open) => open.params.address(&[("username", &person.name)]),
        Way::Own(page) => page.path().to_owned(),
    };
    let TestPerson { name, about, password, .. } = person.clone();
    TestAccount { name, about, password, use_url }
}

/// The sign-in page of an app's request.
pub(crate) async fn show_for_app(
    visit: &Visit<'_, impl Reaches>,
    open: &OpenRequest,
    why: WhySignIn,
) -> Result<Response, Stop> {
    let error = (why == WhySignIn::LaunchedByAnother).then_some(SignInError::AnotherPerson);
    let hint = open.request.asked().login_hint.as_deref();
    let username = open.params.own("username").or(hint).unwrap_or_default();
    page(visit, Way::App(open), username, error).await
}

/// The sign-in page.
pub(crate) async fn page(
    visit: &Visit<'_, impl Reaches>,
    way: Way<'_>,
    username: &str,
    error: Option<SignInError>,
) -> Result<Response, Stop> {
    let ports = visit.ports;
    let (pre, is_new) = visit.pre_session();
    // While the provider does not answer, local accounts are all there is.
    let provider = match upstream::leads_to(visit).await {
        Err(_) if ports.local_accounts => None,
        answer => answer?,
    };
    let status = status_of(error);
    let page = SignIn {
        app: match way {
            Way::App(open) => Some(open.app()),
            Way::Own(_) => None,
        },
        purpose: match way {
            Way::App(_) => "",
            Way::Own(page) => page.purpose(),
        },
        create_account_url: creates_accounts(visit, way).then_some("/account/create"),
        form: PageForm {
            action: way.at("/sign-in"),
            csrf: csrf::token(&ports.seals, pre.id(), ACTION, way.hash()),
            hidden: Vec::new(),
        },
        local: ports.local_accounts,
        upstream: provider.is_some().then(|| upstream::button(visit, way, pre.id())).flatten(),
        username: username.chars().take(100).collect(),
        error,
        cancel_url: match way {
            Way::App(open) => Some(open.request.denial_url()),
            Way::Own(_) => None,
        },
        test_accounts: ports.test_accounts.iter().map(|person| shown(person, way)).collect(),
    };
    let (own, framing) = match way {
        Way::App(open) => (open.form_action(), open.framing()),
        Way::Own(_) => (FormAction::SelfOnly, Framing::Nobody),
    };
    // The button of the provider is a form of the page as well.
    let form_action = match &provider {
        Some(provider) => own.and_also(provider),
        None => own,
    };
    let mut response = page.respond_framed(&ports.site, status, &form_action, &framing);
    if is_new {
        set_cookie(&mut response, ports.cookies.set_pre_session(&pre, &ports.seals));
    }
    Ok(response)
}

/// The status of a sign-in page that shows this error.
const fn status_of(error: Option<SignInError>) -> StatusCode {
    match error {
        None | Some(SignInError::AnotherPerson) => StatusCode::OK,
        Some(SignInError::Wrong) => StatusCode::UNAUTHORIZED,
        Some(SignInError::TooManyTries { .. }) => StatusCode::TOO_MANY_REQUESTS,
    }
}

/// Whether users can create an account here: on a sandbox, and not in the middle of an app's request.
fn creates_accounts(visit: &Visit<'_, impl Reaches>, way: Way<'_>) -> bool {
    let ports = visit.ports;
    matches!(way, Way::Own(_)) && ports.site.sandbox && ports.local_accounts
}

/// `GET /sign-in`: on the way to a page of ours. A user who reloads the answer to the form continues where the request is.
pub(crate) async fn show(visit: &Visit<'_, impl Reaches>) -> Result<Response, Stop> {
    let query = visit.query();
    let page_of_ours =
        OwnPage::of_query(query).ok_or_else(|| Stop::Restart(ui_params::address(query, &[])))?;
    match visit.signed_in().await? {
        Some(_) => Ok(respond::see_other(page_of_ours.path())),
        None => page(visit, Way::Own(page_of_ours), "", None).await,
    }
}

/// `POST /sign-in`, on the way to an app's request or to a page of ours.
pub(crate) async fn submit(visit: &Visit<'_, impl Reaches>) -> Result<Response, Stop> {
    match OwnPage::of_query(visit.query()) {
        Some(page) => try_password(visit, Way::Own(page)).await,
        None => {
            let opened = open_request::open(visit, visit.query(), Reads::Nothing).await?;
            try_password(visit, Way::App(&opened.open)).await
        }
    }
}

async fn try_password(visit: &Visit<'_, impl Reaches>, way: Way<'_>) -> Result<Response, Stop> {
    let Visit { ports, now, .. } = *visit;
    let form = way.form(visit, ACTION)?;
    let name = form.all("username").next().unwrap_or_default().trim();
    let typed = form.all("password").next().unwrap_or_default();
    if !ports.local_accounts {
        return Err(Stop::NotFound);
    }
    if name.is_empty() || name.len() > 100 || !password::is_possible(typed) {
        let mut response = page(visit, way, name, Some(SignInError::Wrong)).await?;
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return Ok(response);
    }
    let counters = counters(visit, name);
    if ports.store.raise(&counters).await? == Raised::Full {
        return locked_out(visit, way, name, lockout::minutes_left(&counters, now)).await;
    }
    let user = ports.store.user(name).await?;
    // The same work whether or not there is such a user.
    let right = password::is_right(typed, user.as_ref().map(|user| user.password_hash.as_str()));
    match user.filter(|user| right && user.may_sign_in()) {
        Some(user) => {
            let proof = Proof { auth_time: Some(now), is_fresh: true, counters: &counters };
            session_start::begin(visit, way, &user, proof).await
        }
        None => {
            let response = page(visit, way, name, Some(SignInError::Wrong)).await?;
            Ok(noted(response, way.record(Event::SignInFailed).account(ports.audit.account(name))))
        }
    }
}

async fn locked_out(
    visit: &Visit<'_, impl Reaches>,
    way: Way<'_>,
    name: &str,
    minutes: u64,
) -> Result<Response, Stop> {
    let mut response = page(visit, way, name, Some(SignInError::TooManyTries { minutes })).await?;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(minutes * 60));
    let account = visit.ports.audit.account(name);
    Ok(noted(response, way.record(Event::SignInLockedOut).account(account)))
}

/// What this try counts towards.
fn counters(visit: &Visit<'_, impl Reaches>, name: &str) -> [Counter; 3] {
    let Visit { request, ports, now } = *visit;
    let address =
        request.extensions().get::<Sender>().map(|Sender(address)| lockout::neighbourhood(*address));
    lockout::counters(name, &address.unwrap_or_default(), |parts| ports.seals.keyed_hash(parts), now)
}
