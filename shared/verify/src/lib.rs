//! What a FHIR server needs to believe an access token and to keep to its scopes: verify the token, read who may do what,
//! and decide about each request.
//!
//! Other programs depend on this crate, so it needs no AWS, no async runtime, no HTTP, no clock, no files and no threads:
//! time is a value that the caller passes, keys are a set that the caller has fetched.

pub mod access;
pub mod access_token;
pub mod base64url;
pub mod jws;
pub mod scope;
pub mod strict_json;
pub mod time;
