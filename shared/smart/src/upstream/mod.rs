//! People whom an upstream OpenID provider signs in: what is kept while they are there, what of its claims is believed, and
//! which user they are here.

mod identity;
mod mapping;
mod round_trip;

pub use identity::{Identity, NAME_PREFIX};
pub use mapping::{MappedClaims, UpstreamMapping};
pub use round_trip::{Departure, RoundTrip, SignInRefused};
