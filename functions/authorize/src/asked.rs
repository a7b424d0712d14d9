//! The authorization request: proven, checked, and shown the page that it has come to.

use std::sync::Arc;

use pages::csrf;
use pages::headers::FormAction;
use pages::layout::AppName;
use pages::sealed_step::{STEP_LIFETIME, Step, StepBinding};
use smart::authorization::{Addressed, AuthorizationRequest, RedirectTarget};
use smart::client::Client;
use smart::error::{ErrorCode, OAuthError};
use smart::http::respond::{self, Refusal};
use smart::http::{Form, Request, Response};
use smart::ports::{PatientDirectory, Signer};
use smart::scope::{Narrowed, ScopeSet};
use smart::time::UnixSeconds;
use smart::user::{Ceilings, User};
use url::Url;

use crate::browser::{self, SignedIn};
use crate::{Ports, Store, consent, own_query, picker, refusal, sign_in};

/// A request whose client and address are proven and in which every rule holds.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) form: Form,
    pub(crate) query: String,
    pub(crate) hash: Vec<u8>,
    pub(crate) client: Arc<Client>,
    pub(crate) target: RedirectTarget,
    pub(crate) request: AuthorizationRequest,
}

/// A request, and who is signed in where it comes from.
pub(crate) type Opened = (Asked, Option<SignedIn>);

/// Opens the request in a URL: client, session and user are read side by side.
///
/// # Errors
/// The answer, when the request cannot go on: a page while nothing is proven, a redirect afterwards.
pub(crate) async fn open<S: Store, K, D>(
    request: &Request,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Result<Opened, Box<Response>> {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let form = Form::query(&query).map_err(|error| Box::new(refusal::page(request, ports, &error)))?;
    open_form(request, query, form, ports, now).await
}

/// Opens a request whose parameters are these, however they came.
///
/// # Errors
/// As [`open`].
pub(crate) async fn open_form<S: Store, K, D>(
    request: &Request,
    query: String,
    form: Form,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Result<Opened, Box<Response>> {
    let page = |error: OAuthError| Box::new(refusal::page(request, ports, &error));
    let addressed = Addressed::read(&form).map_err(page)?;
    let cookie = browser::session_cookie(request.headers(), ports, now);
    let client = ports.store.client(&addressed.client_id, now);
    let (client, who) = tokio::try_join!(client, browser::signed_in(cookie, &ports.store, now))
        .map_err(|error| page(error.into()))?;
    let target =
        RedirectTarget::prove(client.as_deref(), &addressed, ports.service.issuer()).map_err(page)?;
    let Some(client) = client else {
        return Err(Box::new(refusal::not_found(ports)));
    };
    let checked = own_query::fits(&query)
        .and_then(|()| RedirectTarget::check_grant(&client))
        .and_then(|()| AuthorizationRequest::check(&form, &ports.service));
    let authorization = checked.map_err(|error| Box::new(back(&target, &error)))?;
    let hash = own_query::hash(&form);
    Ok((Asked { form, query, hash, client, target, request: authorization }, who))
}

/// The answer to a page of ours, after it was seen to come from the page that this person was shown.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) asked: Asked,
    pub(crate) who: SignedIn,
    pub(crate) form: Form,
}

/// Opens the answer to a page.
///
/// # Errors
/// The answer, when it cannot be taken: to sign in first, when the session has ended meanwhile; a page, when the form is
/// not of the session and request it comes with.
pub(crate) async fn answered<S: Store, K, D>(
    request: &Request,
    ports: &Ports<S, K, D>,
    action: &str,
    now: UnixSeconds,
) -> Result<Answered, Box<Response>> {
    let (asked, who) = open(request, ports, now).await?;
    let form = Form::body(request).map_err(|error| Box::new(refusal::page(request, ports, &error)))?;
    let Some(who) = who else {
        return Err(Box::new(respond::see_other(&own_query::address(&asked.query, &[]))));
    };
    let token = form.all("csrf").next().unwrap_or_default();
    if csrf::check(&ports.seals, token, who.cookie.id(), action, &asked.hash) {
        return Ok(Answered { asked, who, form });
    }
    Err(Box::new(refusal::out_of_date(request, ports)))
}

/// Sends an error to the app.
pub(crate) fn back(target: &RedirectTarget, error: &OAuthError) -> Response {
    let mut response = respond::see_other(&target.with_error(error));
    response.extensions_mut().insert(Refusal::from(error));
    response
}

impl Asked {
    /// The app as pages name it.
    pub(crate) fn app(&self) -> AppName {
        AppName { name: self.client.metadata.client_name.clone(), host: self.home_host() }
    }

    /// The host of the app's home page, or of the address that is answered.
    pub(crate) fn home_host(&self) -> Option<String> {
        let home = self.client.metadata.client_uri.as_deref().unwrap_or_else(|| self.target.uri());
        Url::parse(home).ok()?.host_str().map(str::to_owned)
    }

    /// Where the forms of this request may lead: to us, and from there to the app.
    pub(crate) fn form_action(&self) -> FormAction {
        Url::parse(self.target.uri()).map_or(FormAction::SelfOnly, |url| FormAction::and_redirect(&url))
    }

    /// The app's address with the person's no.
    pub(crate) fn cancel_url(&self) -> String {
        let error = ErrorCode::AccessDenied
            .because("person_denied", "the person did not allow this; nothing was shared.");
        self.target.with_error(&error)
    }

    /// One of our own parameters.
    pub(crate) fn own(&self, name: &'static str) -> Option<&str> {
        self.form.all(name).next().filter(|value| !value.is_empty())
    }

    /// What becomes of each asked scope under a ceiling.
    pub(crate) fn narrowed_to(&self, ceiling: &ScopeSet) -> Narrowed {
        self.request.scopes.narrow_to(&self.client.metadata.scope, ceiling)
    }

    /// What the app may have from a person; who has no FHIR resource cannot be named by it.
    pub(crate) fn scopes_of(&self, user: &User, ceilings: &Ceilings) -> Result<Narrowed, OAuthError> {
        let narrowed = self.narrowed_to(ceilings.of(user.role));
        let possible = if user.fhir_user.is_some() { narrowed } else { narrowed.without_fhir_user() };
        possible.or_refuse()
    }

    fn binding<'a>(&'a self, session: &'a [u8]) -> StepBinding<'a> {
        StepBinding { session, client_id: self.client.client_id.as_str(), request: &self.hash }
    }

    /// How far the person has come with this request, if they have come here before.
    pub(crate) fn step<S, K, D>(&self, who: &SignedIn, ports: &Ports<S, K, D>, now: UnixSeconds) -> Step {
        let sealed = self.own("step");
        let opened =
            sealed.and_then(|sealed| Step::open(sealed, &ports.seals, &self.binding(who.cookie.id()), now));
        opened.filter(|step| step.subject == who.session.subject).unwrap_or_else(|| Step {
            subject: who.session.subject.clone(),
            auth_time: who.session.auth_time.0,
            patient: None,
            patient_shown: None,
            encounter: None,
            signed_in_for_this_request: false,
            ends_at: (now + STEP_LIFETIME).0,
        })
    }

    /// Goes on with this request, one step further.
    pub(crate) fn go_on<S, K, D>(&self, step: &Step, session: &[u8], ports: &Ports<S, K, D>) -> Response {
        match step.seal(&ports.seals, &self.binding(session)) {
            Ok(sealed) => respond::see_other(&own_query::address(&self.query, &[("step", &sealed)])),
            Err(_) => respond::see_other(&own_query::address(&self.query, &[])),
        }
    }
}

/// `GET /authorize`: the page that the request has come to.
pub(crate) async fn show<S: Store, K: Signer, D: PatientDirectory>(
    request: &Request,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Response {
    let (asked, who) = match open(request, ports, now).await {
        Ok(opened) => opened,
        Err(answer) => return *answer,
    };
    // Whatever the person's role: with nothing to give, nobody is asked to sign in.
    if let Err(error) = asked.narrowed_to(&ports.ceilings.of_anybody()).or_refuse() {
        return back(&asked.target, &error);
    }
    let with_step = who.map(|who| (asked.step(&who, ports, now), who));
    let Some((step, who)) = with_step.filter(|(step, _)| !must_sign_in(&asked, step, now)) else {
        return sign_in::page_or_refuse(request, &asked, ports);
    };
    let answer = match asked.scopes_of(&who.user, &ports.ceilings) {
        Err(error) => back(&asked.target, &error),
        Ok(scopes) if scopes.granted.set().needs_patient() && step.patient.is_none() => {
            picker::show(request, &asked, &who, step, ports, now).await
        }
        Ok(scopes) => consent::show(&asked, &who, &step, scopes, ports),
    };
    browser::seen(answer, &who, ports, now)
}

/// Whether the app, or the person, wants a sign-in although somebody is signed in.
///
/// Source: OpenID Connect Core 1.0 §3.1.2.1, `prompt` and `max_age`.
fn must_sign_in(asked: &Asked, step: &Step, now: UnixSeconds) -> bool {
    let too_old = |max_age| now.since(UnixSeconds(step.auth_time)).as_secs() > max_age;
    let wanted = asked.request.prompt.login || asked.request.max_age.is_some_and(too_old);
    asked.own("switch").is_some() || (wanted && !step.signed_in_for_this_request)
}
