//! The first page of the account home.

use super::{Frame, Section};
use crate::layout::page;

/// "Welcome, {name}": what there is, the first steps, and the addresses that a developer needs.
#[derive(Clone, Debug)]
pub struct Home {
    /// What stands around it.
    pub frame: Frame,
    /// Whether a client of theirs is registered.
    pub has_client: bool,
    /// Our addresses: what each is, and where.
    pub addresses: Vec<(&'static str, String)>,
}

page!(Home, HomeView, "account/home.html");
