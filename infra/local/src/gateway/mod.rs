//! API Gateway on loopback: HTTP in, events of payload 2.0 into the functions, their answers back out.
//!
//! Every request travels the way it does in AWS: it becomes the JSON of an event with API Gateway's quirks,
//! that JSON is parsed by `lambda_http`, the handler answers, and the JSON of the answer becomes HTTP again.
//! Nothing here knows what the functions do.

mod answer;
mod event;
mod invoke;
mod limits;
mod routing;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use http::StatusCode;
use lambda_http::{BoxFuture, Service as _};
use tokio::net::TcpListener;

use crate::template::Route;
pub use event::{Arrival, event_of};
use routing::Match;

/// A function as the gateway calls it: a request of `lambda_http`, an answer of `lambda_http`.
pub type Handler = Arc<
    dyn Fn(lambda_http::Request) -> BoxFuture<'static, lambda_http::Response<lambda_http::Body>>
        + Send
        + Sync,
>;

/// The gateway: routes, the functions behind them, and the FHIR API that takes what is left of `/fhir`.
#[derive(Clone)]
pub struct Gateway {
    routes: Arc<[Route]>,
    handlers: Arc<HashMap<String, Handler>>,
    fhir: Router,
}

/// A route leads to a function that no handler was given for.
#[derive(Debug, thiserror::Error)]
#[error("the route {path} leads to {function}, and there is no handler for it")]
pub struct NoHandler {
    path: String,
    function: String,
}

impl Gateway {
    /// Puts a gateway together. `handlers` are named by the functions' logical ids; `fhir` is handed every
    /// request under `/fhir` that no route owns.
    ///
    /// # Errors
    /// When a route leads to a function without a handler.
    pub fn new(
        routes: Vec<Route>,
        handlers: HashMap<String, Handler>,
        fhir: Router,
    ) -> Result<Self, NoHandler> {
        if let Some(Route { path, function }) =
            routes.iter().find(|route| !handlers.contains_key(&route.function))
        {
            return Err(NoHandler { path: path.clone(), function: function.clone() });
        }
        Ok(Self { routes: routes.into(), handlers: Arc::new(handlers), fhir })
    }

    /// Answers on this listener until `shutdown` is done.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let router = Router::new().fallback(answer).with_state(self);
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service).with_graceful_shutdown(shutdown).await
    }
}

/// One request: measured, routed, turned into an event, answered.
async fn answer(
    State(gateway): State<Gateway>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    if let Err(refusal) = limits::check_head(&parts) {
        return refusal;
    }
    let raw_path = event::raw_path(&parts.uri);
    let is_of_fhir = raw_path == "/fhir" || raw_path.starts_with("/fhir/");
    let found = routing::find(&gateway.routes, &raw_path);
    // In AWS the default route takes what is left of `/fhir`, too: the FHIR server is elsewhere.
    let found = found.or_else(|| routing::default_of(&gateway.routes).filter(|_| !is_of_fhir));
    match found {
        Some(found) => match limits::read(body).await {
            Ok(body) => gateway.invoke(&found, Arrival::now(&parts, &body, peer, &found)).await,
            Err(refusal) => refusal,
        },
        None if is_of_fhir => gateway
            .fhir
            .clone()
            .call(Request::from_parts(parts, body))
            .await
            .unwrap_or_else(|never| match never {}),
        None => message(StatusCode::NOT_FOUND, "Not Found"),
    }
}

impl Gateway {
    async fn invoke(&self, found: &Match<'_>, arrival: Arrival<'_>) -> Response {
        let Some(handler) = self.handlers.get(&found.route.function) else {
            return message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
        };
        let invoked = invoke::invoke(handler.clone(), event_of(&arrival), arrival.request_id.clone()).await;
        let answered = invoked.and_then(|answer| answer::http(&answer));
        let mut response =
            answered.unwrap_or_else(|| message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"));
        if let Ok(request_id) = arrival.request_id.parse() {
            response.headers_mut().insert("apigw-requestid", request_id);
        }
        response
    }
}

/// An answer that the gateway gives by itself, worded as AWS words it.
fn message(status: StatusCode, message: &str) -> Response {
    let mut response = Response::new(Body::from(format!(r#"{{"message":"{message}"}}"#)));
    *response.status_mut() = status;
    let content_type = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(http::header::CONTENT_TYPE, content_type);
    response
}

#[cfg(test)]
mod tests;
