//! HTTP as the functions speak it: bodies, the Authorization header, answers and their notes, and what ties pages to a
//! browser. No HTML.

pub mod accept;
pub mod authorization_header;
pub mod body;
pub mod browser;
pub mod cors;
pub mod notes;
pub mod own_api;
pub mod problem;
pub mod respond;

use bytes::Bytes;

/// A request whose body has arrived.
pub type Request = http::Request<Bytes>;

/// An answer.
pub type Response = http::Response<Bytes>;

/// Who sent a request, as the gateway saw them: never what a header says.
#[derive(Clone, Copy, Debug)]
pub struct Sender(pub std::net::IpAddr);

/// The id of a request, by which its log line is found.
#[derive(Clone, Debug)]
pub struct TraceId(pub String);

/// The trace id of a request; empty where it has none.
pub fn trace_id(request: &Request) -> &str {
    request.extensions().get::<TraceId>().map_or("", |TraceId(id)| id)
}
