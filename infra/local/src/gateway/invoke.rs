//! A function is called the way the Lambda runtime calls it: JSON in, `lambda_http`, JSON out.

use std::convert::Infallible;

use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Service as _, service_fn};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::Value;

use super::Handler;

/// Calls a function with an event and gives its answer's JSON, or nothing if it broke: if it panicked, or an
/// event or an answer is none. What broke is said on stderr, and never to the caller.
pub(super) async fn invoke(handler: Handler, event: Value, request_id: String) -> Option<Value> {
    // In a task of its own, so that a panic ends the invocation and not the connection.
    match tokio::spawn(call(handler, event, request_id)).await {
        Ok(Ok(answer)) => Some(answer),
        Ok(Err(error)) => {
            tracing::error!(%error, "an event or an answer cannot be read");
            None
        }
        Err(error) => {
            tracing::error!(%error, "a function broke");
            None
        }
    }
}

async fn call(handler: Handler, event: Value, request_id: String) -> serde_json::Result<Value> {
    let request: LambdaRequest = serde_json::from_str(&event.to_string())?;
    let mut context = Context::default();
    context.request_id = request_id;
    let mut adapter = Adapter::from(service_fn(move |request| {
        let answer = handler(request);
        async move { Ok::<_, Infallible>(answer.await) }
    }));
    let answer = adapter.call(LambdaEvent::new(request, context)).await;
    serde_json::to_value(answer.unwrap_or_else(|never| match never {}))
}
