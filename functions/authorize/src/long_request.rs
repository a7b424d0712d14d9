//! A request that does not fit into a URL is kept for a few minutes, for the browser that brought it.

use smart::long_request::{Flow, FlowHandle};
use smart::ports::FlowStore;
use web::browser::signed_in::set_cookie;
use web::{Response, respond};

use crate::open_request::OpenRequest;
use crate::ports::Reaches;
use crate::stop::Stop;
use crate::ui_params;
use crate::visit::Visit;

/// Keeps a request, and continues with its handle.
pub(crate) async fn keep(visit: &Visit<'_, impl Reaches>, open: &OpenRequest) -> Result<Response, Stop> {
    let Visit { ports, now, .. } = *visit;
    let (pre, is_new) = visit.pre_session();
    let handle = FlowHandle::draw();
    let flow = Flow::new(&handle, pre.id(), open.params.query.clone(), now);
    ports.store.keep(&flow).await.map_err(|error| open.back(error.into()))?;
    let mut response = respond::see_other(&ui_params::address(&ui_params::of_flow(&handle), &[]));
    if is_new {
        set_cookie(&mut response, ports.cookies.set_pre_session(&pre, &ports.seals));
    }
    Ok(response)
}
