//! "Start a test launch": what came back, step by step.

use serde::{Deserialize, Serialize};

use super::{ClientFacts, ClientPart, Frame, Section};
use crate::layout::{Form, page};

/// A test launch: what it is, and what came back of one.
#[derive(Clone, Debug)]
pub struct TestLaunch {
    /// What stands around it.
    pub frame: Frame,
    /// The client.
    pub known: ClientFacts,
    /// Where one is started; without it none can be.
    pub form: Option<Form>,
    /// What came back, shown this once.
    pub came: Option<CameBack>,
}

/// What was sent and what came back. No code and no token is in it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CameBack {
    /// Scopes that a test launch cannot ask for.
    pub left_out: Vec<String>,
    /// The authorization request, by name and value.
    pub sent: Vec<(String, String)>,
    /// The answer of the authorization endpoint.
    pub authorized: Vec<(String, String)>,
    /// The status of the answer of the token endpoint, if it was asked.
    pub status: Option<u16>,
    /// The members of that answer.
    pub answered: Vec<(String, String)>,
    /// What the access token says.
    pub access_token: Vec<(String, String)>,
    /// What the id_token says.
    pub id_token: Vec<(String, String)>,
    /// What was asked for and not granted, and why.
    pub withheld: Vec<(String, String)>,
    /// Whether the token was given back at once.
    pub given_back: bool,
}

impl CameBack {
    /// Whether there was a token.
    fn is_good(&self) -> bool {
        !self.access_token.is_empty()
    }
}

page!(TestLaunch, TestLaunchView, "account/test_launch.html");
