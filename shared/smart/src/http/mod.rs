//! HTTP as the endpoints speak it: form bodies, the Authorization header, answers.

mod authorization_header;
mod cors;
mod form;
pub mod own_api;
pub mod problem;
pub mod respond;

use bytes::Bytes;

pub use authorization_header::{Basic, basic, bearer};
pub use cors::{allow_any_origin, allow_origin_of, preflight};
pub use form::Form;

/// A request whose body has arrived.
pub type Request = http::Request<Bytes>;

/// An answer.
pub type Response = http::Response<Bytes>;

/// Who sent a request, as the gateway saw them: never what a header says.
#[derive(Clone, Copy, Debug)]
pub struct Sender(pub std::net::IpAddr);

/// The name of a request, for the log and for whoever asks what happened to it.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);
