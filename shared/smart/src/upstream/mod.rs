//! People whom an upstream OpenID provider signs in: what of its claims is believed, and which user they are here.

mod identity;
mod mapping;

pub use identity::{Identity, NAME_PREFIX};
pub use mapping::{MappedClaims, UpstreamMapping};
