//! What people see: the pages of the authorization endpoint, the words for scopes, and what keeps the pages safe
//! (cookies, CSRF tokens, seals, headers).
//!
//! A page is a struct of plain values ([`sign_in::SignIn`], [`patient::ChoosePatient`],
//! [`encounter::ChooseEncounter`], [`consent::Consent`], [`connected_apps::ConnectedApps`], [`message`]) that answers by [`layout::Page::respond`]. No page decides anything: the functions do.

pub mod account;
pub mod assets;
pub mod connected_apps;
pub mod consent;
pub mod contact;
pub mod csrf;
pub mod dates;
pub mod encounter;
pub mod headers;
pub mod layout;
pub mod look;
pub mod message;
pub mod patient;
pub mod refusal;
pub mod seal;
pub mod sealed_step;
pub mod session_cookie;
pub mod sign_in;
pub mod signed_in;
pub mod words;
