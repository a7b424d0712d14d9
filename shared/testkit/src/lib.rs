//! For tests only: stores in memory, a signer in the process, fixtures, an OpenID provider, and what every store promises.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

pub mod contract;
pub mod cost;
pub mod documents;
pub mod fixtures;
mod instant_signer;
mod local_signer;
mod memory_store;
pub mod provider;
pub mod proxy;
mod records;
mod rsa_key;
mod world;

pub use instant_signer::InstantSigner;
pub use local_signer::LocalSigner;
pub use memory_store::{MemoryStore, NoJwks};
pub use records::Records;
pub use rsa_key::RsaBackendKey;
pub use world::With;
