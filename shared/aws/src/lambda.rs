//! Between Lambda and a handler: events become requests, answers become events, and each request leaves one line.

use std::convert::Infallible;
use std::net::IpAddr;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use lambda_http::request::RequestContext;
use lambda_http::{Body, RequestExt, service_fn};
use serde_json::json;
use smart::error::ErrorCode;
use smart_verify::time::UnixSeconds;
use web::notes::{self, RefusalNote};
use web::{Request, Response, Sender, TraceId, respond};

use crate::config::Environment;
use crate::origin::{Origin, Via};
use crate::panics::{self, Panicked};
use crate::telemetry::{self, Ended, REQUEST};

/// Answers the requests of Lambda until it ends the process.
///
/// # Errors
/// When the runtime API cannot be reached, or `ORIGIN_SECRET_HASH` is malformed.
pub async fn run<H, F>(handler: H) -> Result<(), lambda_http::Error>
where
    H: Fn(Request, UnixSeconds) -> F + Send + Sync,
    F: Future<Output = Response> + Send,
{
    let origin = Origin::of(&Environment::of_process())?;
    lambda_http::run(service_fn(|request| answer(request, &origin, &handler))).await
}

/// The clock, read once a request.
pub fn now() -> UnixSeconds {
    UnixSeconds(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
}

/// Answers one request, unless it came around CloudFront. A handler that panics has answered 500, and the next request
/// finds the process as it was.
///
/// # Errors
/// Never: a fault is an answer too.
pub async fn answer<H, F>(
    request: lambda_http::Request,
    origin: &Origin,
    handler: &H,
) -> Result<lambda_http::Response<Body>, Infallible>
where
    H: Fn(Request, UnixSeconds) -> F + Send + Sync,
    F: Future<Output = Response> + Send,
{
    let began = Instant::now();
    let request_id = request_id(&request);
    let (method, path) = (request.method().clone(), route(&request));
    let via = origin.via(request.headers());
    let answered = if via == Via::AroundCloudFront {
        Ok(around_cloudfront())
    } else {
        let request = received(request, via, request_id.clone());
        panics::caught(async move { handler(request, now()).await }).await
    };
    let place = answered.as_ref().err().map(|Panicked { place }| place.clone());
    let mut response = answered.unwrap_or_else(|_| broken());
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-request-id", value);
    }
    for record in notes::take(&mut response) {
        let status = response.status().as_u16();
        telemetry::audit(&record, Ended { route: &path, status, request_id: &request_id });
    }
    let viewer = if let Via::CloudFront(viewer) = via { viewer } else { None };
    let line = RequestLine { method, route: path, viewer, request_id, began };
    line.log(&response, place.as_deref());
    Ok(sent(response))
}

fn request_id(request: &lambda_http::Request) -> String {
    let named = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone(),
        _ => None,
    };
    named.unwrap_or_else(smart::random::text::<8>)
}

/// The route of a request as the template names it; where the gateway does not say it, the path as far as it can only
/// be ours.
fn route(request: &lambda_http::Request) -> String {
    if let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref()
        && let Some(key) = context.route_key.as_deref()
        && let Some(route) = key.strip_prefix("ANY ").or_else(|| (key == "$default").then_some(key))
    {
        return route.to_owned();
    }
    let path = request.uri().path();
    match path.match_indices('/').nth(1) {
        Some((end, _)) if !path.starts_with("/.well-known/") => format!("{}/..", &path[..end]),
        _ => path.to_owned(),
    }
}

/// Who sent a request, as the gateway saw them; or as CloudFront did. What `X-Forwarded-For` says is the caller's own.
fn sender(request: &lambda_http::Request, via: Via) -> Option<Sender> {
    match (via, request.request_context_ref()) {
        (Via::CloudFront(viewer), _) => viewer.map(Sender),
        (_, Some(RequestContext::ApiGatewayV2(context))) => {
            context.http.source_ip.as_deref().and_then(|address| address.parse().ok()).map(Sender)
        }
        _ => None,
    }
}

fn received(request: lambda_http::Request, via: Via, request_id: String) -> Request {
    let sender = sender(&request, via);
    let mut request = request.map(|body| match body {
        Body::Text(text) => Bytes::from(text),
        Body::Binary(bytes) => Bytes::from(bytes),
        _ => Bytes::new(),
    });
    request.extensions_mut().insert(TraceId(request_id));
    if let Some(sender) = sender {
        request.extensions_mut().insert(sender);
    }
    request
}

/// Text goes out as text; everything else would be base64, a third larger.
fn sent(response: Response) -> lambda_http::Response<Body> {
    response.map(|body| match String::from_utf8(body.into()) {
        Ok(text) if text.is_empty() => Body::Empty,
        Ok(text) => Body::Text(text),
        Err(bytes) => Body::Binary(bytes.into_bytes()),
    })
}

/// What a caller is told of a panic: nothing.
fn broken() -> Response {
    let sentence = "something went wrong here; nothing is known to have changed.";
    let body = json!({ "error": "server_error", "error_description": sentence });
    respond::json(StatusCode::INTERNAL_SERVER_ERROR, &body)
}

/// The answer to a request that came around CloudFront, and so around the rules of its web ACL.
fn around_cloudfront() -> Response {
    let sentence =
        "This service answers requests through its own domain only. Use the address of its issuer.";
    respond::refusal(&ErrorCode::AccessDenied.because("origin_secret_wrong", sentence))
}

/// A request as its log line tells it: no query, no body, no header, and of the path the route, so nothing that a
/// caller made up.
struct RequestLine {
    method: http::Method,
    route: String,
    /// The address that CloudFront saw. The API's own log has the address of CloudFront then.
    viewer: Option<IpAddr>,
    request_id: String,
    began: Instant,
}

impl RequestLine {
    /// Writes the line of the request. `place` is where the handler panicked.
    fn log(&self, response: &Response, place: Option<&str>) {
        let Self { method, route, viewer, request_id, began } = self;
        let address = viewer.map(tracing::field::display);
        let status = response.status().as_u16();
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let refusal = response.extensions().get::<RefusalNote>();
        let (error, cause) = (refusal.map(|one| one.error), refusal.and_then(|one| one.cause.as_deref()));
        let reason = if place.is_some() { Some("panic") } else { refusal.map(|one| one.reason) };
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    target: REQUEST,
                    event = "request", %method, route, status, ms, address, request_id, error, reason, cause, place
                )
            };
        }
        if status >= 500 {
            line!(error);
        } else {
            line!(info);
        }
    }
}

#[cfg(test)]
mod tests;
