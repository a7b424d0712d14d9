//! The account home, as HTML: what users who are signed in do with their apps, tokens and password. It decides nothing
//! that `smart::operations` does not decide, and signs nothing. The registration function answers with it.
//!
//! A file is a page: `show` answers a GET, and `submit` takes the form of the page.

mod approval;
mod approvals;
mod assertion;
mod backend;
mod client;
mod client_form;
mod client_keys;
mod clients;
mod create_account;
mod delete_client;
mod desk;
mod flash;
mod home;
mod new_client;
mod password;
mod patients;
mod problems;
mod refusal;
mod route;
mod samples;
mod secrets;
mod set_password;
mod stranger;
mod test_launch;
#[cfg(test)]
mod tests;
mod token_callback;
mod token_result;
mod token_tool;
mod tokens;
mod typed_secret;
mod visit;

use http::{Method, StatusCode};
use pages::message::Heading;
use smart::error::OAuthError;
use web::browser::cookies::Cookies;
use web::browser::signed_in::{OwnPage, signed_in};
use web::{Request, Response, respond};

pub use desk::{AccountHome, Desk, REACHES, Reaches};
use refusal::PageResult;
use route::Route;
use visit::Visit;

/// Whether a path is one of the account home.
pub fn is_at(path: &str) -> bool {
    path == "/account" || path.starts_with("/account/")
}

/// The page while nothing can be decided.
pub fn unavailable(request: &Request, home: &AccountHome, error: &OAuthError) -> Response {
    pages::refusal::page(request, &home.site, error, Heading::WentWrong, StatusCode::SERVICE_UNAVAILABLE)
}

/// Answers a request to the account home.
pub async fn handle(request: &Request, desk: &Desk<'_, impl Reaches>) -> Response {
    let site = &desk.home.site;
    let Some((route, allow)) = Route::of(request.uri().path()) else {
        return pages::refusal::not_found(site);
    };
    if !allow.split(", ").any(|method| method == request.method().as_str()) {
        return respond::method_not_allowed(allow);
    }
    let posted = *request.method() == Method::POST;
    let answer = match route {
        Route::Create if posted => create_account::submit(request, desk).await,
        Route::Create => create_account::show(request, desk),
        Route::SetPassword if posted => set_password::submit(request, desk).await,
        Route::SetPassword => set_password::show(request, desk).await,
        route => visited(request, desk, route).await,
    };
    answer.unwrap_or_else(|refusal| refusal.page(request, site))
}

/// Answers a user who is signed in; anyone else is asked to sign in.
async fn visited(request: &Request, desk: &Desk<'_, impl Reaches>, route: Route) -> PageResult {
    let Desk { operations, seals, home, .. } = desk;
    let cookie = Cookies::of(request.headers()).session(home.cookies, seals, operations.now);
    let Some(who) = signed_in(cookie, operations.store, operations.now).await? else {
        // What was posted is lost: another user may sign in now.
        return Ok(respond::see_other(&OwnPage::of_path(request.uri().path()).at("/sign-in")));
    };
    let visit = Visit::of(request, desk, &who);
    let answer = answer(&visit, route).await;
    Ok(visit.seen(answer.unwrap_or_else(|refusal| refusal.page(request, &home.site))))
}

async fn answer(visit: &Visit<'_, impl Reaches>, route: Route) -> PageResult {
    let posted = *visit.request.method() == Method::POST;
    match route {
        Route::Home => home::show(visit).await,
        Route::Password if posted => password::submit(visit).await,
        Route::Password => Ok(password::show(visit)),
        Route::Clients => clients::show(visit).await,
        Route::AllClients => clients::show_all(visit).await,
        Route::NewClient if posted => new_client::submit(visit).await,
        Route::NewClient => new_client::show(visit).await,
        Route::Client(id) if posted => client::submit(visit, &id).await,
        Route::Client(id) => client::show(visit, &id).await,
        Route::DeleteClient(id) if posted => delete_client::submit(visit, &id).await,
        Route::DeleteClient(id) => delete_client::show(visit, &id).await,
        Route::Samples(id) => samples::show(visit, &id).await,
        Route::Problems(id) => problems::show(visit, &id).await,
        Route::TestLaunch(id) if posted => test_launch::submit(visit, &id).await,
        Route::TestLaunch(id) => test_launch::show(visit, &id).await,
        Route::Secrets(id) if posted => secrets::submit(visit, &id).await,
        Route::Secrets(id) => secrets::show(visit, &id).await,
        Route::EndSecret(id, secret) => secrets::submit_end(visit, &id, &secret).await,
        Route::Tokens if posted => tokens::submit(visit).await,
        Route::Tokens => tokens::show(visit).await,
        Route::TokenCallback => token_callback::show(visit).await,
        Route::TokenResult => token_result::show(visit).await,
        Route::RevokeToken => token_result::submit(visit).await,
        Route::Patients => patients::show(visit),
        Route::Backend => backend::show(visit).await,
        Route::Assertion if posted => assertion::submit(visit).await,
        Route::Assertion => assertion::show(visit).await,
        Route::Approvals => approvals::show(visit).await,
        Route::Approval(id) if posted => approval::submit(visit, &id).await,
        Route::Approval(id) => approval::show(visit, &id).await,
        // Answered before it is asked who is signed in.
        Route::Create | Route::SetPassword => Err(refusal::Refusal::NotFound),
    }
}
