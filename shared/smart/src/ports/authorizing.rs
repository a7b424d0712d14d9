//! What is remembered on a person's way from an app's request to its code.

use super::{Cursor, SessionReader};
use crate::client::ClientId;
use crate::consent::{Consent, Decided, ScopeReport};
use crate::error::Unreachable;
use crate::grant::Grant;
use crate::launch::Launch;
use crate::lockout::{Counter, Raised};
use crate::long_request::Flow;
use crate::session::Session;

/// Counts the tries of passwords.
pub trait Lockout: Send + Sync {
    /// Raises all counts, or none if one of them is full. Of any number of tries at once no more get through than a
    /// count has room for.
    ///
    /// # Errors
    /// When the store cannot be reached; the counts may have been raised then.
    fn raise(&self, counters: &[Counter]) -> impl Future<Output = Result<Raised, Unreachable>> + Send;
}

/// Keeps sessions.
pub trait SessionStore: SessionReader {
    /// Begins a session, ends the one before it, and takes the try that led to it out of its counts, in one step.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn begin(
        &self,
        session: &Session,
        before: Option<&str>,
        counters: &[Counter],
    ) -> impl Future<Output = Result<(), Unreachable>> + Send;

    /// Ends a session; one that is not there has ended already.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn end(&self, id: &str) -> impl Future<Output = Result<(), Unreachable>> + Send;
}

/// Keeps flows: requests too long for a URL, and round trips to an upstream provider.
pub trait FlowStore: Send + Sync {
    /// Keeps a flow.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn keep(&self, flow: &Flow) -> impl Future<Output = Result<(), Unreachable>> + Send;

    /// The flow of this key, never old; whether it has ended is for the caller to see.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn flow(&self, key: &str) -> impl Future<Output = Result<Option<Flow>, Unreachable>> + Send;
}

/// Keeps what EHRs say of the apps they open.
pub trait LaunchStore: Send + Sync {
    /// Keeps a launch.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn open(&self, launch: &Launch) -> impl Future<Output = Result<(), Unreachable>> + Send;

    /// The launch of this key, never old; whether it is still good is for the caller to see.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn launch(&self, key: &str) -> impl Future<Output = Result<Option<Launch>, Unreachable>> + Send;
}

/// All that one decision of a person writes.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// The grant.
    pub grant: Grant,
    /// Why its scopes are what they are.
    pub report: ScopeReport,
    /// What need not be asked again, if the user was asked.
    pub consent: Option<Consent>,
    /// The key of the launch that is spent on it.
    pub launch: Option<String>,
}

/// What came of issuing a grant.
#[derive(Debug)]
pub enum Issued {
    /// It is there now.
    Issued,
    /// A grant of that key is there already, as given: the same form was sent twice.
    Already(Box<Grant>),
    /// The person is gone, disabled or somebody else by now; nothing has changed.
    UserGone,
    /// The launch was spent on another grant meanwhile; nothing has changed.
    LaunchSpent,
}

/// Puts new grants.
pub trait GrantIssuer: Send + Sync {
    /// Puts a grant and all that belongs to it, if its key is free, the person is still the same and enabled, and the
    /// launch is not spent, in one step.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn issue(&self, new: &NewGrant) -> impl Future<Output = Result<Issued, Unreachable>> + Send;
}

/// Reads what people decided, and forgets it when they withdraw it.
pub trait ConsentStore: Send + Sync {
    /// The consent of this key, never old; whether it still counts is for the caller to see.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn consent(&self, key: &str) -> impl Future<Output = Result<Option<Consent>, Unreachable>> + Send;

    /// Some of what a person decided, about one client or about all, in the order of clients, going on behind a cursor.
    /// What was decided a moment ago may be missing.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn decided_by(
        &self,
        subject: &str,
        about: Option<&ClientId>,
        after: Option<&Cursor>,
    ) -> impl Future<Output = Result<super::Page<Decided>, Unreachable>> + Send;

    /// Forgets it; what is not there is forgotten already.
    ///
    /// # Errors
    /// When the store cannot be reached; some of it may be forgotten then.
    fn forget(&self, keys: &[String]) -> impl Future<Output = Result<(), Unreachable>> + Send;
}
