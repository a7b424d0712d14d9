//! Signing in where one has an account already: to the upstream provider and back.

use aws::upstream::WantedSignIn;
use http::StatusCode;
use pages::layout::Form as PageForm;
use pages::message::Heading;
use pages::sign_in::UpstreamDoor;
use smart::error::{ErrorCode, OAuthError, Unreachable};
use smart::long_request::{Flow, FlowHandle};
use smart::parameters::Parameters;
use smart::ports::{Changed, Created, FlowStore, UserReader, UserWriter};
use smart::service::Service;
use smart::upstream::{Identity, SignInRefused};
use smart::user::User;
use smart_verify::time::{CLOCK_LEEWAY, UnixSeconds};
use url::Url;
use web::browser::csrf;
use web::browser::signed_in::OwnPage;
use web::{Request, Response, body, respond};

use crate::asked::{self, Asked, Reads};
use crate::ports::Reaches;
use crate::session_start::{self, Proof, Way};
use crate::visit::Visit;
use crate::{own_query, refusal};

const ACTION: &str = "upstream";

/// Where the button leads, if there is a provider: a page whose forms may not lead there cannot have the button.
pub(crate) async fn leads_to(visit: &Visit<'_, impl Reaches>) -> Result<Option<Url>, Unreachable> {
    match &visit.ports.upstream {
        Some(provider) => Ok(Url::parse(&provider.sign_in_origin(visit.now).await?).ok()),
        None => Ok(None),
    }
}

/// The button on the sign-in page, if there is a provider.
pub(crate) fn door(
    visit: &Visit<'_, impl Reaches>,
    way: Way<'_>,
    pre_session: &[u8],
) -> Option<UpstreamDoor> {
    let ports = visit.ports;
    let provider = ports.upstream.as_ref()?;
    let csrf = csrf::token(&ports.seals, pre_session, ACTION, way.hash());
    let form = PageForm { action: way.at("/sign-in/upstream"), csrf, hidden: Vec::new() };
    Some(UpstreamDoor { provider: provider.label().to_owned(), form })
}

/// `POST /sign-in/upstream`: to the provider.
pub(crate) async fn leave(visit: &Visit<'_, impl Reaches>) -> Response {
    if let Some(page) = OwnPage::of_query(visit.query()) {
        return depart(visit, Way::Own(page)).await;
    }
    match asked::open(visit, Reads::Nothing).await {
        Ok(opened) => depart(visit, Way::To(&opened.asked)).await,
        Err(answer) => *answer,
    }
}

async fn depart(visit: &Visit<'_, impl Reaches>, way: Way<'_>) -> Response {
    let Visit { request, ports, now } = *visit;
    let Some(provider) = &ports.upstream else {
        return refusal::not_found(visit);
    };
    let form = match body::form(request) {
        Ok(form) => form,
        Err(error) => return refusal::page(visit, &error),
    };
    let (pre, is_new) = visit.pre_session();
    let token = form.all("csrf").next().unwrap_or_default();
    if is_new || !csrf::check(&ports.seals, token, pre.id(), ACTION, way.hash()) {
        return refusal::out_of_date(visit);
    }
    let (query, hint, fresh) = match way {
        Way::To(asked) => {
            let fresh = app_wants_fresh(asked) || asked.own("switch").is_some();
            (asked.query.clone(), asked.request.login_hint.as_deref(), fresh)
        }
        Way::Own(page) => (page.query().to_owned(), None, false),
    };
    let handle = FlowHandle::draw();
    let sign_in = WantedSignIn { state: handle.text(), login_hint: hint, fresh };
    let departure = match provider.begin(&callback(&ports.service), sign_in, now).await {
        Ok(departure) => departure,
        Err(error) => return refusal::unavailable(visit, &error.into()),
    };
    let query = own_query::without_ours(&query);
    let flow = Flow::new(&handle, pre.id(), query, now).by_way_of(departure.round_trip);
    match ports.store.keep(&flow).await {
        Ok(()) => respond::see_other(&departure.url),
        Err(error) => refusal::unavailable(visit, &error.into()),
    }
}

/// Whether the app cares when the person signed in. The provider must then say it, for `max_age` was sent there; where
/// it does not, the person took that out of the address on the way.
///
/// Source: OpenID Connect Core 1.0 §2, `auth_time`.
const fn app_wants_fresh(asked: &Asked) -> bool {
    asked.request.prompt.login || asked.request.max_age.is_some()
}

/// Where the provider answers.
fn callback(service: &Service) -> String {
    format!("{}/sign-in/callback", service.issuer())
}

/// `GET /sign-in/callback`: back from the provider, with a code or a no.
///
/// Source: OpenID Connect Core 1.0 §3.1.2.5; RFC 9207 §2.4 (`iss`).
pub(crate) async fn arrive(visit: &Visit<'_, impl Reaches>) -> Response {
    let Visit { request, ports, now } = *visit;
    let Some(provider) = &ports.upstream else {
        return refusal::not_found(visit);
    };
    let answer = match Answer::read(request, provider.issuer()) {
        Ok(answer) => answer,
        Err(error) => return refused(visit, &error),
    };
    let flow = match ports.store.flow(&answer.state.key()).await {
        Ok(flow) => flow,
        Err(error) => return refusal::unavailable(visit, &error.into()),
    };
    let Some(flow) = flow.filter(|flow| now < flow.expires_at) else {
        return refusal::expired(visit);
    };
    let (pre, _) = visit.pre_session();
    let Some(round_trip) = flow.round_trip.as_ref().filter(|_| flow.is_of(pre.id())) else {
        return refusal::out_of_date(visit);
    };
    let code = match &answer.outcome {
        Ok(code) => code,
        Err(error) => return answered_no(visit, &flow, error).await,
    };
    let identity = match provider.finish(&callback(&ports.service), code, round_trip, now).await {
        Ok(identity) => identity,
        Err(error) => return no_identity(visit, error),
    };
    let auth_time = identity.auth_time;
    let user = match user_of(identity, &ports.store).await {
        Ok(Some(user)) => user,
        Ok(None) => {
            let sentence = "the account may not be used here.";
            return refused(visit, &ErrorCode::AccessDenied.because("user_disabled", sentence));
        }
        Err(error) => return refusal::unavailable(visit, &error),
    };
    returned(visit, &flow, &user, auth_time).await
}

/// The provider sent the user back without a code. A user who would not sign in has denied the app, and the app sees
/// that; whatever else went wrong is on a page.
///
/// Source: RFC 6749 §4.1.2.1, `access_denied`.
async fn answered_no(visit: &Visit<'_, impl Reaches>, flow: &Flow, error: &str) -> Response {
    if error != "access_denied" || flow.request.is_empty() {
        return no_identity(visit, SignInRefused::answered(error));
    }
    match asked::open_again(visit, &flow.request).await {
        Ok(opened) => {
            let sentence = "the person did not sign in at the provider; nothing was shared.";
            let error = ErrorCode::AccessDenied.because("upstream_access_denied", sentence);
            asked::back(&opened.asked.target, &error)
        }
        Err(answer) => *answer,
    }
}

/// The sign-in failed, and a page says why.
fn no_identity(visit: &Visit<'_, impl Reaches>, error: SignInRefused) -> Response {
    match error {
        SignInRefused::Unreachable(_) => refusal::unavailable(visit, &error.into()),
        SignInRefused::Denied { .. } => refused(visit, &error.into()),
    }
}

/// What the provider sent back.
struct Answer {
    state: FlowHandle,
    /// The code, or the provider's error.
    outcome: Result<String, String>,
}

impl Answer {
    fn read(request: &Request, issuer: &str) -> Result<Self, OAuthError> {
        let form = Parameters::query(request.uri().query().unwrap_or_default())?;
        form.each_once(&["state", "code", "error", "iss"])?;
        let unknown = || {
            ErrorCode::InvalidRequest.because("upstream_state", "state is not one that was sent from here.")
        };
        let state = form.get("state")?.and_then(FlowHandle::parse).ok_or_else(unknown)?;
        if form.get("iss")?.is_some_and(|iss| iss != issuer) {
            let sentence = "the answer is of another provider than the one that was asked.";
            return Err(ErrorCode::AccessDenied.because("upstream_mix_up", sentence));
        }
        let outcome = match (form.get("code")?, form.get("error")?) {
            (Some(code), None) => Ok(code.to_owned()),
            (_, error) => Err(error.unwrap_or_default().to_owned()),
        };
        Ok(Self { state, outcome })
    }
}

/// The user of an identity: known and renewed, or new. None for somebody who is disabled.
async fn user_of(
    identity: Identity,
    store: &(impl UserReader + UserWriter),
) -> Result<Option<User>, OAuthError> {
    let name = identity.user_name();
    for _ in 0..2 {
        let known = store.user(&name).await?;
        if known.as_ref().is_some_and(|known| known.disabled) {
            return Ok(None);
        }
        let user = User::of_identity(identity.clone(), known.clone());
        let written = match known {
            Some(known) if known == user => true,
            Some(_) => store.renew(&user).await? == Changed::Changed,
            None => store.add(&user).await? == Created::Created,
        };
        if written {
            return Ok(Some(user));
        }
        // Somebody was faster, in another window: their record counts.
    }
    Err(ErrorCode::TemporarilyUnavailable
        .because("user_contended", "the account is just being changed; try again."))
}

/// Begins the session, and continues with the request that waited for it.
async fn returned(
    visit: &Visit<'_, impl Reaches>,
    flow: &Flow,
    user: &User,
    auth_time: Option<UnixSeconds>,
) -> Response {
    // A clock that is ahead of ours makes no sign-in younger than it can be.
    let auth_time = auth_time.map(|time| time.min(visit.now));
    let is_fresh = auth_time.is_some_and(|time| time + CLOCK_LEEWAY >= flow.began_at);
    let proof = Proof { auth_time, is_fresh, counters: &[] };
    if let Some(page) = OwnPage::of_query(&flow.request) {
        return session_start::begin(visit, Way::Own(page), user, proof).await;
    }
    match asked::open_again(visit, &flow.request).await {
        Ok(opened) if auth_time.is_none() && app_wants_fresh(&opened.asked) => {
            let sentence = "the app asks when the sign-in was, and the provider does not say it.";
            refused(visit, &ErrorCode::AccessDenied.because("upstream_no_auth_time", sentence))
        }
        Ok(opened) => session_start::begin(visit, Way::To(&opened.asked), user, proof).await,
        Err(answer) => *answer,
    }
}

fn refused(visit: &Visit<'_, impl Reaches>, error: &OAuthError) -> Response {
    refusal::with_heading(visit, error, Heading::NotSignedIn, StatusCode::FORBIDDEN)
}
