//! Authenticates the callers of the admin API and counts their requests.

use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use smart::error::Unreachable;
use smart::lockout::neighbourhood;
use smart::ports::{RequestCounter, World};
use smart::registration::{Limit, counter};
use smart_verify::scope::ExtensionScope;
use smart_verify::time::UnixSeconds;
use web::own_api;
use web::{Request, Response, Sender, problem};

use crate::call::{ApiResult, Call, unavailable};
use crate::routes::Route;
use crate::{Ports, Reaches, approvals, check, client_list, clients, register_tokens, secrets, users};

/// Answers a request to the admin API, if its token says that it may, and its bearer does not ask too often.
pub(crate) async fn administrate(
    request: &Request,
    route: Route,
    ports: &Ports<impl Reaches>,
    now: UnixSeconds,
) -> Response {
    let api = ExtensionScope::Registration;
    let caller = match own_api::caller(request.headers(), api, &ports.keys, ports.service.tokens(), now) {
        Ok(caller) => caller,
        Err(refused) => return *refused,
    };
    let quota = match Quota::take(Limit::ADMIN, caller.client_id().as_str(), ports, now).await {
        Ok(quota) => quota,
        Err(refused) => return *refused,
    };
    let call = Call { request, ports, by: caller.client_id(), now };
    let answer = manage(&call, route).await;
    quota.told(answer.unwrap_or_else(|refused| *refused))
}

async fn manage(call: &Call<'_, impl Reaches>, route: Route) -> ApiResult {
    let posted = *call.method() == Method::POST;
    match route {
        Route::Clients if posted => clients::create(call).await,
        Route::Clients => client_list::list(call).await,
        Route::Client(id) => clients::one(call, &id).await,
        Route::Check(id) => check::check(call, &id).await,
        Route::Disable(id) => clients::set_disabled(call, &id, true).await,
        Route::Enable(id) => clients::set_disabled(call, &id, false).await,
        Route::Events(id) => clients::events(call, &id).await,
        Route::Secrets(id) if posted => secrets::add(call, &id).await,
        Route::Secrets(id) => secrets::list(call, &id).await,
        Route::Secret(id, secret) => secrets::end(call, &id, &secret).await,
        Route::Users if posted => users::create(call).await,
        Route::Users => users::list(call).await,
        Route::User(name) => users::one(call, &name).await,
        Route::DisableUser(name) => users::set_disabled(call, &name, true).await,
        Route::EnableUser(name) => users::set_disabled(call, &name, false).await,
        Route::SetPasswordLink(name) => users::set_password_link(call, &name).await,
        Route::RegisterTokens if posted => register_tokens::create(call).await,
        Route::RegisterTokens => register_tokens::list(call).await,
        Route::RegisterToken(id) => register_tokens::end(call, &id).await,
        Route::Approvals => approvals::list(call).await,
        Route::Approval(id) => approvals::read(call, &id).await,
        Route::Approve(id) => approvals::approve(call, &id).await,
        Route::Decline(id) => approvals::decline(call, &id).await,
        // Answered before anybody was asked who they are.
        Route::Register | Route::Registered(_) | Route::OpenApi => Ok(web::respond::not_found()),
    }
}

/// How much somebody may still ask.
pub(crate) struct Quota {
    limit: Limit,
    left: u64,
    seconds: u64,
}

impl Quota {
    /// Counts a request.
    ///
    /// # Errors
    /// 429 when there were too many, 503 when that cannot be known.
    pub(crate) async fn take(
        limit: Limit,
        whose: &str,
        ports: &Ports<impl World<Store: RequestCounter>>,
        now: UnixSeconds,
    ) -> Result<Self, Box<Response>> {
        let counter = counter(limit, whose, |parts| ports.seals.keyed_hash(parts), now);
        let count: Result<u64, Unreachable> = ports.store.count(&counter).await;
        let count = count.map_err(unavailable)?;
        let seconds = counter.ends_at.since(now).as_secs().max(1);
        let quota = Self { limit, left: limit.requests.saturating_sub(count), seconds };
        if count > limit.requests { Err(Box::new(quota.used_up())) } else { Ok(quota) }
    }

    /// Source: RFC 6585 §4.
    fn used_up(&self) -> Response {
        let detail = "too many requests; the Retry-After header says how many seconds to wait.";
        let status = StatusCode::TOO_MANY_REQUESTS;
        let mut response = self.told(problem::of(status, "too_many_requests", "rate_limited", detail));
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(self.seconds));
        response
    }

    /// Says in an answer how much is left.
    ///
    /// Source: draft-ietf-httpapi-ratelimit-headers-10 §3 and §4.
    pub(crate) fn told(&self, mut response: Response) -> Response {
        let Limit { name, requests, window } = self.limit;
        let policy = format!("\"{name}\";q={requests};w={}", window.as_secs());
        let left = format!("\"{name}\";r={};t={}", self.left, self.seconds);
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", left)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// The part of the network that a request comes from.
pub(crate) fn address(request: &Request) -> String {
    let sender = request.extensions().get::<Sender>();
    sender.map(|Sender(address)| neighbourhood(*address)).unwrap_or_default()
}
