//! Lists of clients: all of one's own, or everybody's for administrators.

use super::{ClientLink, Frame, Section};
use crate::layout::page;

/// A page of a list of clients.
#[derive(Clone, Debug)]
pub struct Clients {
    /// What stands around it.
    pub frame: Frame,
    /// Those of this page, each with its owner where that is not the reader.
    pub clients: Vec<(ClientLink, Option<String>)>,
    /// What part of a name is looked for.
    pub query: String,
    /// The page after this one.
    pub next_url: Option<String>,
}

impl Clients {
    fn everybodys(&self) -> bool {
        self.frame.is(Section::AllClients)
    }

    fn title(&self) -> &'static str {
        if self.everybodys() { "All clients" } else { "Your clients" }
    }

    fn action(&self) -> &'static str {
        if self.everybodys() { "/account/all-clients" } else { "/account/clients" }
    }
}

page!(Clients, ClientsView, "account/clients.html");
