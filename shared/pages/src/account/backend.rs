//! "Use Backend Services Authentication".

use super::samples::Sample;
use super::{ClientLink, Frame, Section};
use crate::layout::page;

/// What a backend service needs to know, and its four steps.
#[derive(Clone, Debug)]
pub struct Backend {
    /// What stands around it.
    pub frame: Frame,
    /// Where tokens are got.
    pub token_endpoint: String,
    /// What `aud` may be.
    pub audiences: Vec<String>,
    /// The algorithms that are accepted.
    pub algorithms: Vec<String>,
    /// The reader's backend services.
    pub services: Vec<ClientLink>,
    /// How to make keys on a command line.
    pub making_keys: Sample,
}

page!(Backend, BackendView, "account/backend.html");
