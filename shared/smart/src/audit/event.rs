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
    /// A client, or a change of one, was asked for and waits for an administrator.
    ClientAsked,
    /// An administrator gave what was asked for, or a part of it.
    ClientApproved,
    /// An administrator gave nothing of what was asked for.
    ClientDeclined,
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
    /// A link was made by which a user sets a password.
    SetPasswordLinkMade,
    /// An initial access token was made, by which somebody registers clients.
    RegisterTokenMade,
    /// An initial access token was ended.
    RegisterTokenEnded,
    /// A person got a token on the page *Get Access Tokens*.
    TestTokenIssued,
    /// A request was refused.
    Refused,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditOutcome {
    /// It was done.
    Done,
    /// It was not.
    Refused,
}

impl AuditOutcome {
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
            Self::ClientAsked => "client.asked",
            Self::ClientApproved => "client.approved",
            Self::ClientDeclined => "client.declined",
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
            Self::SetPasswordLinkMade => "set_password_link.made",
            Self::RegisterTokenMade => "register_token.made",
            Self::RegisterTokenEnded => "register_token.ended",
            Self::TestTokenIssued => "test_token.issued",
            Self::Refused => "refused",
        }
    }

    /// How it ended, which is the same each time.
    pub const fn outcome(self) -> AuditOutcome {
        match self {
            Self::ConsentDenied
            | Self::ClientDeclined
            | Self::SignInFailed
            | Self::SignInLockedOut
            | Self::Refused => AuditOutcome::Refused,
            _ => AuditOutcome::Done,
        }
    }
}
