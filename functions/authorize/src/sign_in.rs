//! Signing in: name and password, from the page that this browser was shown for this request.

use http::{HeaderValue, StatusCode, header};
use pages::account::TestPerson;
use pages::layout::{Form as PageForm, Page};
use pages::sign_in::{SignIn, SignInError, TestAccount};
use smart::audit::Event;
use smart::error::ErrorCode;
use smart::lockout::{self, Counter, Raised};
use smart::password;
use smart::ports::{Lockout, UserReader};
use web::body;
use web::browser::csrf;
use web::browser::headers::{FormAction, Framing};
use web::browser::signed_in::{OwnPage, set_cookie};
use web::notes::noted;
use web::{Response, Sender, respond};

use crate::asked::{self, Asked, Reads};
use crate::ports::Reaches;
use crate::session_start::{self, Proof, Way};
use crate::visit::Visit;
use crate::{own_query, refusal, upstream};

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

/// The sign-in page, or the app's answer when no page may be shown.
pub(crate) async fn page_or_refuse(
    visit: &Visit<'_, impl Reaches>,
    asked: &Asked,
    error: Option<SignInError>,
) -> Response {
    if asked.request.prompt.none {
        let error =
            ErrorCode::LoginRequired.because("login_required", "nobody is signed in, and prompt is none.");
        return asked::back(&asked.target, &error);
    }
    let username = asked.own("username").or(asked.request.login_hint.as_deref()).unwrap_or_default();
    page(visit, Way::To(asked), username, error, StatusCode::OK).await
}

/// The sign-in page.
pub(crate) async fn page(
    visit: &Visit<'_, impl Reaches>,
    way: Way<'_>,
    username: &str,
    error: Option<SignInError>,
    status: StatusCode,
) -> Response {
    let ports = visit.ports;
    let (pre, is_new) = visit.pre_session();
    // While the provider does not answer, local accounts are all there is.
    let provider = match upstream::leads_to(visit).await {
        Ok(provider) => provider,
        Err(_) if ports.local_accounts => None,
        Err(error) => return refusal::unavailable(visit, &error.into()),
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
        create_account_url: creates_accounts(visit, way).then_some("/account/create"),
        form: PageForm {
            action: way.at("/sign-in"),
            csrf: csrf::token(&ports.seals, pre.id(), ACTION, way.hash()),
            hidden: Vec::new(),
        },
        local: ports.local_accounts,
        upstream: provider.is_some().then(|| upstream::door(visit, way, pre.id())).flatten(),
        username: username.chars().take(100).collect(),
        error,
        cancel_url: match way {
            Way::To(asked) => Some(asked.cancel_url()),
            Way::Own(_) => None,
        },
        test_accounts: ports.test_accounts.iter().map(|person| shown(person, way)).collect(),
    };
    let (own, framing) = match way {
        Way::To(asked) => (asked.form_action(), asked.framing()),
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
    response
}

/// Whether users can create an account here: on a sandbox, and not in the middle of an app's request.
fn creates_accounts(visit: &Visit<'_, impl Reaches>, way: Way<'_>) -> bool {
    let ports = visit.ports;
    matches!(way, Way::Own(_)) && ports.site.sandbox && ports.local_accounts
}

/// `GET /sign-in`: on the way to a page of ours. A user who reloads the answer to the form continues where the request is.
pub(crate) async fn show(visit: &Visit<'_, impl Reaches>) -> Response {
    let query = visit.query();
    let Some(page_of_ours) = OwnPage::of_query(query) else {
        return respond::see_other(&own_query::address(query, &[]));
    };
    match visit.signed_in().await {
        Ok(Some(_)) => respond::see_other(page_of_ours.path()),
        Ok(None) => page(visit, Way::Own(page_of_ours), "", None, StatusCode::OK).await,
        Err(error) => refusal::page(visit, &error.into()),
    }
}

/// `POST /sign-in`, on the way to an app's request or to a page of ours.
pub(crate) async fn submit(visit: &Visit<'_, impl Reaches>) -> Response {
    if let Some(page) = OwnPage::of_query(visit.query()) {
        return try_password(visit, Way::Own(page)).await;
    }
    match asked::open(visit, Reads::Nothing).await {
        Ok(opened) => try_password(visit, Way::To(&opened.asked)).await,
        Err(answer) => *answer,
    }
}

async fn try_password(visit: &Visit<'_, impl Reaches>, way: Way<'_>) -> Response {
    let Visit { request, ports, now } = *visit;
    let form = match body::form(request) {
        Ok(form) => form,
        Err(error) => return refusal::page(visit, &error),
    };
    let (pre, is_new) = visit.pre_session();
    let token = form.all("csrf").next().unwrap_or_default();
    if is_new || !csrf::check(&ports.seals, token, pre.id(), ACTION, way.hash()) {
        return refusal::out_of_date(visit);
    }
    let name = form.all("username").next().unwrap_or_default().trim();
    let typed = form.all("password").next().unwrap_or_default();
    let again = |status, error| page(visit, way, name, Some(error), status);
    if !ports.local_accounts {
        return refusal::not_found(visit);
    }
    if name.is_empty() || name.len() > 100 || !password::is_possible(typed) {
        return again(StatusCode::BAD_REQUEST, SignInError::Wrong).await;
    }
    let counters = counters(visit, name);
    match ports.store.raise(&counters).await {
        Ok(Raised::Raised) => {}
        Ok(Raised::Full) => {
            let minutes = lockout::minutes_left(&counters, now);
            let mut response =
                again(StatusCode::TOO_MANY_REQUESTS, SignInError::TooManyTries { minutes }).await;
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(minutes * 60));
            return noted(response, way.record(Event::SignInLockedOut).account(ports.audit.account(name)));
        }
        Err(error) => return refusal::page(visit, &error.into()),
    }
    let user = match ports.store.user(name).await {
        Ok(user) => user,
        Err(error) => return refusal::page(visit, &error.into()),
    };
    // The same work whether or not there is such a person.
    let right = password::is_right(typed, user.as_ref().map(|user| user.password_hash.as_str()));
    match user.filter(|user| right && user.may_sign_in()) {
        Some(user) => {
            let proof = Proof { auth_time: Some(now), is_fresh: true, counters: &counters };
            session_start::begin(visit, way, &user, proof).await
        }
        None => {
            let response = again(StatusCode::UNAUTHORIZED, SignInError::Wrong).await;
            noted(response, way.record(Event::SignInFailed).account(ports.audit.account(name)))
        }
    }
}

/// What this try counts towards.
fn counters(visit: &Visit<'_, impl Reaches>, name: &str) -> [Counter; 3] {
    let Visit { request, ports, now } = *visit;
    let address =
        request.extensions().get::<Sender>().map(|Sender(address)| lockout::neighbourhood(*address));
    lockout::counters(name, &address.unwrap_or_default(), |parts| ports.seals.keyed_hash(parts), now)
}
