//! What the rules need from the world. Each promise is a sentence here, a contract in `testkit`, then code.

mod authorizing;
mod directory;
mod jwks_source;
mod problem_log;
mod registry;
mod signer;
mod store;
mod world;

pub use authorizing::{
    ConsentStore, FlowStore, GrantIssuer, Issued, LaunchStore, Lockout, NewGrant, SessionStore,
};
pub use directory::{DirectoryError, Encounter, Found, Patient, PatientDirectory, PatientQuery};
pub use jwks_source::{JwksSource, JwksUnavailable};
pub use problem_log::{ProblemReader, ProblemWriter};
pub use registry::{Listed, Registry, RequestCounter, UserKeeper, Write, Written};
pub use signer::{PublicKeys, Signer};
pub use store::{
    Changed, ClientReader, ClientWriter, Created, Cursor, GrantKeeper, Page, Replace, ReplayStore,
    SessionReader, Spend, SystemAccountReader, Tombstones, UserReader, UserWriter,
};
pub use world::{Reached, World};
