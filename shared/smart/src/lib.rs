//! Every rule of SMART App Launch and OAuth 2 that this service keeps: what is asked, what may be had, what is
//! answered.
//!
//! No AWS, no network, no HTTP messages, no clock and no HTML: time is a value that the caller passes, stores and
//! signers are ports ([`ports`]) that `shared/aws` fills in production and `shared/testkit` in tests.

pub mod api_caller;
pub mod audit;
pub mod authorization;
pub mod client;
pub mod client_auth;
pub mod consent;
pub mod discovery;
pub mod error;
pub mod grant;
pub mod ids;
pub mod issuing;
pub mod launch;
pub mod lockout;
pub mod long_request;
pub mod mac;
pub mod narrowing;
pub mod operations;
pub mod parameters;
pub mod password;
pub mod pkce;
pub mod ports;
pub mod random;
pub mod reasons;
pub mod registration;
pub mod service;
pub mod session;
pub mod settings;
pub mod signing_keys;
pub mod token;
pub mod unknown_fields;
pub mod upstream;
pub mod user;
