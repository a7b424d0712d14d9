//! The sample app: a SMART app of one page without a framework, and what the other demo clients need.
//!
//! It is served under `localhost` while the service is `127.0.0.1`, so that the two are different sites and
//! cookies behave as they do in the world.

mod assertion;
mod callback;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderName, HeaderValue, header};
use serde_json::json;
use url::Url;

use crate::html;

const PAGE: &str = include_str!("index.html");
const SCRIPT: &str = include_str!("app.js");
const STYLE: &str = include_str!("style.css");

/// What the sample app has to know about the service.
#[derive(Clone)]
pub struct SampleApp {
    /// The public client whose redirect URI is this app's first page.
    pub client_id: String,
    /// The authorization server's `issuer`. The page may fetch from its origin and the FHIR API's alone.
    pub issuer: String,
    /// The FHIR base URL, without a slash at the end.
    pub fhir_base_url: String,
    /// The origin of the EHR whose pages may frame the app.
    pub ehr: String,
    /// Signs a fresh client assertion for the backend client, for a printed command line to fetch.
    pub assertion: Arc<dyn Fn() -> String + Send + Sync>,
}

impl fmt::Debug for SampleApp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client_id, issuer, fhir_base_url, ehr, assertion: _ } = self;
        let mut shown = out.debug_struct("SampleApp");
        shown.field("client_id", client_id).field("issuer", issuer).field("fhir_base_url", fhir_base_url);
        shown.field("ehr", ehr).finish_non_exhaustive()
    }
}

/// The routes of the app: its page, which an EHR opens as `/launch`, its files, `/callback` for other clients, and
/// `/assertion` for a shell.
pub fn router(app: SampleApp) -> Router {
    let app = Arc::new(app);
    Router::new()
        .route("/", get(page))
        .route("/launch", get(page))
        .route("/app.js", get(async || ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT)))
        .route("/style.css", get(async || ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)))
        .route("/config.json", get(config))
        .route("/callback", get(callback::page))
        .route("/assertion", get(assertion::fresh))
        .layer(from_fn_with_state(app.clone(), secure))
        .with_state(app)
}

async fn page(State(app): State<Arc<SampleApp>>) -> Html<String> {
    let host = Url::parse(&app.fhir_base_url).map(|url| url.authority().to_owned()).unwrap_or_default();
    Html(PAGE.replace("{host}", &html::escaped(&host)))
}

async fn config(State(app): State<Arc<SampleApp>>) -> Response {
    Json(json!({ "client_id": app.client_id, "fhir_base_url": app.fhir_base_url })).into_response()
}

/// Puts on every answer what keeps it from being framed by strangers, guessed at, kept, or made to fetch from
/// elsewhere.
async fn secure(State(app): State<Arc<SampleApp>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let fixed: [(HeaderName, &str); 5] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    let headers = response.headers_mut();
    headers.extend(fixed.map(|(name, value)| (name, HeaderValue::from_static(value))));
    headers.extend(content_security_policy(&app).map(|value| (header::CONTENT_SECURITY_POLICY, value)));
    response
}

/// Own files only, requests to nowhere but the service, and framed by nobody but the EHR.
fn content_security_policy(app: &SampleApp) -> Option<HeaderValue> {
    let origin = |url: &String| Url::parse(url).ok().map(|url| url.origin().ascii_serialization());
    let mut service: Vec<String> = [&app.issuer, &app.fhir_base_url].into_iter().filter_map(origin).collect();
    service.dedup();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' {}; \
         form-action 'none'; base-uri 'none'; frame-ancestors {}",
        service.join(" "),
        app.ehr
    );
    HeaderValue::from_str(&policy).ok()
}
