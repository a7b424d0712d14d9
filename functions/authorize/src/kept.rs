//! A request that does not fit into a URL is kept for a few minutes, for the browser that brought it.

use smart::error::ErrorCode;
use smart::long_request::{Flow, FlowHandle};
use smart::ports::FlowStore;
use web::browser::signed_in::set_cookie;
use web::{Response, respond};

use crate::asked::{self, Asked};
use crate::own_query;
use crate::ports::Reaches;
use crate::visit::Visit;

/// Whether a request that was kept for a browser comes from that browser: it has the pre-session, or a step that followed.
pub(crate) fn is_of_this_browser(visit: &Visit<'_, impl Reaches>, asked: &Asked) -> bool {
    let Some(flow) = &asked.flow else { return true };
    let (pre, _) = visit.pre_session();
    asked.step.is_some() || flow.is_of(pre.id())
}

/// Keeps a request that is too long for a URL, and continues with its handle.
pub(crate) async fn keep(visit: &Visit<'_, impl Reaches>, asked: &Asked) -> Response {
    let Visit { ports, now, .. } = *visit;
    if asked.query.len() > own_query::MAX_KEPT {
        let sentence = "the authorization request is longer than 16 KiB.";
        return asked::back(&asked.target, &ErrorCode::InvalidRequest.because("request_too_long", sentence));
    }
    let (pre, is_new) = visit.pre_session();
    let handle = FlowHandle::draw();
    let flow = Flow::new(&handle, pre.id(), asked.query.clone(), now);
    if let Err(error) = ports.store.keep(&flow).await {
        return asked::back(&asked.target, &error.into());
    }
    let mut response = respond::see_other(&own_query::address(&own_query::of_flow(&handle), &[]));
    if is_new {
        set_cookie(&mut response, ports.cookies.set_pre_session(&pre, &ports.seals));
    }
    response
}
