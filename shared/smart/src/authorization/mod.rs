//! The authorization request: what is asked, and where the answer goes.

mod redirect;
mod request;

pub use redirect::RedirectTarget;
pub use request::{Addressed, AuthorizationRequest, Prompt};
