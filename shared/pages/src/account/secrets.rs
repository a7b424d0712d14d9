//! The secrets of a client.

use super::client::{ClientFacts, ClientPart};
use super::{Frame, Section};
use crate::layout::{Form, page};

/// "Secrets".
#[derive(Clone, Debug)]
pub struct Secrets {
    /// What stands around it.
    pub frame: Frame,
    /// The client.
    pub known: ClientFacts,
    /// The live ones.
    pub secrets: Vec<SecretLine>,
    /// Where a second one is made, unless two are live.
    pub add: Option<Form>,
    /// Whether they typed the one that was refused.
    pub typed: bool,
}

/// One secret, by what tells it from another.
#[derive(Clone, Debug)]
pub struct SecretLine {
    /// Its last four characters.
    pub last_four: String,
    /// When it was made.
    pub made: String,
    /// When it ends.
    pub ends: String,
    /// Where it is ended, unless it is the only one.
    pub end: Option<Form>,
}

page!(Secrets, SecretsView, "account/secrets.html");
