//! The authorization request: what is asked, where the answer goes, and the code that is the answer.

mod code;
mod pkce;
mod redirect;
mod request;

pub use code::{AuthorizationCode, CODE_LIFETIME};
pub use pkce::{CodeChallenge, CodeVerifier};
pub use redirect::RedirectTarget;
pub use request::{Addressed, AuthorizationRequest, Prompt};
