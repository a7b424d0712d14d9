//! The authorization request: read, proven and checked, with all that must be known of it.

use std::sync::Arc;

use http::StatusCode;
use pages::layout::{AppName, Page};
use smart::authorization::{Addressed, AuthorizationRequest, RedirectTarget};
use smart::client::Client;
use smart::consent::Consent;
use smart::error::{ErrorCode, OAuthError, Unreachable};
use smart::ids::GrantKey;
use smart::launch::{Launch, LaunchHandle};
use smart::long_request::{Flow, FlowHandle};
use smart::narrowing::Narrowed;
use smart::parameters::Parameters;
use smart::user::{Ceilings, User};
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;
use url::Url;
use web::browser::cookies::SessionCookie;
use web::browser::csrf;
use web::browser::headers::{FormAction, Framing};
use web::browser::step::{STEP_LIFETIME, Step, StepBinding};
use web::notes::{self, Refused};
use web::{Request, Response, body, respond};

use crate::browser::{self, SignedIn};
use crate::{Ports, Store, own_query, refusal};

/// A request whose client and address are proven and in which every rule holds.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The request's parameters, and those of ours that came with it.
    pub(crate) form: Parameters,
    /// What stands for the request in our own URLs: its parameters as they were sent, or the handle of its flow.
    pub(crate) query: String,
    pub(crate) hash: Vec<u8>,
    pub(crate) client: Arc<Client>,
    pub(crate) target: RedirectTarget,
    pub(crate) request: AuthorizationRequest,
    /// What the EHR said that opened the app.
    pub(crate) launch: Option<Launch>,
    /// What it was kept as, if it does not stand in the URL.
    pub(crate) flow: Option<Flow>,
    /// How far the person has come with this request, sealed and opened again.
    pub(crate) step: Option<Step>,
}

/// A request, and what is known of the browser that it comes from.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) asked: Asked,
    pub(crate) who: Option<SignedIn>,
    /// What the person allowed this client before.
    pub(crate) remembered: Option<Consent>,
}

/// What a handler needs to know besides the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    /// Nothing: somebody is about to sign in.
    Nothing,
    /// Who is signed in.
    Person,
    /// Who is signed in, and what they allowed before.
    PersonAndConsent,
}

/// A request as it came: in the URL, or in a flow that the URL names.
struct Brought {
    query: String,
    form: Parameters,
    flow: Option<Flow>,
}

/// Opens the request of a URL: all that must be known is read side by side.
///
/// # Errors
/// The answer, when the request cannot go on: a page while nothing is proven, a redirect afterwards.
pub(crate) async fn open<S: Store, K, D>(
    request: &Request,
    ports: &Ports<S, K, D>,
    reads: Reads,
    now: UnixSeconds,
) -> Result<Opened, Box<Response>> {
    let brought = brought(request, request.uri().query().unwrap_or_default(), ports, now).await?;
    open_brought(request, brought, ports, reads, None, now).await
}

/// Opens a request whose parameters came as a form.
///
/// # Errors
/// As [`open`].
pub(crate) async fn open_form<S: Store, K, D>(
    request: &Request,
    query: String,
    form: Parameters,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Result<Opened, Box<Response>> {
    open_brought(request, Brought { query, form, flow: None }, ports, Reads::Nothing, None, now).await
}

/// Opens a request that waited for the end of a sign-in.
///
/// # Errors
/// As [`open`].
pub(crate) async fn open_again<S: Store, K, D>(
    request: &Request,
    query: &str,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Result<Opened, Box<Response>> {
    let brought = brought(request, query, ports, now).await?;
    open_brought(request, brought, ports, Reads::Nothing, None, now).await
}

async fn brought<S: Store, K, D>(
    request: &Request,
    query: &str,
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Result<Brought, Box<Response>> {
    let page = |error: OAuthError| Box::new(refusal::page(request, ports, &error));
    let form = Parameters::query(query).map_err(page)?;
    let Some(handle) = form.all("flow").next().and_then(FlowHandle::parse) else {
        return Ok(Brought { query: query.to_owned(), form, flow: None });
    };
    let flow = ports.store.flow(&handle.key()).await.map_err(|error| page(error.into()))?;
    let Some(flow) = flow.filter(|flow| now < flow.expires_at) else {
        return Err(Box::new(refusal::expired(request, ports)));
    };
    let form = Parameters::query(&format!("{}&{}", flow.request, own_query::ours(query))).map_err(page)?;
    Ok(Brought { query: own_query::of_flow(&handle), form, flow: Some(flow) })
}

/// `grant` is the one that a launch may have been spent on already.
async fn open_brought<S: Store, K, D>(
    request: &Request,
    brought: Brought,
    ports: &Ports<S, K, D>,
    reads: Reads,
    grant: Option<&GrantKey>,
    now: UnixSeconds,
) -> Result<Opened, Box<Response>> {
    let page = |error: OAuthError| Box::new(refusal::page(request, ports, &error));
    let Brought { query, form, flow } = brought;
    let addressed = Addressed::read(&form).map_err(page)?;
    let cookie = browser::session_cookie(request.headers(), ports, now).filter(|_| reads != Reads::Nothing);
    let hash = own_query::hash(&form);
    let client_id = &addressed.client_id;
    let step =
        cookie.as_ref().and_then(|cookie| step_of(&form, cookie, client_id.as_str(), &hash, ports, now));
    let consent_key = cookie.as_ref().filter(|_| reads == Reads::PersonAndConsent).map(|cookie| {
        let patient = step.as_ref().and_then(|step| step.patient.as_deref());
        Consent::key_of(&cookie.sub, client_id, patient)
    });
    let launch_key = form.all("launch").next().and_then(LaunchHandle::parse).map(|handle| handle.key());
    let read = tokio::try_join!(
        ports.store.client(client_id, now),
        browser::signed_in(cookie, &ports.store, now),
        launch_of(launch_key, &ports.store),
        consent_of(consent_key, &ports.store),
    );
    let (client, who, launch, remembered) = read.map_err(|error| page(error.into()))?;
    let target =
        RedirectTarget::prove(client.as_deref(), &addressed, ports.service.issuer()).map_err(page)?;
    let Some(client) = client else {
        return Err(Box::new(refusal::not_found(ports)));
    };
    let to_the_app = |error: OAuthError| Box::new(back(&target, &error));
    RedirectTarget::check_grant(&client).map_err(to_the_app)?;
    let authorization = AuthorizationRequest::check(&form, &ports.service).map_err(to_the_app)?;
    let launch = match authorization.launch {
        Some(_) => Some(Launch::admit(launch, &client.client_id, grant, now).map_err(to_the_app)?),
        None => None,
    };
    let step = step.filter(|step| who.as_ref().is_some_and(|who| who.session.subject == step.subject));
    let asked = Asked { form, query, hash, client, target, request: authorization, launch, flow, step };
    Ok(Opened { asked, who, remembered })
}

/// The step that came with a request, if it was sealed for that request, its client and the session of its sender.
fn step_of<S, K, D>(
    form: &Parameters,
    cookie: &SessionCookie,
    client_id: &str,
    hash: &[u8],
    ports: &Ports<S, K, D>,
    now: UnixSeconds,
) -> Option<Step> {
    let binding = StepBinding { session: cookie.id(), client_id, request: hash };
    form.all("step").next().and_then(|sealed| Step::open(sealed, &ports.seals, &binding, now))
}

async fn launch_of<S: Store>(key: Option<String>, store: &S) -> Result<Option<Launch>, Unreachable> {
    match key {
        Some(key) => store.launch(&key).await,
        None => Ok(None),
    }
}

async fn consent_of<S: Store>(key: Option<String>, store: &S) -> Result<Option<Consent>, Unreachable> {
    match key {
        Some(key) => store.consent(&key).await,
        None => Ok(None),
    }
}

/// The answer to a page of ours, after it was seen to come from the page that this person was shown.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) asked: Asked,
    pub(crate) who: SignedIn,
    pub(crate) form: Parameters,
}

/// Opens the answer to a page. `grant` is the one that the page may have made already, if it was sent before.
///
/// # Errors
/// The answer, when it cannot be taken: to sign in first, when the session has ended meanwhile; a page, when the form is
/// not of the session and request it comes with.
pub(crate) async fn answered<S: Store, K, D>(
    request: &Request,
    ports: &Ports<S, K, D>,
    action: &str,
    grant: impl FnOnce(&Parameters) -> Option<GrantKey>,
    now: UnixSeconds,
) -> Result<Answered, Box<Response>> {
    let page = |error: OAuthError| Box::new(refusal::page(request, ports, &error));
    let form = body::form(request).map_err(page)?;
    let brought = brought(request, request.uri().query().unwrap_or_default(), ports, now).await?;
    let grant = grant(&form);
    let opened = open_brought(request, brought, ports, Reads::Person, grant.as_ref(), now).await?;
    let Opened { asked, who, .. } = opened;
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
    response.extensions_mut().insert(Refused::from(error));
    notes::about(&mut response, target.client_id());
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

    /// What the app may have from a person: who has no FHIR resource cannot be named by it, and an app that is registered
    /// for an hour does not come back.
    pub(crate) fn scopes_of(&self, user: &User, ceilings: &Ceilings) -> Result<Narrowed, OAuthError> {
        let narrowed = self.narrowed_to(ceilings.of(user.role));
        let comes_back = self.client.metadata.may_come_back();
        let narrowed = if comes_back { narrowed } else { narrowed.without_lasting() };
        let possible = if user.fhir_user.is_some() { narrowed } else { narrowed.without_fhir_user() };
        possible.or_refuse()
    }

    /// How far the person has come with this request.
    pub(crate) fn step(&self, who: &SignedIn, now: UnixSeconds) -> Step {
        self.step.clone().unwrap_or_else(|| Step {
            subject: who.session.subject.clone(),
            auth_time: who.session.auth_time.map(|time| time.0),
            patient: None,
            patient_shown: None,
            encounter: None,
            without_encounter: false,
            signed_in_for_this_request: false,
            ends_at: (now + STEP_LIFETIME).0,
        })
    }

    /// A step, sealed for this request.
    pub(crate) fn seal<S, K, D>(&self, step: &Step, session: &[u8], ports: &Ports<S, K, D>) -> String {
        let client_id = self.client.client_id.as_str();
        let binding = StepBinding { session, client_id, request: &self.hash };
        // Without a step the request is where it was before.
        step.seal(&ports.seals, &binding).unwrap_or_default()
    }

    /// Answers with a page of this request: its forms may lead to the app, and the EHR that embeds the app may frame it.
    pub(crate) fn respond<S, K, D>(
        &self,
        page: &impl Page,
        status: StatusCode,
        ports: &Ports<S, K, D>,
    ) -> Response {
        page.respond_framed(&ports.site, status, &self.form_action(), &self.framing())
    }

    pub(crate) fn framing(&self) -> Framing {
        let origins =
            self.launch.iter().flat_map(|launch| launch.embedding_origins.iter().map(String::as_str));
        Framing::by(origins)
    }

    /// Whether somebody else is signed in than the one who opened the app.
    pub(crate) fn is_for_another(&self, who: &SignedIn) -> bool {
        self.launch.as_ref().is_some_and(|launch| launch.subject != who.session.subject)
    }

    /// Goes on with this request, one step further.
    pub(crate) fn go_on<S, K, D>(&self, step: &Step, session: &[u8], ports: &Ports<S, K, D>) -> Response {
        let sealed = self.seal(step, session, ports);
        respond::see_other(&own_query::address(&self.query, &[("step", &sealed)]))
    }
}
