//! The demo FHIR API: a small record of made-up patients behind access tokens, to read and to search.
//!
//! It is a resource server as a hospital would run one: it knows the authorization server only by its
//! published keys, and decides by the token's scopes, the patient in context and what the user behind
//! `fhirUser` may see in its own record.

mod access;
mod bearer;
mod bundle;
mod cors;
mod date;
mod demo_record;
mod outcome;
mod query;
mod reach;
mod resource;
mod search;
mod signing_keys;
#[cfg(test)]
mod tests;
mod upstream;

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Path, RawQuery, Request, State};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::{Method, StatusCode, header};
use smart_verify::access::Access;
use smart_verify::scope::Interaction;
use url::Url;

pub use demo_record::{Demographics, PATIENT_IDS, PRACTITIONERS, Practitioner, Visit, demographics, visits};

use crate::clock::Clock;

use access::View;
use demo_record::RECORD;
use outcome::{Refusal, fhir_json};
use query::Query;
use resource::{Resource, ResourceType};
use signing_keys::SigningKeys;
use upstream::Upstream;

/// What the FHIR API has to know about its surroundings.
#[derive(Clone, Debug)]
pub struct FhirApi {
    /// Who must have issued a token: the authorization server's `issuer`, byte for byte.
    pub issuer: String,
    /// Where this API is reached, without a slash at the end: the audience of tokens, the beginning of links.
    pub fhir_base_url: String,
    /// Where the keys are published that tokens are verified by.
    pub jwks_url: Url,
    /// The authorization server's origin, if this API is the FHIR base on an origin of its own and has to
    /// relay the two discovery documents from there.
    pub relay_discovery_from: Option<Url>,
    /// Reads the clock, once a request.
    pub clock: Clock,
}

#[derive(Debug)]
struct Service {
    api: FhirApi,
    keys: SigningKeys,
    upstream: Upstream,
}

/// The routes of the API, all under `/fhir`.
pub fn router(api: FhirApi) -> Router {
    let keys = SigningKeys::new(api.jwks_url.clone());
    let relays = api.relay_discovery_from.is_some();
    let service = Arc::new(Service { api, keys, upstream: Upstream::new() });
    let mut router = Router::new()
        .route("/fhir/{type}", get(search).fallback(change))
        .route("/fhir/{type}/_search", post(search_by_post).fallback(only_post))
        .route("/fhir/{type}/{id}", get(read).fallback(change))
        .fallback(not_served)
        .layer(from_fn_with_state(service.clone(), bearer::authenticate));
    if relays {
        router = router
            .route("/fhir/metadata", get(relay_metadata))
            .route("/fhir/.well-known/smart-configuration", get(relay_smart_configuration));
    }
    router.layer(from_fn(cors::allow_any_origin)).with_state(service)
}

type Granted = Extension<Arc<Access>>;

/// `GET /fhir/{type}/{id}`.
///
/// Source: FHIR R4, http#read.
async fn read(
    State(service): State<Arc<Service>>,
    Extension(access): Granted,
    Path((type_name, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let resource_type = served(&type_name)?;
    let view = View::of(&access, &service.api.fhir_base_url, Interaction::Read, resource_type, Vec::new())?;
    query::refuse_other_formats(&query.unwrap_or_default())?;
    let wanted = |resource: &&Resource| resource.resource_type == resource_type && resource.id == id;
    let resource = RECORD.iter().find(|resource| wanted(resource) && view.shows(resource));
    resource.map(|resource| fhir_json(StatusCode::OK, &resource.body)).ok_or_else(Refusal::not_found)
}

/// `GET /fhir/{type}?..`.
///
/// Source: FHIR R4, http#search.
async fn search(
    State(service): State<Arc<Service>>,
    Extension(access): Granted,
    Path(type_name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    find(&service, &access, &type_name, &query.unwrap_or_default())
}

/// `POST /fhir/{type}/_search`: the same search, its parameters in a form, in the query, or in both.
///
/// Source: FHIR R4, http#search.
async fn search_by_post(
    State(service): State<Arc<Service>>,
    Extension(access): Granted,
    Path(type_name): Path<String>,
    RawQuery(query): RawQuery,
    SearchForm(form): SearchForm,
) -> Result<Response, Refusal> {
    find(&service, &access, &type_name, &format!("{}&{form}", query.unwrap_or_default()))
}

/// The body of a search by POST: a form, or nothing.
struct SearchForm(String);

impl<S: Send + Sync> FromRequest<S> for SearchForm {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        let is_form = media_type == "application/x-www-form-urlencoded";
        let body = Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        let no_form = || Refusal::no_form().into_response();
        if !is_form && !body.is_empty() {
            return Err(no_form());
        }
        String::from_utf8(body.into()).map(Self).map_err(|_| no_form())
    }
}

fn find(service: &Service, access: &Access, type_name: &str, query: &str) -> Result<Response, Refusal> {
    let resource_type = served(type_name)?;
    let base = &service.api.fhir_base_url;
    let parameters = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let view = View::of(access, base, Interaction::Search, resource_type, parameters)?;
    let query = Query::parse(resource_type, query)?;
    let of_type = RECORD.iter().filter(|resource| resource.resource_type == resource_type);
    let found: Vec<&Resource> =
        of_type.filter(|resource| view.shows(resource) && query.search.matches(resource)).collect();
    Ok(fhir_json(StatusCode::OK, &bundle::searchset(base, resource_type, &query, &found)))
}

fn served(type_name: &str) -> Result<ResourceType, Refusal> {
    type_name.parse().map_err(|_| Refusal::not_served())
}

/// Whoever may not change anything is told so first; for all others this API only reads and searches.
async fn change(
    State(service): State<Arc<Service>>,
    Extension(access): Granted,
    Path(path): Path<HashMap<String, String>>,
    method: Method,
) -> Result<Response, Refusal> {
    let interaction = match method {
        Method::POST => Interaction::Create,
        Method::PUT => Interaction::Update,
        Method::PATCH => Interaction::Patch,
        Method::DELETE => Interaction::Delete,
        _ => return Err(Refusal::method_not_allowed("GET, HEAD")),
    };
    let resource_type = served(path.get("type").map_or("", String::as_str))?;
    View::of(&access, &service.api.fhir_base_url, interaction, resource_type, Vec::new())?;
    Err(Refusal::method_not_allowed("GET, HEAD"))
}

async fn only_post() -> Refusal {
    Refusal::method_not_allowed("POST")
}

async fn not_served() -> Refusal {
    Refusal::not_served()
}

async fn relay_metadata(State(service): State<Arc<Service>>) -> Response {
    relay(&service, "fhir/metadata").await
}

async fn relay_smart_configuration(State(service): State<Arc<Service>>) -> Response {
    relay(&service, "fhir/.well-known/smart-configuration").await
}

async fn relay(service: &Service, path: &str) -> Response {
    let url = service.api.relay_discovery_from.as_ref().and_then(|origin| origin.join(path).ok());
    match url {
        Some(url) => service.upstream.relay(url).await,
        None => Refusal::not_served().into_response(),
    }
}
