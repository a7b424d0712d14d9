//! What waits for an administrator, and its decision.

use super::{Frame, Section};
use crate::consent::Withheld;
use crate::layout::{Form, page};

/// "Approvals".
#[derive(Clone, Debug)]
pub struct Approvals {
    /// What stands around it.
    pub frame: Frame,
    /// What waits or was decided, the newest first.
    pub lines: Vec<ApprovalLine>,
    /// The page after this one.
    pub next_url: Option<String>,
}

/// One request in the list.
#[derive(Clone, Debug)]
pub struct ApprovalLine {
    /// The client's id.
    pub id: String,
    /// Its name, as it is asked for.
    pub name: String,
    /// Whether it is new or changes, and what became of it, in words.
    pub about: String,
}

/// One request: before, requested, after.
#[derive(Clone, Debug)]
pub struct Approval {
    /// What stands around it.
    pub frame: Frame,
    /// The client's id.
    pub id: String,
    /// Its name, as it is asked for.
    pub name: String,
    /// What it is and what became of it, in words.
    pub about: String,
    /// Who asks, by `sub`.
    pub owner: String,
    /// What differs.
    pub differences: Vec<Difference>,
    /// The scopes that go beyond what those who register themselves may have.
    pub report: Vec<Withheld>,
    /// What was asked for, to be reduced.
    pub scope: String,
    /// Where the decision goes, while there is none.
    pub form: Option<Form>,
}

/// A member that differs.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Which.
    pub member: String,
    /// What was registered.
    pub before: String,
    /// What is asked for.
    pub requested: String,
    /// What is registered after the decision.
    pub after: String,
}

page!(Approvals, ApprovalsView, "account/approvals.html");
page!(Approval, ApprovalView, "account/approval.html");
