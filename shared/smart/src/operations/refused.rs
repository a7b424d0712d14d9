//! Why nothing was done.

use crate::client::FieldError;
use crate::error::Unreachable;
use crate::registration::SecretRefused;

/// Why an operation has changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum OperationRefused {
    /// There is no such thing, or it is another user's: both read alike.
    #[error(transparent)]
    NotFound(#[from] Missing),
    /// It was changed since it was read.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The actor may not do this.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// What is there conflicts with it.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// What is wanted is invalid: every fault.
    #[error("what is wanted is invalid.")]
    Invalid(Vec<FieldError>),
    /// It cannot be read whether it is a dry run, and nothing else is in the way.
    #[error("{0}")]
    Unclear(String),
    /// The store cannot be reached.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
}

impl OperationRefused {
    /// The stable name of the reason.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::NotFound(missing) => missing.reason(),
            Self::Stale(stale) => stale.reason(),
            Self::Forbidden(forbidden) => forbidden.reason(),
            Self::Conflict(conflict) => conflict.reason(),
            Self::Invalid(_) => "members",
            Self::Unclear(_) => "query",
            Self::Unreachable(_) => "backend_unreachable",
        }
    }
}

impl From<SecretRefused> for OperationRefused {
    fn from(why: SecretRefused) -> Self {
        match why {
            SecretRefused::Unknown => Missing::Secret.into(),
            other => Conflict::Secret(other).into(),
        }
    }
}

/// What is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// A client.
    #[error("there is no client of this id.")]
    Client,
    /// A live secret of a client.
    #[error("{}", SecretRefused::Unknown)]
    Secret,
    /// A user.
    #[error("there is no user of this name.")]
    User,
    /// The password of a user who signs in elsewhere.
    #[error("this account has no password.")]
    Password,
    /// A link by which a password is set.
    #[error("this link has been used or has ended; ask your administrator for a new one.")]
    SetPasswordLink,
    /// A request that waits for an administrator, or was decided by one.
    #[error("nothing was asked for this client.")]
    Approval,
    /// An initial access token.
    #[error("there is no token of this id.")]
    RegisterToken,
}

impl Missing {
    /// The stable name of the reason.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Client => "client_not_found",
            Self::Secret => "secret_not_found",
            Self::User => "user_not_found",
            Self::Password | Self::SetPasswordLink => "set_password_link",
            Self::Approval => "approval_not_found",
            Self::RegisterToken => "register_token_not_found",
        }
    }
}

/// What was changed since it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stale {
    /// A client.
    #[error("this client was changed since it was read; read it again.")]
    Client,
    /// An account.
    #[error("this account was changed since it was read; read it again.")]
    User,
    /// A request that waits for an administrator, or its client.
    #[error("the request or its client was changed meanwhile; read it again.")]
    Approval,
}

impl Stale {
    /// The stable name of the reason.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Client | Self::User => "if_match_stale",
            Self::Approval => "approval_stale",
        }
    }
}

/// What an actor may not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// Administrators decide this.
    #[error("only administrators can do this.")]
    AdministratorsOnly,
    /// Only users who are signed in need this.
    #[error("only users who are signed in can do this.")]
    UsersOnly,
    /// Only users without an account make their own.
    #[error("only users without an account can do this.")]
    HasAccount,
    /// Registration is not open to them, or their client is disabled.
    #[error("this client may not change its registration.")]
    RegistrationClosed,
    /// The initial access token was used as often as it may be.
    #[error("the initial access token is used up.")]
    InitialTokenUsedUp,
    /// Too many passwords were tried.
    #[error("too many passwords were tried.")]
    LockedOut,
    /// The current password is another.
    #[error("the current password is another.")]
    WrongPassword,
}

impl Forbidden {
    /// The stable name of the reason.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::AdministratorsOnly => "administrators_only",
            Self::UsersOnly => "users_only",
            Self::HasAccount => "account_exists",
            Self::RegistrationClosed => "registration_closed",
            Self::InitialTokenUsedUp => "initial_token_refused",
            Self::LockedOut => "locked_out",
            Self::WrongPassword => "wrong_password",
        }
    }
}

/// What is there and conflicts with what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// The client waits for an administrator.
    #[error("this client waits to be approved; decide it at /approvals.")]
    AwaitsApproval,
    /// The secrets of the client do not allow it.
    #[error(transparent)]
    Secret(SecretRefused),
    /// The username is taken.
    #[error("somebody has this name.")]
    UserExists,
    /// The account is disabled.
    #[error("the account is disabled; enable it first.")]
    UserDisabled,
    /// The account has its password elsewhere.
    #[error("this person signs in at the upstream provider and has no password here.")]
    UserUpstream,
    /// The request was decided before.
    #[error("this request was decided before.")]
    DecidedBefore,
}

impl Conflict {
    /// The stable name of the reason.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::AwaitsApproval => "client_awaits_approval",
            Self::Secret(SecretRefused::UsesNone) => "client_uses_no_secret",
            Self::Secret(SecretRefused::TwoAreLive | SecretRefused::LiveAlready) => "two_secrets_live",
            Self::Secret(SecretRefused::TheOnlyOne) => "only_secret",
            Self::Secret(SecretRefused::Unknown) => "secret_not_found",
            Self::UserExists => "user_exists",
            Self::UserDisabled => "user_disabled",
            Self::UserUpstream => "user_upstream",
            Self::DecidedBefore => "decided_before",
        }
    }
}
