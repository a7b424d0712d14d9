//! Where a request stops: what the user or the app sees instead of the next page.

use http::StatusCode;
use pages::message::Heading;
use pages::refusal;
use smart::authorization::{RedirectTarget, RequestRefused};
use smart::error::{ErrorCode, OAuthError, Unreachable};
use smart::ports::World;
use web::notes::{self, RefusalNote};
use web::{Response, respond};

use crate::visit::Visit;

/// Why a handler stops. Only [`Stop::answer`] makes an answer of it.
#[derive(Debug)]
pub(crate) enum Stop {
    /// An error page under this heading.
    Page(Heading, StatusCode, Box<OAuthError>),
    /// The error goes to the app.
    Back(Box<RedirectTarget>, Box<OAuthError>),
    /// The request starts again at this address of ours.
    Restart(String),
    /// The form was not made for this browser, session and request, or is too old. Nothing was done.
    OutOfDate,
    /// The request that was kept here has expired.
    Expired,
    /// There is no such page.
    NotFound,
    /// What the request needs does not answer: a page says to try again shortly.
    Unavailable(Box<OAuthError>),
    /// The problem that an API of ours answers a program with.
    Problem(Box<Response>),
}

impl Stop {
    /// An error page under a heading that fits better than the error's own.
    pub(crate) fn page(heading: Heading, status: StatusCode, error: OAuthError) -> Self {
        Self::Page(heading, status, Box::new(error))
    }

    /// The error goes to the app.
    pub(crate) fn back(target: &RedirectTarget, error: OAuthError) -> Self {
        Self::Back(Box::new(target.clone()), Box::new(error))
    }

    /// What the request needs does not answer.
    pub(crate) fn unavailable(error: impl Into<OAuthError>) -> Self {
        Self::Unavailable(Box::new(error.into()))
    }

    /// The answer.
    pub(crate) fn answer(self, visit: &Visit<'_, impl World>) -> Response {
        let (request, site) = (visit.request, &visit.ports.site);
        let page = |heading, status, error: &OAuthError| refusal::page(request, site, error, heading, status);
        match self {
            Self::Page(heading, status, error) => page(heading, status, &error),
            Self::Back(target, error) => back(&target, &error),
            Self::Restart(address) => respond::see_other(&address),
            Self::OutOfDate => refusal::out_of_date(request, site),
            Self::Expired => {
                let sentence = "the authorization request was kept for 15 minutes, and is gone.";
                let error = ErrorCode::InvalidRequest.because("flow_expired", sentence);
                page(Heading::SignInExpired, StatusCode::GONE, &error)
            }
            Self::NotFound => refusal::not_found(site),
            Self::Unavailable(error) => page(Heading::WentWrong, StatusCode::SERVICE_UNAVAILABLE, &error),
            Self::Problem(problem) => *problem,
        }
    }
}

/// Sends an error to the app.
fn back(target: &RedirectTarget, error: &OAuthError) -> Response {
    let mut response = respond::see_other(&target.with_error(error));
    response.extensions_mut().insert(RefusalNote::from(error));
    notes::about(&mut response, target.client_id());
    response
}

/// An error that cannot go to an app, since the client or its redirect URI is not proven.
impl From<OAuthError> for Stop {
    fn from(error: OAuthError) -> Self {
        let is_ours = error.code() == ErrorCode::TemporarilyUnavailable;
        let heading = if is_ours { Heading::WentWrong } else { Heading::CannotSignYouIn };
        Self::page(heading, error.code().wire().1, error)
    }
}

impl From<Box<Response>> for Stop {
    fn from(problem: Box<Response>) -> Self {
        Self::Problem(problem)
    }
}

impl From<Unreachable> for Stop {
    fn from(error: Unreachable) -> Self {
        Self::unavailable(error)
    }
}

impl From<RequestRefused> for Stop {
    fn from(refused: RequestRefused) -> Self {
        match refused {
            RequestRefused::ToUser(error) => error.into(),
            RequestRefused::ToApp(target, error) => Self::Back(target, Box::new(error)),
        }
    }
}
