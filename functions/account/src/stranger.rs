//! One request of a user who is not signed in, and a form that ties their browser to its page.

use http::StatusCode;
use pages::layout::{Form as PageForm, Page};
use smart::parameters::Parameters;
use smart::ports::{RequestCounter, World};
use smart::registration::{Limit, counter};
use web::browser::cookies::PreSession;
use web::browser::csrf;
use web::browser::headers::FormAction;
use web::browser::signed_in::{pre_session, set_cookie};
use web::{Request, Response, body};

use crate::desk::{Desk, Reaches};
use crate::refusal::Refusal;
use crate::visit::field;

/// One request of a user who is not signed in.
pub(crate) struct Stranger<'a, W: World> {
    pub(crate) request: &'a Request,
    pub(crate) desk: &'a Desk<'a, W>,
    /// What forms are for.
    action: &'static str,
    pre: PreSession,
    pre_is_new: bool,
}

impl<'a, W: Reaches> Stranger<'a, W> {
    pub(crate) fn of(request: &'a Request, desk: &'a Desk<'a, W>, action: &'static str) -> Self {
        let (pre, pre_is_new) = pre_session(request.headers(), desk.home.cookies, desk.seals);
        Self { request, desk, action, pre, pre_is_new }
    }

    /// A form that leads to a path, bound to this browser.
    pub(crate) fn form_to(&self, path: &str, hidden: Vec<(String, String)>) -> PageForm {
        let csrf = csrf::token(self.desk.seals, self.pre.id(), self.action, b"");
        PageForm { action: path.to_owned(), csrf, hidden }
    }

    /// What was sent, if it comes from a page that the same browser was shown.
    pub(crate) fn sent(&self) -> Result<Parameters, Refusal> {
        let form = body::form(self.request)?;
        let token = field(&form, csrf::FIELD);
        let is_theirs = csrf::check(self.desk.seals, token, self.pre.id(), self.action, b"");
        if is_theirs && !self.pre_is_new { Ok(form) } else { Err(Refusal::OutOfDate) }
    }

    /// A page with what was asked for.
    pub(crate) fn page(&self, page: &impl Page) -> Response {
        self.page_with(StatusCode::OK, page)
    }

    pub(crate) fn page_with(&self, status: StatusCode, page: &impl Page) -> Response {
        let Desk { seals, home, .. } = self.desk;
        let mut response = page.respond(&home.site, status, &FormAction::SelfOnly);
        if self.pre_is_new {
            set_cookie(&mut response, home.cookies.set_pre_session(&self.pre, seals));
        }
        response
    }

    /// Counts the request among those of its network.
    ///
    /// # Errors
    /// `TooMany` when there were more than the limit.
    pub(crate) async fn count(&self, limit: Limit) -> Result<(), Refusal> {
        let Desk { operations, address, seals, .. } = self.desk;
        let counter = counter(limit, address, |parts| seals.keyed_hash(parts), operations.now);
        if operations.store.count(&counter).await? <= limit.requests {
            return Ok(());
        }
        Err(Refusal::TooMany(counter.ends_at.since(operations.now).as_secs().max(1)))
    }
}
