//! What goes wrong: one error with two voices, for the caller and for the log, and one table of codes.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use http::StatusCode;

/// The error codes that are answered.
///
/// Source: RFC 6749 §4.1.2.1 and §5.2; RFC 6750 §3.1; OpenID Connect Core 1.0 §3.1.2.6; RFC 7591 §3.2.2; RFC 8707 §2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The request cannot be understood, or lacks something.
    InvalidRequest,
    /// The body is larger than is read.
    TooLarge,
    /// Client authentication failed, in whatever way.
    InvalidClient,
    /// The code or token does not stand for a grant any more, or not for this client.
    InvalidGrant,
    /// The client may not use this grant.
    UnauthorizedClient,
    /// No such grant type here.
    UnsupportedGrantType,
    /// No such response type here.
    UnsupportedResponseType,
    /// Nothing that was asked may be had, or the scope cannot be read.
    InvalidScope,
    /// The person, or a rule, said no.
    AccessDenied,
    /// The resource is not one of ours.
    InvalidTarget,
    /// `prompt=none`, and nobody is signed in.
    LoginRequired,
    /// `prompt=none`, and the person must be asked.
    ConsentRequired,
    /// `prompt=none`, and the person must choose something.
    InteractionRequired,
    /// Request objects are not supported.
    RequestNotSupported,
    /// Request objects by reference are not supported.
    RequestUriNotSupported,
    /// Registration inside a request is not supported.
    RegistrationNotSupported,
    /// The bearer token is missing or no good.
    InvalidToken,
    /// The bearer token does not allow this.
    InsufficientScope,
    /// The redirect URIs of a registration are no good.
    InvalidRedirectUri,
    /// Something else in a registration is no good.
    InvalidClientMetadata,
    /// A software statement, and none is believed here.
    UnapprovedSoftwareStatement,
    /// Something behind us does not answer; the same request may succeed soon.
    TemporarilyUnavailable,
}

impl ErrorCode {
    /// The code and status as they are sent.
    pub const fn wire(self) -> (&'static str, StatusCode) {
        match self {
            Self::InvalidRequest => ("invalid_request", StatusCode::BAD_REQUEST),
            Self::TooLarge => ("invalid_request", StatusCode::PAYLOAD_TOO_LARGE),
            Self::InvalidClient => ("invalid_client", StatusCode::UNAUTHORIZED),
            Self::InvalidGrant => ("invalid_grant", StatusCode::BAD_REQUEST),
            Self::UnauthorizedClient => ("unauthorized_client", StatusCode::BAD_REQUEST),
            Self::UnsupportedGrantType => ("unsupported_grant_type", StatusCode::BAD_REQUEST),
            Self::UnsupportedResponseType => ("unsupported_response_type", StatusCode::BAD_REQUEST),
            Self::InvalidScope => ("invalid_scope", StatusCode::BAD_REQUEST),
            Self::AccessDenied => ("access_denied", StatusCode::FORBIDDEN),
            Self::InvalidTarget => ("invalid_target", StatusCode::BAD_REQUEST),
            Self::LoginRequired => ("login_required", StatusCode::BAD_REQUEST),
            Self::ConsentRequired => ("consent_required", StatusCode::BAD_REQUEST),
            Self::InteractionRequired => ("interaction_required", StatusCode::BAD_REQUEST),
            Self::RequestNotSupported => ("request_not_supported", StatusCode::BAD_REQUEST),
            Self::RequestUriNotSupported => ("request_uri_not_supported", StatusCode::BAD_REQUEST),
            Self::RegistrationNotSupported => ("registration_not_supported", StatusCode::BAD_REQUEST),
            Self::InvalidToken => ("invalid_token", StatusCode::UNAUTHORIZED),
            Self::InsufficientScope => ("insufficient_scope", StatusCode::FORBIDDEN),
            Self::InvalidRedirectUri => ("invalid_redirect_uri", StatusCode::BAD_REQUEST),
            Self::InvalidClientMetadata => ("invalid_client_metadata", StatusCode::BAD_REQUEST),
            Self::UnapprovedSoftwareStatement => ("unapproved_software_statement", StatusCode::BAD_REQUEST),
            Self::TemporarilyUnavailable => ("temporarily_unavailable", StatusCode::SERVICE_UNAVAILABLE),
        }
    }

    /// An error of this code: `reason` is its stable name for logs, `sentence` tells a stranger what is wrong and
    /// what is expected. The sentence never holds a byte that the caller sent.
    ///
    /// # Panics
    /// In builds with debug assertions, for a reason that does not stand in [`reasons`](crate::reasons): nobody could
    /// look it up.
    pub fn because(self, reason: &'static str, sentence: impl Into<Cow<'static, str>>) -> OAuthError {
        debug_assert!(crate::reasons::find(reason).is_some(), "the reason {reason} is not in the table");
        OAuthError { code: self, reason, sentence: sentence.into(), cause: None }
    }
}

/// An OAuth error: what the caller is told, and what only the log is told.
#[derive(Debug)]
pub struct OAuthError {
    code: ErrorCode,
    reason: &'static str,
    sentence: Cow<'static, str>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl OAuthError {
    /// Adds what only the log is told.
    #[must_use]
    pub fn logging(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The code.
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// The stable name of what went wrong.
    pub const fn reason(&self) -> &'static str {
        self.reason
    }

    /// Where it is explained.
    pub fn uri(&self, issuer: &str) -> String {
        format!("{issuer}/help/{}", self.reason)
    }

    /// The sentence for the caller: printable ASCII without quotes or backslashes.
    ///
    /// Source: RFC 6749 §5.2, `error_description`.
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// What only the log is told.
    pub fn cause(&self) -> Option<&(dyn Error + Send + Sync)> {
        self.cause.as_deref()
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({}): {}", self.code.wire().0, self.reason, self.sentence)
    }
}

impl Error for OAuthError {}

/// A store, a signer or another service that could not be reached, or gave an answer that makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {cause}")]
pub struct Unreachable {
    what: &'static str,
    cause: Box<dyn Error + Send + Sync>,
}

impl Unreachable {
    /// `what` names the thing, `cause` says what happened.
    pub fn new(what: &'static str, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { what, cause: cause.into() }
    }
}

/// A store or signer could not be reached: the caller may send the same request again, with a new assertion if it sent one.
impl From<Unreachable> for OAuthError {
    fn from(error: Unreachable) -> Self {
        let sentence =
            "the service cannot do this just now; try again shortly, with a new assertion if you sent one.";
        ErrorCode::TemporarilyUnavailable.because("backend_unreachable", sentence).logging(error)
    }
}
