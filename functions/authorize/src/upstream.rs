//! Signing in where one has an account already: to the upstream provider and back.

use aws::upstream::WantedSignIn;
use http::StatusCode;
use pages::layout::Form as PageForm;
use pages::message::Heading;
use pages::sign_in::UpstreamButton;
use smart::authorization::Freshness;
use smart::error::{ErrorCode, OAuthError, Unreachable};
use smart::long_request::{Flow, FlowHandle};
use smart::parameters::Parameters;
use smart::ports::{Changed, Created, FlowStore, UserReader, UserWriter};
use smart::service::Service;
use smart::upstream::{Identity, SignInRefused};
use smart::user::User;
use url::Url;
use web::browser::csrf;
use web::browser::signed_in::OwnPage;
use web::{Request, Response, respond};

use crate::open_request::{self, Reads};
use crate::ports::Reaches;
use crate::session_start::{self, Proof, Way};
use crate::stop::Stop;
use crate::ui_params;
use crate::visit::Visit;

const ACTION: &str = "upstream";

/// Where the button leads, if there is a provider: a page whose forms may not lead there cannot have the button.
pub(crate) async fn leads_to(visit: &Visit<'_, impl Reaches>) -> Result<Option<Url>, Unreachable> {
    match &visit.ports.upstream {
        Some(provider) => Ok(Url::parse(&provider.sign_in_origin(visit.now).await?).ok()),
        None => Ok(None),
    }
}

/// The button on the sign-in page, if there is a provider.
pub(crate) fn button(
    visit: &Visit<'_, impl Reaches>,
    way: Way<'_>,
    pre_session: &[u8],
) -> Option<UpstreamButton> {
    let ports = visit.ports;
    let provider = ports.upstream.as_ref()?;
    let csrf = csrf::token(&ports.seals, pre_session, ACTION, way.hash());
    let form = PageForm { action: way.at("/sign-in/upstream"), csrf, hidden: Vec::new() };
    Some(UpstreamButton { provider: provider.label().to_owned(), form })
}

/// `POST /sign-in/upstream`: to the provider.
pub(crate) async fn leave(visit: &Visit<'_, impl Reaches>) -> Result<Response, Stop> {
    match OwnPage::of_query(visit.query()) {
        Some(page) => depart(visit, Way::Own(page)).await,
        None => {
            let opened = open_request::open(visit, visit.query(), Reads::Nothing).await?;
            depart(visit, Way::App(&opened.open)).await
        }
    }
}

async fn depart(visit: &Visit<'_, impl Reaches>, way: Way<'_>) -> Result<Response, Stop> {
    let Visit { ports, now, .. } = *visit;
    let provider = ports.upstream.as_ref().ok_or(Stop::NotFound)?;
    way.form(visit, ACTION)?;
    let (query, login_hint, fresh) = match way {
        Way::App(open) => {
            let asked = open.request.asked();
            let fresh = asked.needs_auth_time() || open.params.own("switch").is_some();
            (ui_params::without_ours(&open.params.query), asked.login_hint.as_deref(), fresh)
        }
        Way::Own(page) => (page.query().to_owned(), None, false),
    };
    let handle = FlowHandle::draw();
    let sign_in = WantedSignIn { state: handle.text(), login_hint, fresh };
    let departure = provider.begin(&callback(&ports.service), sign_in, now).await?;
    let (pre, _) = visit.pre_session();
    let flow = Flow::new(&handle, pre.id(), query, now).by_way_of(departure.round_trip);
    ports.store.keep(&flow).await?;
    Ok(respond::see_other(&departure.url))
}

/// Where the provider answers.
fn callback(service: &Service) -> String {
    format!("{}/sign-in/callback", service.issuer())
}

/// `GET /sign-in/callback`: back from the provider, with a code or a no.
///
/// Source: OpenID Connect Core 1.0 §3.1.2.5; RFC 9207 §2.4 (`iss`).
pub(crate) async fn arrive(visit: &Visit<'_, impl Reaches>) -> Result<Response, Stop> {
    let Visit { request, ports, now } = *visit;
    let provider = ports.upstream.as_ref().ok_or(Stop::NotFound)?;
    let answer = ProviderAnswer::read(request, provider.issuer()).map_err(not_signed_in)?;
    let flow = ports.store.flow(&answer.state.key()).await?;
    let flow = flow.filter(|flow| now < flow.expires_at).ok_or(Stop::Expired)?;
    let (pre, _) = visit.pre_session();
    let round_trip = flow.round_trip.as_ref().filter(|_| flow.is_of(pre.id())).ok_or(Stop::OutOfDate)?;
    let code = match &answer.outcome {
        Ok(code) => code,
        Err(error) => return Err(denied(visit, &flow, error).await),
    };
    let identity =
        provider.finish(&callback(&ports.service), code, round_trip, now).await.map_err(no_identity)?;
    let freshness = Freshness::of(identity.auth_time, flow.began_at, now);
    let user = user_of(identity, &ports.store).await.map_err(Stop::unavailable)?.ok_or_else(|| {
        let sentence = "the account may not be used here.";
        not_signed_in(ErrorCode::AccessDenied.because("user_disabled", sentence))
    })?;
    returned(visit, &flow, &user, freshness).await
}

/// The provider sent the user back without a code. A user who would not sign in has denied the app, and the app sees
/// that. Whatever else went wrong is on a page.
///
/// Source: RFC 6749 §4.1.2.1, `access_denied`.
async fn denied(visit: &Visit<'_, impl Reaches>, flow: &Flow, error: &str) -> Stop {
    if error != "access_denied" || flow.request.is_empty() {
        return no_identity(SignInRefused::answered(error));
    }
    match open_request::open(visit, &flow.request, Reads::Nothing).await {
        Ok(opened) => {
            let sentence = "the person did not sign in at the provider; nothing was shared.";
            opened.open.back(ErrorCode::AccessDenied.because("upstream_access_denied", sentence))
        }
        Err(stop) => stop,
    }
}

/// The sign-in failed, and a page says why.
fn no_identity(error: SignInRefused) -> Stop {
    match error {
        SignInRefused::Unreachable(_) => Stop::unavailable(error),
        SignInRefused::Denied { .. } => not_signed_in(error.into()),
    }
}

fn not_signed_in(error: OAuthError) -> Stop {
    Stop::page(Heading::NotSignedIn, StatusCode::FORBIDDEN, error)
}

/// What the provider sent back.
struct ProviderAnswer {
    state: FlowHandle,
    /// The code, or the provider's error.
    outcome: Result<String, String>,
}

impl ProviderAnswer {
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
    freshness: Freshness,
) -> Result<Response, Stop> {
    let Freshness { auth_time, is_fresh } = freshness;
    let proof = Proof { auth_time, is_fresh, counters: &[] };
    if let Some(page) = OwnPage::of_query(&flow.request) {
        return session_start::begin(visit, Way::Own(page), user, proof).await;
    }
    let open = open_request::open(visit, &flow.request, Reads::Nothing).await?.open;
    if auth_time.is_none() && open.request.asked().needs_auth_time() {
        let sentence = "the app asks when the sign-in was, and the provider does not say it.";
        return Err(not_signed_in(ErrorCode::AccessDenied.because("upstream_no_auth_time", sentence)));
    }
    session_start::begin(visit, Way::App(&open), user, proof).await
}
