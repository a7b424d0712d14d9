//! A request that does not fit into a URL is kept for a few minutes, for the browser that brought it.

use smart::error::ErrorCode;
use smart::long_request::{Flow, FlowHandle};
use smart_verify::time::UnixSeconds;
use web::{Request, Response, respond};

use crate::asked::{self, Asked};
use crate::{Ports, Store, browser, own_query};

/// Whether a request that was kept for a browser comes from that browser: it has the pre-session, or a step that followed.
pub(crate) fn is_of_this_browser<S, K, D>(request: &Request, asked: &Asked, ports: &Ports<S, K, D>) -> bool {
    let Some(flow) = &asked.flow else { return true };
    let (pre, _) = browser::pre_session(request.headers(), ports);
    asked.step.is_some() || flow.is_of(pre.id())
}

/// Keeps a request that is too long for a URL, and goes on with its handle.
pub(crate) async fn keep<S: Store, K, D>(
    request: &Request,
    asked: &Asked,
    query: &str,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Response {
    if query.len() > own_query::MAX_KEPT {
        let sentence = "the authorization request is longer than 16 KiB.";
        return asked::back(&asked.target, &ErrorCode::InvalidRequest.because("request_too_long", sentence));
    }
    let (pre, is_new) = browser::pre_session(request.headers(), ports);
    let handle = FlowHandle::draw();
    let flow = Flow::new(&handle, pre.id(), query.to_owned(), now);
    if let Err(error) = ports.store.keep(&flow).await {
        return asked::back(&asked.target, &error.into());
    }
    let mut response = respond::see_other(&own_query::address(&own_query::of_flow(&handle), &[]));
    if is_new {
        browser::set_cookie(&mut response, ports.cookies.set_pre_session(&pre, &ports.seals));
    }
    response
}
