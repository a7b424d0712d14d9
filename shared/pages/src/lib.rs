//! What users see: every page of this service and the words for scopes.
//!
//! A page is a struct of plain values ([`sign_in::SignIn`], [`patient::ChoosePatient`],
//! [`encounter::ChooseEncounter`], [`consent::Consent`], [`connected_apps::ConnectedApps`], [`message`]) that answers by [`layout::Page::respond`]. No page decides anything: the functions do.

pub mod account;
pub mod assets;
pub mod connected_apps;
pub mod consent;
pub mod contact;
pub mod dates;
pub mod encounter;
pub mod layout;
pub mod look;
pub mod message;
pub mod patient;
pub mod refusal;
pub mod sign_in;
pub mod words;
