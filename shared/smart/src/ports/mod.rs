//! What the rules need from the world. Each promise is a sentence here, a contract in `testkit`, then code.

mod directory;
mod identity_provider;
mod jwks_source;
mod signer;
mod store;

pub use directory::{DirectoryError, Found, Patient, PatientDirectory, PatientQuery};
pub use identity_provider::{Departure, IdentityProvider, Refused, RoundTrip};
pub use jwks_source::{JwksSource, JwksUnavailable};
pub use signer::{PublicKeys, Signer};
pub use store::{
    Changed, ClientReader, ClientWriter, ConsentReader, Created, Cursor, GrantIssuer, GrantKeeper, Issued,
    Page, Replace, ReplayStore, SessionStore, Spend, UserReader,
};
