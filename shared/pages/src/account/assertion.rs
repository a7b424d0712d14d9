//! "Check an assertion".

use super::{ClientLink, Frame, Section};
use crate::layout::{Form, page};

/// A field for an assertion, and what became of each rule.
#[derive(Clone, Debug)]
pub struct CheckAssertion {
    /// What stands around it.
    pub frame: Frame,
    /// Where it goes.
    pub form: Form,
    /// The clients whose keys it may be held against: those with keys. One may be chosen.
    pub clients: Vec<ClientLink>,
    /// The rules, once an assertion was checked.
    pub rules: Vec<Rule>,
    /// What is said about our clock and the sender's.
    pub clock: Option<String>,
    /// Whether a private key was sent.
    pub private_key_sent: bool,
}

/// One rule and what became of it.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What it is called.
    pub name: String,
    /// What became of it.
    pub outcome: RuleOutcome,
    /// What the assertion has.
    pub found: String,
    /// What it should have.
    pub expected: String,
    /// What the service would say.
    pub says: Option<String>,
    /// What to do.
    pub remedy: Option<String>,
}

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleOutcome {
    /// It holds.
    Holds,
    /// It does not.
    Fails,
    /// It was not looked at.
    NotReached,
}

impl RuleOutcome {
    const fn words(self) -> &'static str {
        match self {
            Self::Holds => "ok",
            Self::Fails => "not ok",
            Self::NotReached => "not looked at",
        }
    }
}

impl CheckAssertion {
    fn verdict(&self) -> &'static str {
        if self.rules.iter().any(|rule| rule.outcome == RuleOutcome::Fails) {
            "The service would refuse this assertion."
        } else {
            "No rule that was looked at refuses this assertion."
        }
    }
}

page!(CheckAssertion, CheckAssertionView, "account/assertion.html");
