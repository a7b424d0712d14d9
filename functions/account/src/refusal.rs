//! Why a request is not answered with what it asks for.

use http::{HeaderValue, StatusCode, header};
use pages::layout::Site;
use pages::message::Heading;
use smart::audit::Record;
use smart::error::{ErrorCode, OAuthError, Unreachable};
use smart::operations::OperationRefused;
use web::{Request, Response, notes};

/// An answer, or why there is only a page that says so.
pub(crate) type PageResult = Result<Response, Refusal>;

/// Why there is no other answer.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// There is no such page, or it is another user's: both read alike.
    NotFound,
    /// The form was not made for this browser, session and page, or not any more.
    OutOfDate,
    /// What the page was for has ended.
    Gone(OAuthError),
    /// There were too many requests; the next may come after so many seconds.
    TooMany(u64),
    /// An error, in its own words.
    Error(OAuthError),
}

impl Refusal {
    /// The end of a link, for the reason of the operation behind it.
    pub(crate) fn of_link(why: OperationRefused) -> Self {
        match why {
            OperationRefused::Unreachable(error) => error.into(),
            why => Self::Gone(ErrorCode::InvalidRequest.because(why.reason(), why.to_string())),
        }
    }

    /// The page that says so.
    pub(crate) fn page(&self, request: &Request, site: &Site) -> Response {
        match self {
            Self::NotFound => pages::refusal::not_found(site),
            Self::OutOfDate => pages::refusal::out_of_date(request, site),
            Self::Gone(error) => {
                pages::refusal::page(request, site, error, Heading::OutOfDate, StatusCode::GONE)
            }
            Self::TooMany(seconds) => {
                let sentence = "too many requests from your network; try again later.";
                let error = ErrorCode::AccessDenied.because("rate_limited", sentence);
                let status = StatusCode::TOO_MANY_REQUESTS;
                let response = pages::refusal::page(request, site, &error, Heading::WentWrong, status);
                retry_after(response, *seconds)
            }
            Self::Error(error) => {
                let is_ours = error.code() == ErrorCode::TemporarilyUnavailable;
                let heading = if is_ours { Heading::WentWrong } else { Heading::OutOfDate };
                pages::refusal::page(request, site, error, heading, error.code().wire().1)
            }
        }
    }
}

impl From<OAuthError> for Refusal {
    fn from(error: OAuthError) -> Self {
        Self::Error(error)
    }
}

impl From<Unreachable> for Refusal {
    fn from(error: Unreachable) -> Self {
        Self::Error(error.into())
    }
}

/// What is not there and what is not for a user read alike.
impl From<OperationRefused> for Refusal {
    fn from(why: OperationRefused) -> Self {
        match why {
            OperationRefused::Unreachable(error) => error.into(),
            _ => Self::NotFound,
        }
    }
}

/// Source: RFC 6585 §4.
pub(crate) fn retry_after(mut response: Response, seconds: u64) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// An answer with the record of what was done, also where something failed after it.
pub(crate) fn recorded(
    answer: Result<Response, Unreachable>,
    record: Option<Record>,
    request: &Request,
    site: &Site,
) -> Response {
    let answer = answer.unwrap_or_else(|error| Refusal::from(error).page(request, site));
    notes::with(record, answer)
}
