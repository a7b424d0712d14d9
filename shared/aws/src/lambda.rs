//! Between Lambda and a handler: events become requests, answers become events, and each request leaves one line.

use std::convert::Infallible;
use std::sync::LazyLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::HeaderValue;
use lambda_http::request::RequestContext;
use lambda_http::{Body, RequestExt, service_fn};
use smart::http::respond::Refusal;
use smart::http::{Request, RequestId, Response, Sender};
use smart::jws::sha256_digest;
use smart::time::UnixSeconds;

/// Answers the requests of Lambda until it ends the process.
///
/// # Errors
/// When the runtime API cannot be reached.
pub async fn run<H, F>(handler: H) -> Result<(), lambda_http::Error>
where
    H: Fn(Request, UnixSeconds) -> F + Send + Sync,
    F: Future<Output = Response> + Send,
{
    lambda_http::run(service_fn(|request| answer(request, &handler))).await
}

/// The clock, read once a request.
pub fn now() -> UnixSeconds {
    UnixSeconds(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
}

/// Answers one request.
///
/// # Errors
/// Never: a fault is an answer too.
pub async fn answer<H, F>(
    request: lambda_http::Request,
    handler: &H,
) -> Result<lambda_http::Response<Body>, Infallible>
where
    H: Fn(Request, UnixSeconds) -> F + Send + Sync,
    F: Future<Output = Response> + Send,
{
    let began = Instant::now();
    let request_id = request_id(&request);
    let (method, path) = (request.method().clone(), route(&request));
    let mut response = handler(received(request, request_id.clone()), now()).await;
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-request-id", value);
    }
    log(&method, &path, &response, &request_id, began);
    Ok(sent(response))
}

fn request_id(request: &lambda_http::Request) -> String {
    let named = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone(),
        _ => None,
    };
    named.unwrap_or_else(smart::random::text::<8>)
}

/// The route of a request as the template names it; where the gateway does not say it, the path as far as it can only be
/// ours.
fn route(request: &lambda_http::Request) -> String {
    if let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref()
        && let Some(route) = context.route_key.as_deref().and_then(|key| key.strip_prefix("ANY "))
    {
        return route.to_owned();
    }
    let path = request.uri().path();
    match path.match_indices('/').nth(1) {
        Some((end, _)) if !path.starts_with("/.well-known/") => format!("{}/..", &path[..end]),
        _ => path.to_owned(),
    }
}

/// The SHA-256, in hexadecimal, of the secret that CloudFront sends; empty without CloudFront.
static ORIGIN_SECRET_HASH: LazyLock<String> =
    LazyLock::new(|| std::env::var("ORIGIN_SECRET_HASH").unwrap_or_default());

/// Who sent a request, as the gateway saw them; or as CloudFront did, if the request has its secret. What
/// `X-Forwarded-For` says is the caller's own.
///
/// Source: Amazon CloudFront Developer Guide, "Add CloudFront request headers", CloudFront-Viewer-Address.
fn sender(request: &lambda_http::Request, origin_secret_hash: &str) -> Option<Sender> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let secret = header("x-origin-secret").unwrap_or_default();
    if !origin_secret_hash.is_empty() && hexadecimal(&sha256_digest(secret)) == origin_secret_hash {
        let (address, _port) = header("cloudfront-viewer-address")?.rsplit_once(':')?;
        return address.trim_matches(['[', ']']).parse().ok().map(Sender);
    }
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => {
            context.http.source_ip.as_deref().and_then(|address| address.parse().ok()).map(Sender)
        }
        _ => None,
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn received(request: lambda_http::Request, request_id: String) -> Request {
    let sender = sender(&request, &ORIGIN_SECRET_HASH);
    let mut request = request.map(|body| match body {
        Body::Text(text) => Bytes::from(text),
        Body::Binary(bytes) => Bytes::from(bytes),
        _ => Bytes::new(),
    });
    request.extensions_mut().insert(RequestId(request_id));
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

/// One line a request: no query, no body, no header, and of the path the route, so nothing that a caller made up.
fn log(method: &http::Method, path: &str, response: &Response, request_id: &str, began: Instant) {
    let status = response.status().as_u16();
    let ms = began.elapsed().as_millis();
    match response.extensions().get::<Refusal>() {
        Some(Refusal { error, reason, cause }) if status >= 500 => {
            tracing::error!(%method, path, status, ms, request_id, error, reason, cause);
        }
        Some(Refusal { error, reason, cause }) => {
            tracing::info!(%method, path, status, ms, request_id, error, reason, cause);
        }
        None => tracing::info!(%method, path, status, ms, request_id),
    }
}

#[cfg(test)]
mod tests {
    use lambda_http::http::Request;

    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn from(headers: &[(&str, &str)], hash: &str) -> Option<String> {
        let mut request = Request::builder().uri("/sign-in");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        sender(&request.body(Body::Empty).unwrap(), hash).map(|Sender(address)| address.to_string())
    }

    #[test]
    fn the_address_of_the_viewer_counts_only_beside_the_secret_of_the_origin() {
        let hash = hexadecimal(&sha256_digest(SECRET));
        let viewer = ("cloudfront-viewer-address", "203.0.113.7:4711");
        let secret = ("x-origin-secret", SECRET);
        assert_eq!(from(&[viewer, secret], &hash).as_deref(), Some("203.0.113.7"));
        let of_ipv6 = ("cloudfront-viewer-address", "2001:db8::7:4711");
        assert_eq!(from(&[of_ipv6, secret], &hash).as_deref(), Some("2001:db8::7"));
        for (headers, hash) in [
            (vec![viewer], hash.as_str()),
            (vec![viewer, ("x-origin-secret", "another")], &hash),
            // Without CloudFront nobody has the secret, not even who sends an empty one.
            (vec![viewer, secret], ""),
            (vec![viewer, ("x-origin-secret", "")], ""),
        ] {
            assert_eq!(from(&headers, hash), None, "{headers:?}");
        }
    }
}
