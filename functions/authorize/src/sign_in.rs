//! Signing in: name and password, from the page that this browser was shown for this request.

use http::StatusCode;
use pages::csrf;
use pages::layout::{Form as PageForm, Page};
use pages::message::Heading;
use pages::sealed_step::{STEP_LIFETIME, Step};
use pages::session_cookie::SessionCookie;
use pages::sign_in::{SignIn, SignInError};
use smart::error::{ErrorCode, OAuthError};
use smart::http::{Form, Request, Response};
use smart::random;
use smart::session::{SESSION_LIFETIME, Session};
use smart::time::UnixSeconds;
use smart::user::User;

use crate::asked::{self, Asked};
use crate::browser::{self, set_cookie};
use crate::{Ports, Store, own_query, password, refusal};

const ACTION: &str = "sign-in";

/// The sign-in page, or the app's answer when no page may be shown.
pub(crate) fn page_or_refuse<S, K, D>(request: &Request, asked: &Asked, ports: &Ports<S, K, D>) -> Response {
    if asked.request.prompt.none {
        let error =
            ErrorCode::LoginRequired.because("login_required", "nobody is signed in, and prompt is none.");
        return asked::back(&asked.target, &error);
    }
    let username = asked.own("username").or(asked.request.login_hint.as_deref()).unwrap_or_default();
    page(request, asked, username, None, StatusCode::OK, ports)
}

fn page<S, K, D>(
    request: &Request,
    asked: &Asked,
    username: &str,
    error: Option<SignInError>,
    status: StatusCode,
    ports: &Ports<S, K, D>,
) -> Response {
    let (pre, is_new) = browser::pre_session(request.headers(), ports);
    let form = PageForm {
        action: own_query::at("/sign-in", &asked.query, &[]),
        csrf: csrf::token(&ports.seals, pre.id(), ACTION, &asked.hash),
        hidden: Vec::new(),
    };
    let page = SignIn {
        app: Some(asked.app()),
        form,
        local: true,
        upstream: None,
        username: username.chars().take(100).collect(),
        error,
        cancel_url: Some(asked.cancel_url()),
        test_accounts: Vec::new(),
    };
    let mut response = page.respond(&ports.site, status, &asked.form_action());
    if is_new {
        set_cookie(&mut response, ports.cookies.set_pre_session(&pre, &ports.seals));
    }
    response
}

/// `POST /sign-in`.
pub(crate) async fn submit<S: Store, K, D>(
    request: &Request,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Response {
    let (asked, _) = match asked::open(request, ports, now).await {
        Ok(opened) => opened,
        Err(answer) => return *answer,
    };
    let form = match Form::body(request) {
        Ok(form) => form,
        Err(error) => return refusal::page(request, ports, &error),
    };
    let (pre, is_new) = browser::pre_session(request.headers(), ports);
    let token = form.all("csrf").next().unwrap_or_default();
    if is_new || !csrf::check(&ports.seals, token, pre.id(), ACTION, &asked.hash) {
        return refusal::out_of_date(request, ports);
    }
    let name = form.all("username").next().unwrap_or_default().trim();
    let typed = form.all("password").next().unwrap_or_default();
    let wrong = |status| page(request, &asked, name, Some(SignInError::Wrong), status, ports);
    if name.is_empty() || name.len() > 100 || !password::is_possible(typed) {
        return wrong(StatusCode::BAD_REQUEST);
    }
    let user = match ports.store.user(name).await {
        Ok(user) => user,
        Err(error) => return refusal::page(request, ports, &error.into()),
    };
    // The same work whether or not there is such a person.
    let right = password::is_right(typed, user.as_ref().map(|user| user.password_hash.as_str()));
    match user.filter(|user| right && !user.disabled) {
        Some(user) => begin(request, &asked, &user, ports, now).await,
        None => wrong(StatusCode::UNAUTHORIZED),
    }
}

/// Begins a new session, ends the one before, and goes on with the request.
///
/// Source: OWASP ASVS 5.0 §7.2.4 (a new session at sign-in).
async fn begin<S: Store, K, D>(
    request: &Request,
    asked: &Asked,
    user: &User,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Response {
    let cookie = SessionCookie::new(random::bytes(), user.name.clone(), user.subject.clone());
    let session = Session {
        id: random::sha256(cookie.id()),
        name: user.name.clone(),
        subject: user.subject.clone(),
        auth_time: now,
        expires_at: now + SESSION_LIFETIME,
    };
    let before = browser::session_cookie(request.headers(), ports, now);
    let end_before = async {
        match &before {
            Some(before) => ports.store.end(&random::sha256(before.id())).await,
            None => Ok(()),
        }
    };
    if let Err(error) = tokio::try_join!(ports.store.begin(&session), end_before) {
        let error = OAuthError::from(error);
        return refusal::with_heading(
            request,
            ports,
            &error,
            Heading::WentWrong,
            StatusCode::SERVICE_UNAVAILABLE,
        );
    }
    let step = Step {
        subject: user.subject.clone(),
        auth_time: now.0,
        patient: None,
        patient_shown: None,
        encounter: None,
        signed_in_for_this_request: true,
        ends_at: (now + STEP_LIFETIME).0,
    };
    let mut response = asked.go_on(&step, cookie.id(), ports);
    set_cookie(&mut response, ports.cookies.set_session(&cookie, &ports.seals, now));
    response.headers_mut().append(http::header::SET_COOKIE, ports.cookies.clear_pre_session());
    response
}
