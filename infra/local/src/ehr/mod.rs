//! The EHR simulator: a page that launches an app for a user and a patient, as a hospital's EHR does.
//!
//! To the service it is a backend client with the scope `__launch`, no more. Its pages may frame the app, and are
//! served under `localhost` like the sample app: another site than the service, as in the world.

mod launch;
mod page;
mod service;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, Response};
use axum::routing::{get, post};
use http::{HeaderName, HeaderValue, header};
use smart::user::Role;

use launch::LaunchForm;

const STYLE: &str = include_str!("style.css");

/// What the EHR has to know about the service, the apps and its own users.
#[derive(Clone)]
pub struct Ehr {
    /// The authorization server's `issuer`. The frame of an embedded app may lead to its pages.
    pub issuer: String,
    /// The apps to choose from; another one is launched by its client id.
    pub apps: Vec<App>,
    /// Who may be signed in at the EHR.
    pub users: Vec<Person>,
    /// Signs a fresh client assertion for the EHR's own client, with which it asks for its access token.
    pub assertion: Arc<dyn Fn() -> String + Send + Sync>,
}

/// An app that can be launched.
#[derive(Clone, Debug)]
pub struct App {
    /// Its client id.
    pub client_id: String,
    /// What people call it.
    pub name: String,
    /// Where the EHR opens it.
    pub launch_url: String,
}

/// A user who can be signed in at the EHR.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// The name they sign in with.
    pub name: &'static str,
    /// What they are called on pages.
    pub display_name: &'static str,
    /// Patient or clinician.
    pub role: Role,
}

impl fmt::Debug for Ehr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { issuer, apps, users, assertion: _ } = self;
        let mut shown = out.debug_struct("Ehr");
        shown.field("issuer", issuer).field("apps", apps).field("users", users).finish_non_exhaustive()
    }
}

/// The routes of the EHR: its page, what the page's form asks for, and the style.
pub fn router(ehr: Ehr) -> Router {
    Router::new()
        .route("/", get(choose))
        .route("/launch", post(launch::launch))
        .route("/style.css", get(async || ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)))
        .layer(from_fn(secure))
        .with_state(Arc::new(ehr))
}

/// `GET /`: what to launch, for whom. The fields of the form may stand in the query, so that a choice can be kept as a
/// bookmark.
async fn choose(State(ehr): State<Arc<Ehr>>, request: Request) -> Html<String> {
    let asked = match Query::try_from_uri(request.uri()) {
        Ok(Query(asked)) if request.uri().query().is_some() => asked,
        _ => LaunchForm::proposed_by(&ehr),
    };
    Html(page::choices(&ehr, &asked, None))
}

/// Puts on every answer what keeps it from being framed, guessed at or kept. A page with an app in it brings its own
/// policy.
async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let fixed: [(HeaderName, &str); 5] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: with that a browser sends `Origin: null` with the page's own form.
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    let headers = response.headers_mut();
    headers.extend(fixed.map(|(name, value)| (name, HeaderValue::from_static(value))));
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.extend(content_security_policy(&[]).map(|value| (header::CONTENT_SECURITY_POLICY, value)));
    }
    response
}

/// No script at all, own style, and frames of the named origins alone. Forms may lead anywhere on the web: the answer
/// to ours is a redirect to the app, wherever that lives, and Chromium holds the redirect to `form-action` too.
fn content_security_policy(framed: &[String]) -> Option<HeaderValue> {
    let framed = if framed.is_empty() { "'none'".to_owned() } else { framed.join(" ") };
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src data:; frame-src {framed}; \
         form-action 'self' http: https:; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).ok()
}
