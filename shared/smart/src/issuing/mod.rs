//! Tokens, from the request for one to its answer (read, decide, sign, and only then write), and what is asked of them
//! later: introspection and revocation.

pub mod client_credentials;
pub mod exchange;
pub mod introspection;
pub mod mint;
pub mod renewal;
mod response;
pub mod revocation;
mod token_endpoint;

use token_endpoint::Rounds;

pub use response::TokenResponse;
pub use token_endpoint::{Minting, TokenDesk, TokenGrant};
