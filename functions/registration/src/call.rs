//! One request of somebody who may make it, and what its answer needs.

use http::{HeaderMap, Method, StatusCode, header};
use smart::client::ClientId;
use smart::error::{OAuthError, Unreachable};
use smart::operations::{Actor, DryRun, OperationRefused, Operations};
use smart::parameters::Parameters;
use smart::ports::World;
use smart_verify::time::UnixSeconds;
use web::{Request, Response, problem};

use crate::Ports;

pub(crate) use web::notes::with;

/// An answer, or a refusal that is one.
pub(crate) type ApiResult = Result<Response, Box<Response>>;

/// One request of an administrator.
pub(crate) struct Call<'a, W: World> {
    pub(crate) request: &'a Request,
    pub(crate) ports: &'a Ports<W>,
    /// Who asks: the id of the client whose token it is.
    pub(crate) by: &'a ClientId,
    pub(crate) now: UnixSeconds,
}

impl<'a, W: World> Call<'a, W> {
    pub(crate) fn store(&self) -> &'a W::Store {
        &self.ports.store
    }

    /// What this caller may do.
    pub(crate) fn operations(&self) -> Operations<'a, W> {
        self.ports.operations(Actor::Administrator(self.by), self.now)
    }

    /// The same, in a dry run if the query says so. If the query is malformed, the operation refuses it as its last check.
    pub(crate) fn operations_or_dry_run(&self) -> Operations<'a, W> {
        self.operations().with_dry_run(self.dry_run())
    }

    /// The same, where a malformed query is refused before anything else.
    pub(crate) fn clear_operations_or_dry_run(&self) -> Result<Operations<'a, W>, Box<Response>> {
        match self.dry_run() {
            DryRun::Unclear(why) => Err(bad_query(&why)),
            dry_run => Ok(self.operations().with_dry_run(dry_run)),
        }
    }

    pub(crate) fn method(&self) -> &Method {
        self.request.method()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// The text of a header, if it is there and is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// The query, taken apart.
    pub(crate) fn query(&self) -> Result<Parameters, Box<Response>> {
        let form = Parameters::query(self.request.uri().query().unwrap_or_default());
        form.map_err(|error| bad_query(error.sentence()))
    }

    /// Whether the query asks for a dry run.
    fn dry_run(&self) -> DryRun {
        let query = Parameters::query(self.request.uri().query().unwrap_or_default());
        let said = query.and_then(|query| query.get("dry_run").map(|said| said.map(str::to_owned)));
        match said.as_ref().map(Option::as_deref) {
            Ok(None | Some("false")) => DryRun::No,
            Ok(Some("true")) => DryRun::Yes,
            Ok(Some(_)) => DryRun::Unclear("dry_run must be true or false.".to_owned()),
            Err(error) => DryRun::Unclear(error.sentence().to_owned()),
        }
    }
}

/// Why nothing was done, as a problem. What has become stale is answered with what it is now, by those who know it.
pub(crate) fn not_done(why: OperationRefused) -> Box<Response> {
    let (reason, detail) = (why.reason(), why.to_string());
    match why {
        OperationRefused::NotFound(_) => not_found(reason, &detail),
        OperationRefused::Conflict(_) => conflict(reason, &detail),
        OperationRefused::Invalid(errors) => Box::new(problem::of_fields(&errors)),
        OperationRefused::Unclear(_) => bad_query(&detail),
        OperationRefused::Unreachable(error) => unavailable(error),
        OperationRefused::Forbidden(_) => {
            Box::new(problem::of(StatusCode::FORBIDDEN, "access_denied", reason, &detail))
        }
        OperationRefused::Stale(_) => {
            let status = StatusCode::PRECONDITION_FAILED;
            Box::new(problem::of(status, "precondition_failed", reason, &detail))
        }
    }
}

pub(crate) fn bad_query(detail: &str) -> Box<Response> {
    Box::new(problem::of(StatusCode::BAD_REQUEST, "invalid_request", "query", detail))
}

/// The store cannot be reached.
pub(crate) fn unavailable(error: Unreachable) -> Box<Response> {
    Box::new(problem::unavailable(&OAuthError::from(error)))
}

/// Something stands in the way of what is asked.
pub(crate) fn conflict(reason: &'static str, detail: &str) -> Box<Response> {
    Box::new(problem::of(StatusCode::CONFLICT, "conflict", reason, detail))
}

/// There is no such thing.
pub(crate) fn not_found(reason: &'static str, detail: &str) -> Box<Response> {
    Box::new(problem::of(StatusCode::NOT_FOUND, "not_found", reason, detail))
}

/// The rules refuse what is asked.
pub(crate) fn refused(status: StatusCode, error: &OAuthError) -> Box<Response> {
    Box::new(problem::of(status, error.code().wire().0, error.reason(), error.sentence()))
}

/// An answer without a body.
pub(crate) fn no_content() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    web::respond::no_store(&mut response);
    response
}

/// Says where a new thing is.
pub(crate) fn located(mut response: Response, path: &str) -> Response {
    if let Ok(location) = http::HeaderValue::from_str(path) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// A moment as RFC 3339 says it, in UTC.
pub(crate) fn rfc_3339(moment: UnixSeconds) -> String {
    let seconds = i64::try_from(moment.0).unwrap_or_default();
    jiff::Timestamp::from_second(seconds).unwrap_or_default().to_string()
}
