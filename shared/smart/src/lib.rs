//! Every rule of SMART App Launch and OAuth 2 that this service keeps: what is asked, what may be had, what is answered.
//!
//! No AWS, no network, no clock and no HTML: time is a value that the caller passes, stores and signers are ports
//! ([`ports`]) that `shared/aws` fills in production and `shared/testkit` in tests.

pub mod audit;
pub mod authorization;
pub mod client;
pub mod client_auth;
pub mod consent;
pub mod discovery;
pub mod error;
pub mod flow;
pub mod grant;
pub mod http;
pub mod launch;
pub mod lockout;
pub mod mac;
pub mod narrowing;
pub mod password;
pub mod ports;
pub mod random;
pub mod reasons;
pub mod registration;
pub mod session;
pub mod signing_keys;
pub mod system_account;
pub mod token;
pub mod upstream;
pub mod user;
