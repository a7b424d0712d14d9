//! `POST /launch`: an EHR says what is open in it, and gets a handle for the app that it opens.

use http::{Method, StatusCode};
use serde_json::json;
use smart::api_caller::ApiCaller;
use smart::audit::{Event, Record};
use smart::client::{Client, FieldError};
use smart::error::{ErrorCode, OAuthError};
use smart::launch::{LAUNCH_LIFETIME, Launch, LaunchHandle, LaunchOrder};
use smart::ports::{ClientReader, LaunchStore, UserReader};
use smart_verify::scope::ExtensionScope;
use smart_verify::strict_json;
use url::Url;
use web::notes::noted;
use web::own_api;
use web::{Response, problem, respond};

use crate::ports::Reaches;
use crate::stop::Stop;
use crate::visit::Visit;

/// The largest order that is read: 16 KiB.
const MAX_BODY: usize = 16 * 1024;

/// Answers an EHR.
///
/// Source: SMART App Launch 2.2, app-launch#launch-app-ehr-launch (the handle and the address that the EHR opens).
pub(crate) async fn handle(visit: &Visit<'_, impl Reaches>) -> Result<Response, Stop> {
    let Visit { request, ports, now } = *visit;
    if request.method() != Method::POST {
        return Ok(respond::method_not_allowed("POST"));
    }
    let place = ports.service.tokens();
    let caller = own_api::caller(request.headers(), ExtensionScope::Launch, &ports.signer, place, now)?;
    Ok(order(visit, &caller).await?)
}

async fn order(visit: &Visit<'_, impl Reaches>, caller: &ApiCaller) -> Result<Response, Box<Response>> {
    let Visit { request, ports, now } = *visit;
    let unavailable = |error| Box::new(problem::unavailable(&OAuthError::from(error)));
    if request.body().len() > MAX_BODY {
        let detail = "the body is larger than 16 KiB.";
        return Err(Box::new(problem::of(
            StatusCode::PAYLOAD_TOO_LARGE,
            "invalid_request",
            "body_too_large",
            detail,
        )));
    }
    let members = strict_json::object(request.body()).ok_or_else(|| {
        let detail = "send a JSON object in which every name stands once.";
        Box::new(problem::of(StatusCode::BAD_REQUEST, "invalid_request", "body_malformed", detail))
    })?;
    let order = LaunchOrder::check(&members).map_err(|faults| Box::new(problem::of_fields(&faults)))?;
    let made_by = caller.client_id().clone();
    let read = tokio::try_join!(
        ports.store.client(&order.client_id, now),
        ports.store.client(&made_by, now),
        ports.store.user(&order.user),
    );
    let (app, ehr, user) = read.map_err(unavailable)?;
    let app = app
        .filter(|app| !app.disabled)
        .ok_or_else(|| fault("/client_id", "no app of this id is registered"))?;
    let launch_url = app.metadata.launch_url.as_ref();
    let launch_url =
        launch_url.ok_or_else(|| fault("/client_id", "this app is registered without a launch_url"))?;
    let user = user.filter(|user| user.may_sign_in());
    let user = user.ok_or_else(|| fault("/user", "nobody of this name may sign in"))?;
    let ehr = ehr.filter(|ehr| !ehr.disabled).ok_or_else(|| {
        let detail = "the client that asks may not act any more.";
        Box::new(problem::of(StatusCode::FORBIDDEN, "access_denied", "client_gone", detail))
    })?;
    let embedding_origins = if order.embedded { embedding_origins(&ehr)? } else { Vec::new() };
    let handle = LaunchHandle::draw();
    let launch = Launch {
        key: handle.key(),
        client_id: order.client_id,
        made_by,
        user_name: user.name,
        subject: user.subject,
        patient: order.patient,
        encounter: order.encounter,
        context: order.context,
        embedding_origins,
        spent_on: None,
        expires_at: now + LAUNCH_LIFETIME,
    };
    ports.store.open(&launch).await.map_err(unavailable)?;
    let address = opened_at(launch_url.as_str(), ports.service.fhir_base_url(), &handle);
    let body = json!({
        "launch": handle.text(),
        "launch_url": address,
        "expires_in": LAUNCH_LIFETIME.as_secs(),
    });
    let record = Record::of(Event::LaunchMade).client(&launch.client_id).by(&launch.made_by);
    let patient = launch.patient.as_deref().map(|id| ports.audit.patient(id));
    let record = record.person(ports.audit.person(&launch.subject)).patient(patient);
    Ok(noted(respond::json(StatusCode::CREATED, &body), record))
}

/// The pages that may frame ours: those that the EHR was registered with.
fn embedding_origins(ehr: &Client) -> Result<Vec<String>, Box<Response>> {
    let origins = ehr.metadata.embedding_origins.clone();
    if origins.is_empty() {
        return Err(fault("/embedded", "the client that asks is registered without embedding_origins"));
    }
    Ok(origins)
}

/// The app's launch URL with `iss` and `launch`; a query that it has already is kept.
fn opened_at(launch_url: &str, fhir_base_url: &str, handle: &LaunchHandle) -> String {
    match Url::parse(launch_url) {
        Ok(mut url) => {
            url.query_pairs_mut().append_pair("iss", fhir_base_url).append_pair("launch", handle.text());
            url.into()
        }
        Err(_) => launch_url.to_owned(),
    }
}

fn fault(pointer: &str, message: &str) -> Box<Response> {
    let code = ErrorCode::InvalidRequest;
    Box::new(problem::of_fields(&[FieldError {
        pointer: pointer.to_owned(),
        message: message.to_owned(),
        code,
    }]))
}
