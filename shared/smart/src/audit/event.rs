//! What is decided here, and nothing else.

/// A kind of decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A code became an access token.
    TokenByCode,
    /// A refresh token became an access token.
    TokenByRefresh,
    /// A backend service was given an access token.
    TokenByBackend,
    /// Somebody asked whether a token is good.
    TokenIntrospected,
    /// A backend service's token was ended.
    TokenRevoked,
    /// An app was told who the person is.
    PersonTold,
    /// A grant was ended, with all that came of it.
    GrantRevoked,
    /// A person allowed an app something.
    ConsentGiven,
    /// A person said no.
    ConsentDenied,
    /// What a person had allowed before was given again without a page.
    ConsentRemembered,
    /// A person disconnected an app: what was allowed is forgotten.
    ConsentWithdrawn,
    /// Somebody signed in, and a session began.
    SignedIn,
    /// A name and password were wrong.
    SignInFailed,
    /// A password was not looked at, since too many were tried.
    SignInLockedOut,
    /// Somebody signed out, and a session ended.
    SignedOut,
    /// An EHR made a launch.
    LaunchMade,
    /// A client was registered.
    ClientRegistered,
    /// A client was changed.
    ClientChanged,
    /// A client was stopped.
    ClientDisabled,
    /// A client may act again.
    ClientEnabled,
    /// A client was deleted.
    ClientDeleted,
    /// A client got another secret.
    SecretMade,
    /// A secret of a client was ended.
    SecretRevoked,
    /// A user was made.
    UserCreated,
    /// A user was changed.
    UserChanged,
    /// A user was stopped.
    UserDisabled,
    /// A user may act again.
    UserEnabled,
    /// A user was deleted.
    UserDeleted,
    /// A password was changed.
    PasswordChanged,
    /// All sessions of a user were ended.
    SessionsEnded,
    /// A request was refused.
    Refused,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was not.
    Refused,
}

impl Outcome {
    /// The word in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

impl Event {
    /// Its stable name in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TokenByCode => "token.code",
            Self::TokenByRefresh => "token.refresh",
            Self::TokenByBackend => "token.backend",
            Self::TokenIntrospected => "token.introspected",
            Self::TokenRevoked => "token.revoked",
            Self::PersonTold => "person.told",
            Self::GrantRevoked => "grant.revoked",
            Self::ConsentGiven => "consent.given",
            Self::ConsentDenied => "consent.denied",
            Self::ConsentRemembered => "consent.remembered",
            Self::ConsentWithdrawn => "consent.withdrawn",
            Self::SignedIn => "sign_in.done",
            Self::SignInFailed => "sign_in.failed",
            Self::SignInLockedOut => "sign_in.locked_out",
            Self::SignedOut => "sign_out.done",
            Self::LaunchMade => "launch.made",
            Self::ClientRegistered => "client.registered",
            Self::ClientChanged => "client.changed",
            Self::ClientDisabled => "client.disabled",
            Self::ClientEnabled => "client.enabled",
            Self::ClientDeleted => "client.deleted",
            Self::SecretMade => "secret.made",
            Self::SecretRevoked => "secret.revoked",
            Self::UserCreated => "user.created",
            Self::UserChanged => "user.changed",
            Self::UserDisabled => "user.disabled",
            Self::UserEnabled => "user.enabled",
            Self::UserDeleted => "user.deleted",
            Self::PasswordChanged => "password.changed",
            Self::SessionsEnded => "sessions.ended",
            Self::Refused => "refused",
        }
    }

    /// How it ended, which is the same each time.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::ConsentDenied | Self::SignInFailed | Self::SignInLockedOut | Self::Refused => {
                Outcome::Refused
            }
            _ => Outcome::Done,
        }
    }
}
