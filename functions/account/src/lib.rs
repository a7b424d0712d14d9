//! The account home: what somebody who is signed in does with their apps, tokens and password. It decides nothing that
//! `smart::operations` does not decide, and signs nothing.

mod approvals;
mod assertion;
mod client;
mod client_form;
mod client_keys;
mod client_parts;
mod clients;
mod home;
mod once;
mod passwords;
mod route;
mod secrets;
mod settings;
mod test_launch;
mod token_tool;
mod tokens;
mod typed_secret;
mod visit;

use std::time::Duration;

use aws::own_endpoints::OwnEndpoints;
use http::{Method, StatusCode, header};
use pages::account::TestPerson;
use pages::layout::Site;
use pages::message::Heading;
use pages::refusal;
use smart::error::{ErrorCode, OAuthError};
use smart::user::Ceilings;
use smart_verify::time::UnixSeconds;
use web::browser::cookies::{CookiePolicy, Cookies};
use web::browser::signed_in::{OwnPage, set_cookie, signed_in};
use web::{Request, Response, respond};

use crate::{Ports, Reaches};

use route::Route;
pub(crate) use settings::AccountSettings;
use visit::Visit;

/// What the account home knows besides what registration needs.
#[derive(Debug)]
pub struct AccountHome {
    /// What all pages say about the place.
    pub site: Site,
    /// How cookies are set.
    pub cookies: CookiePolicy,
    /// How long a session lasts at most.
    pub session_lifetime: Duration,
    /// Whether people can sign in with a name and password of ours.
    pub local_accounts: bool,
    /// The FHIR resource of accounts that people make for themselves, on a sandbox.
    pub sandbox_fhir_user: Option<String>,
    /// Invented people, shown on a sandbox alone.
    pub people: Vec<TestPerson>,
    /// What people may have at most.
    pub ceilings: Ceilings,
    /// Where test tokens come from.
    pub endpoints: OwnEndpoints,
}

/// Whether a path is one of the account home.
pub(crate) fn is_at(path: &str) -> bool {
    path == "/account" || path.starts_with("/account/")
}

/// Answers a request to the account home.
pub(crate) async fn answer(request: &Request, ports: &Ports<impl Reaches>, now: UnixSeconds) -> Response {
    let home = &ports.account;
    let Some(route) = Route::of(request.uri().path()) else {
        return refusal::not_found(&home.site);
    };
    if !route.allow().split(", ").any(|method| method == request.method().as_str()) {
        return respond::method_not_allowed(route.allow());
    }
    match route {
        Route::Create => return passwords::create(request, ports, now).await,
        Route::SetPassword => return passwords::set(request, ports, now).await,
        _ => {}
    }
    let cookie = Cookies::of(request.headers()).session(home.cookies, &ports.seals, now);
    let who = match signed_in(cookie, &ports.store, now).await {
        Ok(Some(who)) => who,
        // What was posted is lost: whoever signs in now may be somebody else.
        Ok(None) => return respond::see_other(&OwnPage::of_path(request.uri().path()).at("/sign-in")),
        Err(error) => return unavailable(request, &home.site, &error.into()),
    };
    let visit = Visit { request, ports, who: &who, now };
    let answer = show(&visit, route).await;
    let mut answer = answer.unwrap_or_else(|refused| *refused);
    if !answer.headers().contains_key(header::SET_COOKIE) {
        set_cookie(&mut answer, home.cookies.set_session(&who.cookie, &ports.seals, now));
    }
    answer
}

async fn show(visit: &Visit<'_, impl Reaches>, route: Route) -> Result<Response, Box<Response>> {
    let posted = *visit.request.method() == Method::POST;
    match route {
        Route::Home => home::show(visit).await,
        Route::Password if posted => passwords::change(visit).await,
        Route::Password => passwords::ask(visit).await,
        Route::Clients => clients::own(visit).await,
        Route::AllClients => clients::all(visit).await,
        Route::NewClient if posted => client::create(visit).await,
        Route::NewClient => client::ask(visit).await,
        Route::Client(id) if posted => client::update(visit, &id).await,
        Route::Client(id) => client::show(visit, &id).await,
        Route::DeleteClient(id) if posted => client::delete(visit, &id).await,
        Route::DeleteClient(id) => client::ask_delete(visit, &id).await,
        Route::Samples(id) => client_parts::samples(visit, &id).await,
        Route::Problems(id) => client_parts::recent_problems(visit, &id).await,
        Route::TestLaunch(id) if posted => test_launch::start(visit, &id).await,
        Route::TestLaunch(id) => test_launch::show(visit, &id).await,
        Route::Secrets(id) if posted => secrets::add(visit, &id).await,
        Route::Secrets(id) => secrets::show(visit, &id).await,
        Route::EndSecret(id, secret) => secrets::end(visit, &id, &secret).await,
        Route::Tokens if posted => tokens::request(visit).await,
        Route::Tokens => tokens::ask(visit, Vec::new(), None, StatusCode::OK).await,
        Route::TokenCallback => tokens::arrive(visit).await,
        Route::TokenResult => tokens::show(visit).await,
        Route::RevokeToken => tokens::revoke(visit).await,
        Route::Patients => home::patients(visit).await,
        Route::Backend => home::backend(visit).await,
        Route::Assertion if posted => assertion::examine(visit).await,
        Route::Assertion => assertion::ask(visit).await,
        Route::Approvals => approvals::list(visit).await,
        Route::Approval(id) if posted => approvals::decide(visit, &id).await,
        Route::Approval(id) => approvals::show(visit, &id).await,
        // Answered before anybody was asked who they are.
        Route::Create | Route::SetPassword => Ok(refusal::not_found(&visit.home().site)),
    }
}

/// Something that we need cannot be reached.
pub(crate) fn unavailable(request: &Request, site: &Site, error: &OAuthError) -> Response {
    let is_ours = error.code() == ErrorCode::TemporarilyUnavailable;
    let heading = if is_ours { Heading::WentWrong } else { Heading::OutOfDate };
    refusal::page(request, site, error, heading, error.code().wire().1)
}
