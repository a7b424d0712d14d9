//! The authorization request: read, proven and checked, with all that must be known of it.

use std::sync::Arc;

use http::StatusCode;
use pages::layout::{AppName, Page, Site};
use smart::authorization::{Addressed, AuthorizationRequest, RedirectTarget};
use smart::client::Client;
use smart::consent::Consent;
use smart::error::{ErrorCode, OAuthError, Unreachable};
use smart::ids::GrantKey;
use smart::launch::{Launch, LaunchHandle};
use smart::long_request::{Flow, FlowHandle};
use smart::narrowing::Narrowed;
use smart::parameters::Parameters;
use smart::ports::{ClientReader, ConsentStore, FlowStore, LaunchStore};
use smart::user::{Ceilings, User};
use smart_verify::scope::ScopeSet;
use smart_verify::time::UnixSeconds;
use url::Url;
use web::browser::headers::{FormAction, Framing};
use web::browser::seal::PageKeys;
use web::browser::signed_in::{SignedIn, signed_in};
use web::browser::step::{STEP_LIFETIME, Step, StepBinding};
use web::notes::{self, RefusalNote};
use web::{Response, respond};

use crate::ports::Reaches;
use crate::visit::Visit;
use crate::{own_query, refusal};

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
/// The answer, when the request cannot continue: a page while nothing is proven, a redirect afterwards.
pub(crate) async fn open(visit: &Visit<'_, impl Reaches>, reads: Reads) -> Result<Opened, Box<Response>> {
    let brought = brought(visit, visit.query()).await?;
    open_brought(visit, brought, reads, None).await
}

/// Opens the request whose page a form answers. `grant` is the one that a launch may have been spent on already.
///
/// # Errors
/// As [`open`].
pub(crate) async fn open_answered(
    visit: &Visit<'_, impl Reaches>,
    grant: Option<&GrantKey>,
) -> Result<Opened, Box<Response>> {
    let brought = brought(visit, visit.query()).await?;
    open_brought(visit, brought, Reads::Person, grant).await
}

/// Opens a request whose parameters came as a form.
///
/// # Errors
/// As [`open`].
pub(crate) async fn open_form(
    visit: &Visit<'_, impl Reaches>,
    query: String,
    form: Parameters,
) -> Result<Opened, Box<Response>> {
    open_brought(visit, Brought { query, form, flow: None }, Reads::Nothing, None).await
}

/// Opens a request that waited for the end of a sign-in.
///
/// # Errors
/// As [`open`].
pub(crate) async fn open_again(
    visit: &Visit<'_, impl Reaches>,
    query: &str,
) -> Result<Opened, Box<Response>> {
    let brought = brought(visit, query).await?;
    open_brought(visit, brought, Reads::Nothing, None).await
}

async fn brought(visit: &Visit<'_, impl Reaches>, query: &str) -> Result<Brought, Box<Response>> {
    let page = |error: OAuthError| Box::new(refusal::page(visit, &error));
    let form = Parameters::query(query).map_err(page)?;
    let Some(handle) = form.all("flow").next().and_then(FlowHandle::parse) else {
        return Ok(Brought { query: query.to_owned(), form, flow: None });
    };
    let flow = visit.ports.store.flow(&handle.key()).await.map_err(|error| page(error.into()))?;
    let Some(flow) = flow.filter(|flow| visit.now < flow.expires_at) else {
        return Err(Box::new(refusal::expired(visit)));
    };
    let form = Parameters::query(&format!("{}&{}", flow.request, own_query::ours(query))).map_err(page)?;
    Ok(Brought { query: own_query::of_flow(&handle), form, flow: Some(flow) })
}

async fn open_brought(
    visit: &Visit<'_, impl Reaches>,
    brought: Brought,
    reads: Reads,
    grant: Option<&GrantKey>,
) -> Result<Opened, Box<Response>> {
    let Visit { ports, now, .. } = *visit;
    let page = |error: OAuthError| Box::new(refusal::page(visit, &error));
    let Brought { query, form, flow } = brought;
    let addressed = Addressed::read(&form).map_err(page)?;
    let cookie = visit.session_cookie().filter(|_| reads != Reads::Nothing);
    let hash = own_query::hash(&form);
    let client_id = &addressed.client_id;
    let step = cookie.as_ref().and_then(|cookie| {
        let to = StepBinding { session: cookie.id(), client_id: client_id.as_str(), request: &hash };
        form.all("step").next().and_then(|sealed| Step::open(sealed, &ports.seals, &to, now))
    });
    let consent_key = cookie.as_ref().filter(|_| reads == Reads::PersonAndConsent).map(|cookie| {
        let patient = step.as_ref().and_then(|step| step.patient.as_deref());
        Consent::key_of(&cookie.sub, client_id, patient)
    });
    let launch_key = form.all("launch").next().and_then(LaunchHandle::parse).map(|handle| handle.key());
    let read = tokio::try_join!(
        ports.store.client(client_id, now),
        signed_in(cookie, &ports.store, now),
        launch_of(launch_key, &ports.store),
        consent_of(consent_key, &ports.store),
    );
    let (client, who, launch, remembered) = read.map_err(|error| page(error.into()))?;
    let target =
        RedirectTarget::prove(client.as_deref(), &addressed, ports.service.issuer()).map_err(page)?;
    let Some(client) = client else {
        return Err(Box::new(refusal::not_found(visit)));
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

async fn launch_of(key: Option<String>, store: &impl LaunchStore) -> Result<Option<Launch>, Unreachable> {
    match key {
        Some(key) => store.launch(&key).await,
        None => Ok(None),
    }
}

async fn consent_of(key: Option<String>, store: &impl ConsentStore) -> Result<Option<Consent>, Unreachable> {
    match key {
        Some(key) => store.consent(&key).await,
        None => Ok(None),
    }
}

/// Sends an error to the app.
pub(crate) fn back(target: &RedirectTarget, error: &OAuthError) -> Response {
    let mut response = respond::see_other(&target.with_error(error));
    response.extensions_mut().insert(RefusalNote::from(error));
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

    /// The step that came with the request, still sealed.
    pub(crate) fn sealed_step(&self) -> &str {
        self.own("step").unwrap_or_default()
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

    /// How far the user has come with this request.
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
    pub(crate) fn seal(&self, step: &Step, session: &[u8], seals: &PageKeys) -> String {
        let client_id = self.client.client_id.as_str();
        let binding = StepBinding { session, client_id, request: &self.hash };
        // Without a step the request is where it was before.
        step.seal(seals, &binding).unwrap_or_default()
    }

    /// Answers with a page of this request: its forms may lead to the app, and the EHR that embeds the app may frame it.
    pub(crate) fn respond(&self, page: &impl Page, status: StatusCode, site: &Site) -> Response {
        page.respond_framed(site, status, &self.form_action(), &self.framing())
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

    /// Continues with this request, one step further.
    pub(crate) fn advance(&self, step: &Step, session: &[u8], seals: &PageKeys) -> Response {
        let sealed = self.seal(step, session, seals);
        respond::see_other(&own_query::address(&self.query, &[("step", &sealed)]))
    }
}
