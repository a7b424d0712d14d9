//! What administrators, people and programs do with clients and accounts: one way to do each, under the JSON API, RFC 7592,
//! the approvals and the pages.

pub mod approvals;
pub mod clients;
pub mod users;
