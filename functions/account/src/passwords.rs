//! An account is made, its password changed, or set by a link of an administrator.

use http::{HeaderValue, StatusCode, header};
use pages::account::{ChangePassword, CreateAccount, Fault, PasswordSet, Section, SetPassword};
use pages::layout::{Form as PageForm, Page};
use pages::message::Heading;
use pages::refusal;
use serde_json::json;
use smart::error::{ErrorCode, OAuthError, Unreachable};
use smart::lockout::{self, Counter};
use smart::operations::users::{self, OpenAccounts, PasswordChange};
use smart::operations::{Actor, Done, Forbidden, OperationRefused, Operations};
use smart::parameters::Parameters;
use smart::ports::{RequestCounter, SessionStore, World};
use smart::registration::{Limit, NewAccount, SetPasswordToken, counter};
use smart::session::Session;
use smart::user::User;
use smart::{password, random};
use smart_verify::time::UnixSeconds;
use web::browser::cookies::{PreSession, SessionCookie};
use web::browser::csrf;
use web::browser::headers::FormAction;
use web::browser::signed_in::{pre_session, set_cookie};
use web::{Request, Response, body, respond};

use super::visit::{Visit, fault};
use super::{AccountHome, unavailable};
use crate::admin_auth::address;
use crate::call::{Answer, recorded, with};
use crate::{Ports, Reaches};

/// `/account/create`, on a sandbox.
pub(super) async fn create(request: &Request, ports: &Ports<impl Reaches>, now: UnixSeconds) -> Response {
    let AccountHome { site, local_accounts, .. } = &ports.account;
    let Some(open) = OpenAccounts::on(site.sandbox, *local_accounts) else {
        return refusal::not_found(site);
    };
    let stranger = Stranger::new(request, ports, now, "create-account");
    let answer = if *request.method() == http::Method::POST {
        make(&stranger, open).await
    } else {
        Ok(stranger.shows(&ask_to_create(&stranger, "", Vec::new()), StatusCode::OK))
    };
    answer.unwrap_or_else(|refused| *refused)
}

fn ask_to_create(stranger: &Stranger<'_, impl Reaches>, username: &str, faults: Vec<Fault>) -> CreateAccount {
    let username = username.chars().take(64).collect();
    CreateAccount { form: stranger.form("/account/create", Vec::new()), username, faults }
}

async fn make(stranger: &Stranger<'_, impl Reaches>, open: OpenAccounts) -> Answer {
    let form = stranger.sent()?;
    let Stranger { ports, now, .. } = *stranger;
    let home = &ports.account;
    let name = form.all("username").next().unwrap_or_default().trim();
    let chosen = form.all("password").next().unwrap_or_default();
    // The name is shown as it is: nobody here says who they really are.
    let said = json!({
        "name": name, "display_name": name, "role": "clinician", "fhirUser": home.sandbox_fhir_user,
    });
    let account = NewAccount::check(said.as_object().unwrap_or(&serde_json::Map::new()));
    let mut faults = Vec::new();
    if let Err(errors) = &account {
        let own = errors.iter().find(|error| error.pointer == "/name");
        faults.push(fault("username", own.map_or("Choose another name.", |error| error.message.as_str())));
    }
    faults.extend(password::fault(chosen).map(|message| fault("password", message)));
    let account = match account {
        Ok(account) if faults.is_empty() => account,
        _ => return Ok(stranger.shows(&ask_to_create(stranger, name, faults), StatusCode::BAD_REQUEST)),
    };
    stranger.count(Limit::NEW_ACCOUNT).await?;
    let address = address(stranger.request);
    let made = users::create_own(&stranger.operations(&address), account, chosen, open).await;
    let Done { body: user, record, .. } = match made {
        Err(OperationRefused::Conflict(_)) => {
            let faults = vec![fault("username", "Somebody has this name. Choose another.")];
            return Ok(stranger.shows(&ask_to_create(stranger, name, faults), StatusCode::CONFLICT));
        }
        made => made.map_err(|why| stranger.not_done(why))?,
    };
    let begun = begin(&user, None, &[], ports, now).await;
    let answer = begun.map_err(|error| stranger.refused(&error.into())).map(|cookie| {
        let mut response = respond::see_other("/account");
        set_cookie(&mut response, cookie);
        response.headers_mut().append(header::SET_COOKIE, home.cookies.clear_pre_session());
        response
    });
    recorded(answer, record)
}

/// `GET /account/password`.
pub(super) async fn ask(visit: &Visit<'_, impl Reaches>) -> Answer {
    let mut page = change_page(visit);
    let changed = visit.query("done").as_deref() == Some("changed");
    page.frame.notice =
        changed.then(|| "Your password is changed. Everywhere else you are signed out.".to_owned());
    Ok(visit.respond(&page, StatusCode::OK))
}

fn change_page(visit: &Visit<'_, impl Reaches>) -> ChangePassword {
    let has_password = !visit.who.user.password_hash.is_empty();
    ChangePassword {
        frame: visit.bare_frame(Section::Password),
        form: has_password.then(|| visit.form_to("/account/password")),
        username: visit.who.user.name.clone(),
    }
}

/// `POST /account/password`: ends every other session, and begins this one anew.
pub(super) async fn change(visit: &Visit<'_, impl Reaches>) -> Answer {
    let form = visit.sent()?;
    let (user, now, ports) = (&visit.who.user, visit.now, visit.ports);
    let typed = |name| form.all(name).next().unwrap_or_default();
    let wanted = PasswordChange { current: typed("current"), chosen: typed("password") };
    let again = |fault: Fault, status| {
        let mut page = change_page(visit);
        page.frame.faults = vec![fault];
        Ok(visit.respond(&page, status))
    };
    let counters =
        lockout::counters(&user.name, &address(visit.request), |parts| ports.seals.keyed_hash(parts), now);
    let changed = users::change_password(&visit.operations(), user, wanted, &counters).await;
    let Done { body: next, record, .. } = match changed {
        Err(OperationRefused::Invalid(errors)) => {
            let wrong = errors.into_iter().next().map(|error| error.message).unwrap_or_default();
            return again(fault("password", wrong), StatusCode::BAD_REQUEST);
        }
        Err(OperationRefused::Forbidden(Forbidden::LockedOut)) => {
            let minutes = lockout::minutes_left(&counters, now);
            let said = format!("Too many tries. Wait {minutes} minutes.");
            let mut response = again(fault("current", said), StatusCode::TOO_MANY_REQUESTS)?;
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(minutes * 60));
            return Ok(response);
        }
        Err(OperationRefused::Forbidden(_)) => {
            return again(fault("current", "This is not your current password."), StatusCode::UNAUTHORIZED);
        }
        Err(OperationRefused::Stale(_)) => {
            return again(
                fault("current", "Your account was changed meanwhile. Try again."),
                StatusCode::CONFLICT,
            );
        }
        changed => changed.map_err(|why| visit.not_done(why))?,
    };
    let before = random::sha256(visit.who.cookie.id());
    let begun = begin(&next, Some(&before), &counters, ports, now).await;
    let answer = begun.map_err(|error| visit.unreachable(error)).map(|cookie| {
        let mut response = respond::see_other("/account/password?done=changed");
        set_cookie(&mut response, cookie);
        response
    });
    recorded(answer, record)
}

/// `/account/set-password`: behind a link that an administrator made.
pub(super) async fn set(request: &Request, ports: &Ports<impl Reaches>, now: UnixSeconds) -> Response {
    let stranger = Stranger::new(request, ports, now, "set-password");
    set_by_link(&stranger).await.unwrap_or_else(|refused| *refused)
}

async fn set_by_link(stranger: &Stranger<'_, impl Reaches>) -> Answer {
    let request = stranger.request;
    let posted = *request.method() == http::Method::POST;
    let form = if posted {
        Ok(stranger.sent()?)
    } else {
        Parameters::query(request.uri().query().unwrap_or_default())
    };
    let form = form.map_err(|error| stranger.refused(&error))?;
    stranger.count(Limit::SET_PASSWORD).await?;
    let token = form.all("token").next().and_then(SetPasswordToken::presented);
    let gone = || {
        let sentence = "this link is not complete, has been used or has ended.";
        stranger.gone(&ErrorCode::InvalidRequest.because("set_password_link", sentence))
    };
    let token = token.ok_or_else(gone)?;
    let address = address(request);
    let operations = stranger.operations(&address);
    let user = users::by_link(&operations, &token).await.map_err(|why| stranger.not_done(why))?;
    let chosen = form.all("password").next().unwrap_or_default();
    let wrong = password::fault(chosen).filter(|_| posted);
    if !posted || wrong.is_some() {
        let hidden = vec![("token".to_owned(), token.reveal().to_owned())];
        let faults: Vec<Fault> = wrong.map(|message| fault("password", message)).into_iter().collect();
        let status = if posted { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        let form = stranger.form("/account/set-password", hidden);
        return Ok(stranger.shows(&SetPassword { form, username: user.name, faults }, status));
    }
    let done = users::redeem_link(&operations, &token, chosen).await.map_err(|why| stranger.not_done(why))?;
    let page = PasswordSet { username: done.body.name };
    Ok(with(done.record, stranger.shows(&page, StatusCode::OK)))
}

/// Somebody who is not signed in, and a form that ties their browser to its page.
struct Stranger<'a, W: World> {
    request: &'a Request,
    ports: &'a Ports<W>,
    now: UnixSeconds,
    action: &'static str,
    pre: PreSession,
    pre_is_new: bool,
}

impl<'a, W: Reaches> Stranger<'a, W> {
    fn new(request: &'a Request, ports: &'a Ports<W>, now: UnixSeconds, action: &'static str) -> Self {
        let (pre, pre_is_new) = pre_session(request.headers(), ports.account.cookies, &ports.seals);
        Self { request, ports, now, action, pre, pre_is_new }
    }

    fn form(&self, path: &str, hidden: Vec<(String, String)>) -> PageForm {
        let csrf = csrf::token(&self.ports.seals, self.pre.id(), self.action, b"");
        PageForm { action: path.to_owned(), csrf, hidden }
    }

    fn sent(&self) -> Result<Parameters, Box<Response>> {
        let form = body::form(self.request).map_err(|error| self.refused(&error))?;
        let token = form.all(csrf::FIELD).next().unwrap_or_default();
        if !self.pre_is_new && csrf::check(&self.ports.seals, token, self.pre.id(), self.action, b"") {
            return Ok(form);
        }
        Err(Box::new(refusal::out_of_date(self.request, &self.ports.account.site)))
    }

    fn shows(&self, page: &impl Page, status: StatusCode) -> Response {
        let home = &self.ports.account;
        let mut response = page.respond(&home.site, status, &FormAction::SelfOnly);
        if self.pre_is_new {
            set_cookie(&mut response, home.cookies.set_pre_session(&self.pre, &self.ports.seals));
        }
        response
    }

    fn refused(&self, error: &OAuthError) -> Box<Response> {
        Box::new(unavailable(self.request, &self.ports.account.site, error))
    }

    fn gone(&self, error: &OAuthError) -> Box<Response> {
        let site = &self.ports.account.site;
        Box::new(refusal::page(self.request, site, error, Heading::OutOfDate, StatusCode::GONE))
    }

    /// Source: RFC 6585 §4.
    async fn count(&self, limit: Limit) -> Result<(), Box<Response>> {
        let counter =
            counter(limit, &address(self.request), |parts| self.ports.seals.keyed_hash(parts), self.now);
        let count = self.ports.store.count(&counter).await.map_err(|error| self.refused(&error.into()))?;
        if count <= limit.requests {
            return Ok(());
        }
        let sentence = "too many requests from your network; try again later.";
        let error = ErrorCode::AccessDenied.because("rate_limited", sentence);
        let (site, status) = (&self.ports.account.site, StatusCode::TOO_MANY_REQUESTS);
        let mut response = refusal::page(self.request, site, &error, Heading::WentWrong, status);
        let seconds = counter.ends_at.since(self.now).as_secs().max(1);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        Err(Box::new(response))
    }

    /// What they may do, from their address.
    fn operations<'b>(&'b self, address: &'b str) -> Operations<'b, W> {
        self.ports.operations(Actor::Anonymous { address, initial: None }, self.now)
    }

    /// Why nothing was done.
    fn not_done(&self, why: OperationRefused) -> Box<Response> {
        match why {
            OperationRefused::Unreachable(error) => self.refused(&error.into()),
            why => self.gone(&ErrorCode::InvalidRequest.because(why.reason(), why.to_string())),
        }
    }
}

/// Begins a session in place of the one before, and says by which cookie.
async fn begin(
    user: &User,
    before: Option<&str>,
    counters: &[Counter],
    ports: &Ports<impl Reaches>,
    now: UnixSeconds,
) -> Result<Result<HeaderValue, web::browser::seal::SealFailed>, Unreachable> {
    let home = &ports.account;
    let cookie = SessionCookie::new(random::bytes(), user.name.clone(), user.subject.clone());
    let session = Session::begun(random::sha256(cookie.id()), user, now, home.session_lifetime);
    ports.store.begin(&session, before, counters).await?;
    Ok(home.cookies.set_session(&cookie, &ports.seals, now))
}
