//! The account home: where people register apps, try tokens and manage their account. One file a page.
//!
//! Every page of somebody who is signed in stands in a [`Frame`]: the ways to the other pages, the list of their clients,
//! and what has just been done or was refused.

mod approvals;
mod assertion;
mod backend;
mod client;
mod clients;
mod home;
mod passwords;
mod patients;
pub mod samples;
pub mod scopes;
mod secrets;
mod test_launch;
mod tokens;

pub use approvals::{Approval, ApprovalLine, Approvals, Difference};
pub use assertion::{CheckAssertion, Rule, RuleOutcome};
pub use backend::Backend;
pub use client::{
    AppKind, Client, ClientFacts, ClientPart, ClientValues, DeleteClient, FieldConflict, Keys, Problems,
    RefusedRequest, Samples,
};
pub use clients::Clients;
pub use home::Home;
pub use passwords::{ChangePassword, CreateAccount, PasswordSet, SetPassword};
pub use patients::{TestPatients, TestPeopleMalformed, TestPerson};
pub use secrets::{SecretLine, Secrets};
pub use test_launch::{CameBack, TestLaunch};
pub use tokens::{AskForToken, ScopesOf, Token};

use crate::layout::Form;

/// What stands around every page of somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Who is signed in.
    pub name: String,
    /// Whether they see everybody's clients.
    pub administrator: bool,
    /// Whether people here register clients of their own.
    pub may_register: bool,
    /// Where the button "Sign out" goes.
    pub sign_out: Form,
    /// The part of the account home that this is.
    pub section: Section,
    /// Their clients, the newest first.
    pub clients: Vec<ClientLink>,
    /// Whether there are more than these.
    pub more_clients: bool,
    /// What has just been done.
    pub notice: Option<String>,
    /// What was refused, a line a fault.
    pub faults: Vec<Fault>,
}

/// The parts of the account home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// The first page.
    Home,
    /// Register SMART Clients.
    Clients,
    /// Get Access Tokens.
    Tokens,
    /// Test Patient Accounts.
    Patients,
    /// Use Backend Services Authentication.
    Backend,
    /// All clients, for administrators.
    AllClients,
    /// What waits for an administrator.
    Approvals,
    /// Change password.
    Password,
}

/// A client in the list.
#[derive(Clone, Debug)]
pub struct ClientLink {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its kind, in a few words.
    pub kind: &'static str,
    /// What its owner must know of it: that it is disabled, that it waits.
    pub state: Option<&'static str>,
    /// Whether the page is about it.
    pub current: bool,
}

/// Something that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The id of the field that it is about.
    pub field: &'static str,
    /// What is wrong and what is expected.
    pub message: String,
}

impl Frame {
    /// Whether it is this part.
    fn is(&self, section: Section) -> bool {
        self.section == section
    }

    /// Whether the list of clients stands beside the page.
    fn lists_clients(&self) -> bool {
        matches!(self.section, Section::Clients)
    }

    fn is_faulty(&self, field: &str) -> bool {
        self.faults.iter().any(|fault| fault.field == field)
    }
}

#[cfg(test)]
mod tests;
